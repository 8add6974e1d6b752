"""What fictional customers say, and what was done about it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config import portfolio
from config.portfolio import obstacles
from feedback.models import Improvement, Obstacle, Response, TopicModel
from feedback.models.improvements import catalogue
from servicing.actions import ledger
from tests.cast import TODAY


@pytest.mark.django_db
def test_the_book_brings_voices_obstacles_and_improvements():
    """It is too small a book to prove anything; nothing it measures is off the truth."""
    portfolio.load(borrowers=400, seed=1)
    for planted in obstacles.ALL:
        made = Improvement.objects.get(obstacle__signatures__error_code=planted.error_code)
        assert made.fixed_on == planted.fixed_on(TODAY)
        row = made.measurements.first()
        assert row.ratio_low <= planted.factor <= row.ratio_high
        assert row.met_before > 0
    words = {row.where: row for row in catalogue.words(on=TODAY)}
    assert words["card"].obstacle.title == "更换银行卡后绑定失败"

    rows, on = Response.objects.all(), timezone.localdate()
    count = rows.count()
    assert 300 < count < 800
    assert 3 < rows.overdue(on=on).count() < 60
    assert rows.unresolved().filter(due_on__gte=on).count() > 10
    early, late = (
        rows.filter(where="card", received_on__range=(TODAY - timedelta(first), TODAY - timedelta(last)))
        for first, last in ((100, 63), (37, 1))
    )
    assert early.count() > 1.5 * late.count()
    assert set(rows.filter(kind="objection").values_list("objection__status", flat=True)) == {"open"}
    assert ledger.latest(rows.first()).what == "response.logged"

    learned = TopicModel.objects.get()
    assert len(learned.trial["topics"]) >= 5
    assert learned.baseline < 0.5 < learned.low

    portfolio.load(borrowers=400, seed=1)  # the same book twice says nothing twice
    assert (rows.count(), Obstacle.objects.count(), TopicModel.objects.count()) == (count, 3, 1)

"""Facts and events that arrive in the middle of a shard, each at its worst moment."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import connections

from reviews.actions import recheck
from reviews.actions.recheck import judging
from reviews.models import Alert, Snapshot
from servicing.actions.archive import roll_up
from servicing.models import Borrower, Settlement, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def borrower(clock):
    borrower = a_borrower()
    a_loan(borrower, TODAY - timedelta(days=400), settled_on=TODAY - timedelta(days=300))
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    return borrower


def elsewhere(work):
    """Start work on a connection of its own."""

    def whole():
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=whole)
    thread.start()
    return thread


def late_and_stamped(borrower):
    """A fact and its stamp, as an import would commit them."""
    Settlement.objects.filter(borrower=borrower).update(days_late=31, worst_dpd=31)
    roll_up([borrower.pk], on=TODAY, at=NOON)
    Stamp.objects.create(borrower=borrower, stamped_at=NOON)


def test_a_fact_that_the_shard_did_not_see_keeps_its_stamp(clock, borrower, monkeypatch):
    judge = judging.judge

    def judge_then_fact(**span):
        result = judge(**span)
        elsewhere(lambda: late_and_stamped(borrower)).join(10)
        return result

    monkeypatch.setattr(judging, "judge", judge_then_fact)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    monkeypatch.undo()
    assert not Alert.objects.exists()
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert Alert.objects.live().count() == 2


def test_an_event_waits_for_the_shard_of_its_borrower_and_for_no_other(clock, borrower, monkeypatch):
    judge, events, waiting = judging.judge, [], []
    far = Borrower.objects.create(
        pk=borrower.pk + 10 * recheck.BUCKET,
        source=borrower.source,
        external_id="far",
        reference="far",
        created_at=NOON,
    )
    a_loan(far, TODAY - timedelta(days=400), settled_on=TODAY)

    def rejudge_meanwhile(**span):
        monkeypatch.undo()
        for who in (far, borrower):
            Stamp.objects.filter(borrower=who).delete()
            elsewhere(lambda who=who: Stamp.objects.create(borrower=who, stamped_at=NOON)).join(10)
            event = elsewhere(lambda: recheck.judge_dirty(by=clock, at=NOON))
            event.join(2)
            events.append(event)
            waiting.append(event.is_alive())
        return judge(**span)

    monkeypatch.setattr(judging, "judge", rejudge_meanwhile)
    recheck.run(as_of=TODAY, by=clock, at=NOON, borrower=borrower)
    assert waiting == [False, True]
    events[1].join(10)
    assert not events[1].is_alive()
    assert set(Snapshot.objects.values_list("borrower", flat=True)) == {borrower.pk, far.pk}
    assert not Stamp.objects.exists()

from datetime import timedelta

import pytest

from reviews.actions import recheck, rules, scoring
from reviews.models import Snapshot
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db


def test_the_points_of_a_snapshot_add_up_to_its_score(clock):
    late = a_borrower("late")
    a_loan(late, TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), days_late=40)
    a_loan(late, TODAY - timedelta(days=20))
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    found = scoring.explained(Snapshot.objects.get())
    assert found["score"] == Snapshot.objects.get().score == sum(p for _f, _v, p in found["points"])
    assert (found["band"], found["points"][0]) == ("high", ("worst_dpd", 40, 26))
    assert [points for _f, _v, points in found["points"]] == sorted(
        (points for _f, _v, points in found["points"]), reverse=True
    )


def test_who_pays_as_agreed_has_no_points(clock):
    a_loan(a_borrower(), TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50))
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    found = scoring.explained(Snapshot.objects.get())
    assert (found["score"], found["band"], found["points"]) == (0, "low", [])


def test_what_was_never_scored_is_not_explained():
    assert scoring.explained(None) is None
    assert scoring.explained(Snapshot(edition=1, score=None)) is None
    assert rules.current().card is not None

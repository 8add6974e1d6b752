"""A borrower whose last settlement turned out to be none is not judged any more, and nothing is lost."""

from datetime import date, timedelta

import pytest

from reviews.actions import recheck
from reviews.models import Alert, Snapshot
from servicing.actions import archive
from servicing.models import Borrower, BorrowerHistory
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def late(operator, clock):
    """51 days past due at the worst, judged once, with live alerts."""
    loan = open_loan(by=operator, payments=[paid("P1", date(2026, 11, 21), 200)])
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert Alert.objects.live().exists()
    return loan


def test_the_alerts_close_and_the_next_recheck_knows_nobody(late, operator, clock):
    archive.reverse(loan=late, external_id="P1", on=TODAY, by=operator, at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert not Alert.objects.live().exists()
    assert not Borrower.objects.settled(on=TODAY).exists()
    run = recheck.run(as_of=TOMORROW, by=clock, at=NOON + timedelta(days=1))
    assert run.result["borrowers"] == 0
    assert not Snapshot.objects.on(TOMORROW).exists()
    # What was judged stays as it was judged.
    assert Snapshot.objects.on(TODAY).count() == 1
    assert not BorrowerHistory.objects.exists()


def test_paid_off_again_the_borrower_is_judged_again(late, operator, clock):
    archive.reverse(loan=late, external_id="P1", on=TODAY, by=operator, at=NOON)
    recheck.judge_dirty(by=clock, at=NOON)
    archive.pay(loan=late, paid=paid("P2", TODAY, 200), by=operator, at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert Snapshot.objects.get(as_of=TODAY).worst_dpd == 53
    assert Alert.objects.live().exists()


def test_another_settled_loan_keeps_the_borrower_in_view(late, operator, clock):
    open_loan("L2", by=operator, payments=[paid("P1", date(2026, 10, 1), 200)])
    archive.reverse(loan=late, external_id="P1", on=TODAY, by=operator, at=NOON)
    recheck.judge_dirty(by=clock, at=NOON)
    assert Snapshot.objects.get(as_of=TODAY).settled_loans == 1
    assert not Alert.objects.live().filter(rule="worst_late").exists()

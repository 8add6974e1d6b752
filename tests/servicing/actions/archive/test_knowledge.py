"""What a past day knew stays as it was: facts of the first day are history, later ones news."""

from datetime import timedelta

import pytest

from servicing.actions import archive
from servicing.models import BorrowerHistory, OldestDue, Source
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)
THEN = TODAY + timedelta(days=2)


def waits(loan):
    rows = loan.arrears.order_by("pk")
    return list(rows.values_list("number", "known_on", "superseded_on"))


def test_what_comes_with_the_source_is_known_as_of_its_own_day(operator):
    loan = open_loan("L1", by=operator)
    assert Source.objects.get(pk=loan.source_id).opened_on == TODAY
    assert loan.known_on == loan.disbursed_on
    assert waits(loan) == [(1, loan.disbursed_on, None)]
    assert loan.arrears.get().oldest_due_on == OldestDue.objects.get(loan=loan).due_on


def test_what_comes_later_is_known_from_the_day_on_which_it_came(operator):
    loan = open_loan("L1", by=operator)
    began = loan.disbursed_on
    archive.pay(loan=loan, paid=paid("P1", TODAY, loan.total_due), by=operator, at=LATER)
    settlement = loan.settlements.get()
    assert (settlement.settled_on, settlement.known_on, settlement.superseded_on) == (TODAY, THEN, None)
    assert waits(loan) == [(1, began, THEN)]
    assert BorrowerHistory.objects.get().valid_from == THEN
    archive.reverse(loan=loan, external_id="P1", on=THEN, by=operator, at=LATER + timedelta(days=1))
    rows = loan.settlements.order_by("version").values_list("kind", "known_on", "superseded_on")
    gone = THEN + timedelta(days=1)
    assert list(rows) == [(settlement.kind, THEN, gone), ("reopened", gone, gone)]
    assert waits(loan)[1:] == [(1, gone, None)]


def test_what_is_taken_back_on_the_first_day_never_counted(operator):
    loan = open_loan("L1", by=operator)
    archive.pay(loan=loan, paid=paid("P1", TODAY, loan.total_due), by=operator, at=NOON)
    archive.reverse(loan=loan, external_id="P1", on=TODAY, by=operator, at=NOON)
    days = loan.settlements.order_by("version").values_list("known_on", "superseded_on")
    assert all(known == superseded for known, superseded in days)
    assert loan.arrears.get(superseded_on=None).known_on == loan.disbursed_on

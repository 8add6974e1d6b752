"""What can happen to one loan, one fact at a time, and what follows from it in the same transaction."""

from datetime import date

import pytest

from servicing.actions import archive
from servicing.models import BorrowerHistory, LedgerEntry, Loan, PayoffStep, Stamp
from tests.cast import NOON, TODAY
from tests.servicing.contracts import contract, open_loan, paid, the_source

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def pay(loan, number, day, amount=100, *, by, **more):
    return archive.pay(loan=loan, paid=paid(number, day, amount, **more), by=by, at=NOON)


@pytest.fixture
def loan(operator):
    return open_loan(by=operator, guarantors=["G1"])


@pytest.fixture
def settled(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    pay(loan, "P2", NOVEMBER, by=operator)
    return loan


def acts(loan):
    return list(LedgerEntry.objects.about(loan).order_by("pk").values_list("what", flat=True))


def open_steps(loan):
    return set(loan.steps.open().values_list("kind", flat=True))


def test_a_loan_opens_and_is_paid_off(settled):
    settled.refresh_from_db()
    assert (settled.status, settled.settled_on) == ("settled", NOVEMBER)
    settlement = settled.settlements.get()
    assert (settlement.kind, settlement.version, settlement.overpaid) == ("normal", 1, 0)
    assert [row.cleared_on for row in settled.instalments.all()] == [OCTOBER, NOVEMBER]
    assert BorrowerHistory.objects.get(borrower=settled.borrower).settled_loans == 1
    assert Stamp.objects.filter(borrower=settled.borrower).exists()
    assert acts(settled) == ["loan.opened", "payment.came", "payment.came", "loan.settled"]
    assert open_steps(settled) == {"mandate", "reminders", "record", "guarantor"}


def test_the_same_loan_again_changes_nothing_however_far_it_has_come(settled, operator):
    before = LedgerEntry.objects.count()
    assert open_loan(by=operator, guarantors=["G1"]) == settled
    assert (Loan.objects.count(), LedgerEntry.objects.count()) == (1, before)


def test_another_loan_under_the_same_number_differs(loan, operator):
    with pytest.raises(archive.Differs, match="loan"):
        open_loan(by=operator, principal=191)


def test_the_same_payment_again_changes_nothing_and_another_one_differs(loan, operator):
    row = pay(loan, "P1", OCTOBER, by=operator)
    before = LedgerEntry.objects.count()
    assert pay(loan, "P1", OCTOBER, by=operator) == row
    assert LedgerEntry.objects.count() == before
    with pytest.raises(archive.Differs, match="payment"):
        pay(loan, "P1", OCTOBER, 99, by=operator)


def test_a_reversal_after_payoff_opens_the_loan_again(settled, operator):
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    settled.refresh_from_db()
    assert (settled.status, settled.settled_on) == ("open", None)
    first, closing = settled.settlements.order_by("version")
    assert (first.superseded_at, closing.kind, closing.superseded_at) == (NOON, "reopened", NOON)
    assert not BorrowerHistory.objects.filter(borrower=settled.borrower).exists()
    assert not open_steps(settled)
    assert [row.cleared_on for row in settled.instalments.all()] == [OCTOBER, None]


def test_a_later_payoff_is_the_next_version(settled, operator):
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    pay(settled, "P3", date(2026, 11, 20), by=operator)
    current = settled.settlements.current().get()
    assert (current.version, current.kind, current.days_late) == (3, "late", 19)
    assert {step.version for step in PayoffStep.objects.open()} == {3}


def test_a_step_is_ticked_once_and_by_those_who_may(settled, operator, lin, max_):
    with pytest.raises(archive.NotAllowed):
        archive.step_done(loan=settled, kind="mandate", on=TODAY, by=max_, at=NOON)
    step = archive.step_done(loan=settled, kind="mandate", on=TODAY, by=lin, at=NOON)
    assert (step.status, step.done_by, step.done_on) == ("done", lin, TODAY)
    again = archive.step_done(loan=settled, kind="mandate", on=NOVEMBER, by=operator, at=NOON)
    assert (again.done_by, again.done_on) == (lin, TODAY)


def test_a_reminder_is_kept_with_its_day(loan, operator):
    row = archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="sms", by=operator, at=NOON)
    assert (row.sent_on, row.channel) == (TODAY, "sms")
    again = archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="sms", by=operator, at=NOON)
    assert again == row
    with pytest.raises(archive.Differs):
        archive.remind(loan=loan, external_id="R1", sent_at=NOON, channel="call", by=operator, at=NOON)


def test_a_later_delivery_adds_payments(loan, operator):
    pay(loan, "P1", OCTOBER, by=operator)
    told = contract(payments=[paid("P1", OCTOBER), paid("P2", NOVEMBER)], guarantors=["G1"])
    told = told._replace(guarantors=(("G1",),))
    assert archive.extend(source=the_source(), loan_facts=told, by=operator, at=NOON) == 1
    assert loan.settlements.current().exists()
    with pytest.raises(archive.Differs):
        archive.extend(source=the_source(), loan_facts=told._replace(payments=()), by=operator, at=NOON)

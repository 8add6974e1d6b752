"""Two processes tell a loan something at the same instant: one after the other, nothing lost or doubled."""

from datetime import date

import pytest

from servicing.actions import archive
from servicing.models import BorrowerHistory, Certificate, LedgerEntry, Loan
from tests.cast import NOON, TODAY
from tests.racing import race
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db(transaction=True)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def pays(number):
    return f"archive.pay(loan=loan, paid=paid('{number}', date(2026, 11, 1)), by=operator, at=NOON)"


def test_two_payments_that_both_finish_the_loan_settle_it_once(operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER)])
    assert race(pays("P2"), pays("P3"), pays("P2")) == [0, 0, 0]
    assert loan.payments.count() == 3
    assert LedgerEntry.objects.filter(what="loan.settled").count() == 1
    current = loan.settlements.current().get()
    assert BorrowerHistory.objects.get().settled_loans == 1
    assert loan.steps.open().filter(version=current.version, kind="refund").exists()


def test_a_payment_and_a_reversal_at_once_end_where_their_order_does_not_matter(operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER), paid("P2", NOVEMBER)])
    reverses = "archive.reverse(loan=loan, external_id='P2', on=TODAY, by=operator, at=NOON)"
    assert race(reverses, pays("P3"), reverses) == [0, 0, 0]
    loan = Loan.objects.get()
    assert (loan.status, loan.settled_on) == ("settled", NOVEMBER)
    assert loan.settlements.current().count() == 1
    assert LedgerEntry.objects.filter(what="payment.reversed").count() == 1
    versions = list(loan.settlements.order_by("version").values_list("version", flat=True))
    assert versions == list(range(1, len(versions) + 1))


def test_a_certificate_asked_for_twice_at_once_is_issued_once(operator):
    open_loan(by=operator, payments=[paid("P1", OCTOBER), paid("P2", NOVEMBER)])
    issues = "certificates.issue(loan=loan, by=lin, at=NOON)"
    assert race(issues, issues) == [0, 0]
    assert Certificate.objects.count() == 1
    assert LedgerEntry.objects.filter(what="certificate.issued").count() == 1


def test_a_certificate_and_a_reversal_at_once_leave_no_valid_certificate(operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER), paid("P2", NOVEMBER)])
    reverses = "archive.reverse(loan=loan, external_id='P2', on=TODAY, by=operator, at=NOON)"
    codes = race("certificates.issue(loan=loan, by=lin, at=NOON)", reverses)
    assert codes[1] == 0
    assert not Certificate.objects.filter(loan=loan, revoked_at=None).exists()
    assert Loan.objects.get().status == "open"


def test_the_same_new_loan_told_twice_at_once_is_one_loan(operator):
    open_loan("L0", by=operator)
    tells = "open_loan('L9', by=operator, borrower='B9')"
    assert race(tells, tells) == [0, 0]
    assert Loan.objects.filter(external_id="L9").count() == 1
    assert archive.pay(loan=Loan.objects.get(external_id="L9"), paid=paid("P1", TODAY), by=operator, at=NOON)

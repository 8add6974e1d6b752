"""The portfolio for measurements: what is frozen of its loans follows from instalments and payments."""

from collections import Counter

import pytest
from django.db import transaction

from config.portfolio import million
from servicing.actions.archive.payoff import frozen
from servicing.actions.archive.terms import Terms
from servicing.models import Arrear, Borrower, Loan, Observation, OldestDue
from tests.cast import NOON

pytestmark = pytest.mark.django_db
# The strip of months is left short, as by a house that keeps fewer months.
SHORT = {"profile": "C"}


@pytest.fixture
def portfolio(operator):
    million.make(borrowers=60, seed=5, by=operator, at=NOON)
    return Loan.objects.filter(source__code=million.CODE)


def test_every_settlement_follows_from_what_was_paid(portfolio):
    settled = portfolio.settled()
    for kind in ("normal", "early", "late", "guarantor"):
        some = settled.filter(settlements__kind=kind).order_by("-settlements__worst_dpd")[:6]
        assert some
        for loan in some:
            settlement, outcome = loan.settlements.get(), Terms.of(loan).outcome()
            assert {name: getattr(settlement, name) for name in frozen(outcome)} == frozen(outcome) | SHORT
            assert {row.number: row.cleared_on for row in loan.instalments.all()} == outcome.cleared


def test_every_open_loan_waits_for_its_oldest_unpaid_instalment(portfolio):
    still_open = portfolio.filter(status=Loan.Status.OPEN)
    for loan in still_open:
        terms = Terms.of(loan)
        paid = {row.number: row.cleared_on for row in loan.instalments.all() if row.cleared_on}
        assert terms.outcome() is None
        assert terms.cleared() == paid
        oldest = OldestDue.objects.get(loan=loan)
        arrear = Arrear.objects.get(loan=loan)
        assert (
            oldest.number == min(set(range(1, loan.instalments.count() + 1)) - paid.keys()) == arrear.number
        )
    assert still_open.exists()


def book():
    loans = Loan.objects.filter(source__code=million.CODE)
    seen = Observation.objects.filter(source__code=million.CODE)
    return (
        Counter(loans.values_list("borrower__external_id", "disbursed_on", "total_due", "settled_on")),
        Counter(seen.values_list("borrower__external_id", "kind", "lender", "observed_on", "superseded_on")),
    )


def test_a_seed_makes_the_same_book_whatever_was_there_before(operator):
    with transaction.atomic():
        million.make(borrowers=20, seed=5, by=operator, at=NOON)
        once, numbers = book(), set(Borrower.objects.values_list("pk", flat=True))
        transaction.set_rollback(True)
    million.make(borrowers=20, seed=5, by=operator, at=NOON)
    assert numbers.isdisjoint(Borrower.objects.values_list("pk", flat=True))
    assert book() == once


def test_the_same_seed_makes_the_same_portfolio_and_adds_to_it(operator, portfolio):
    assert million.make(borrowers=60, seed=5, by=operator, at=NOON) == 0
    assert million.make(borrowers=63, seed=5, by=operator, at=NOON) == 3
    assert Borrower.objects.filter(source__code=million.CODE).count() == 63

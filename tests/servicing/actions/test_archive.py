"""The payoff of one loan: once, whole, and with everything that follows from it."""

import threading
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from servicing.actions import archive, ledger, privacy
from servicing.domain.archive import reference
from servicing.gateways import queue
from servicing.models import (
    Borrower,
    BorrowerHistory,
    Instalment,
    LedgerEntry,
    Loan,
    Payment,
    Product,
    Settlement,
    Source,
    Stamp,
)
from tests.cast import NOON

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")


def a_borrower():
    (pk,) = privacy.reserve(1)
    source, _ = Source.objects.get_or_create(code="native", defaults={"name": "Loan core"})
    return Borrower.objects.create(
        pk=pk, source=source, external_id=f"B{pk}", reference=reference(pk), created_at=NOON
    )


def a_loan(*paid_on, borrower=None, number="L1"):
    """100 due on 1 October, paid in equal parts on these days."""
    borrower = borrower or a_borrower()
    product, _ = Product.objects.get_or_create(code="flash", defaults={"name": "flash"})
    loan = Loan.objects.create(
        borrower=borrower,
        product=product,
        source=borrower.source,
        external_id=number,
        principal=100,
        total_due=100,
        disbursed_on=date(2026, 9, 1),
        known_on=date(2026, 9, 1),
    )
    Instalment.objects.create(loan=loan, number=1, due_on=date(2026, 10, 1), amount=100)
    for turn, day in enumerate(paid_on):
        Payment.objects.create(
            loan=loan,
            external_id=f"P{turn}",
            amount=Decimal(100) / len(paid_on),
            paid_on=day,
            known_on=day,
            paid_at=datetime(day.year, day.month, day.day, 9, tzinfo=ZONE),
        )
    return loan


def test_a_payoff_freezes_rolls_up_stamps_and_leaves_a_trace(operator, monkeypatch):
    nudged = []
    monkeypatch.setattr(queue, "nudge", lambda name, **_: nudged.append(name))
    loan = a_loan(date(2026, 9, 20), date(2026, 10, 11))
    settlement = archive.settle_loan(loan=loan, by=operator, at=NOON)
    loan.refresh_from_db()
    assert (loan.status, loan.settled_on) == ("settled", date(2026, 10, 11))
    assert (settlement.kind, settlement.days_late, settlement.paid) == ("late", 10, 100)
    assert loan.instalments.get().cleared_on == date(2026, 10, 11)
    history = BorrowerHistory.objects.get(borrower=loan.borrower)
    assert (history.settled_loans, history.late_loans, history.next_lapse_on) == (1, 1, date(2031, 10, 11))
    assert Stamp.objects.get(borrower=loan.borrower).stamped_at == NOON
    assert ledger.latest(loan).by == operator
    assert nudged == ["rejudge"]


def test_an_unpaid_loan_stays_open(operator):
    loan = a_loan()
    assert archive.settle_loan(loan=loan, by=operator, at=NOON) is None
    assert not Settlement.objects.exists()
    assert not Stamp.objects.exists()


def test_settling_twice_is_settling_once(operator):
    loan = a_loan(date(2026, 10, 1))
    assert archive.settle_loan(loan=loan, by=operator, at=NOON)
    assert archive.settle_loan(loan=loan, by=operator, at=NOON) is None
    assert Settlement.objects.count() == 1
    assert LedgerEntry.objects.filter(what="loan.settled").count() == 1


@pytest.mark.parametrize("step", ["roll_up", "stamp"])
def test_a_payoff_is_all_or_nothing(operator, monkeypatch, step):
    loan = a_loan(date(2026, 10, 1))
    monkeypatch.setattr(f"servicing.actions.archive.histories.{step}", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        archive.settle_loan(loan=loan, by=operator, at=NOON)
    loan.refresh_from_db()
    assert loan.status == "open"
    assert not Settlement.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_payoffs_of_one_borrower_at_once_are_both_in_the_history(operator):
    borrower = a_borrower()
    loans = [a_loan(date(2026, 10, 1), borrower=borrower, number=f"L{n}") for n in range(3)]
    made = []

    def settle(loan):
        try:
            made.append(archive.settle_loan(loan=loan, by=operator, at=NOON))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=settle, args=[loan]) for loan in loans * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 6
    assert sum(one is not None for one in made) == 3
    assert BorrowerHistory.objects.get(borrower=borrower).settled_loans == 3


def test_a_history_is_rebuilt_on_the_day_its_lateness_lapses(operator, clock):
    loan = a_loan(date(2026, 10, 11))
    archive.settle_loan(loan=loan, by=operator, at=NOON)
    Stamp.objects.all().delete()
    assert archive.rebuild_lapsed(on=date(2031, 10, 10), by=clock, at=NOON) == 0
    assert archive.rebuild_lapsed(on=date(2031, 10, 11), by=clock, at=NOON) == 1
    history = BorrowerHistory.objects.get(borrower=loan.borrower)
    assert (history.late_loans, history.worst_dpd, history.next_lapse_on) == (0, 0, None)
    assert Stamp.objects.filter(borrower=loan.borrower).exists()
    assert LedgerEntry.objects.get(what="history.rebuilt").detail["count"] == 1
    assert archive.rebuild_lapsed(on=date(2031, 10, 11), by=clock, at=NOON) == 0

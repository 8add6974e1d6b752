"""How fast many loans are taken in: `python3 manage.py test tests/bench/bench_arrivals.py -s`.

AFTERCARE_BENCH_BORROWERS says how many (5,000), three loans each, four instalments a loan, in chunks of 500.
"""

import os
import time
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from servicing.actions import archive
from servicing.domain.archive import Due
from servicing.domain.intake.layout import BorrowerFacts, LoanFacts, PaymentFacts
from servicing.models import Settlement, Source
from tests.cast import NOON

BORROWERS = int(os.environ.get("AFTERCARE_BENCH_BORROWERS", "5000"))
ZONE = ZoneInfo("Asia/Shanghai")


def a_loan(borrower, turn):
    """Paid on time, a little early, or late with a failed payment; every tenth is still open."""
    began = date(2025, 1, 1) + timedelta(days=(borrower * 7 + turn * 150) % 550)
    dues = tuple(Due(n, began + timedelta(days=30 * n), Decimal("262.50")) for n in range(1, 5))
    shift = timedelta(days=(-2, 0, 0, 5, 40)[(borrower + turn) % 5])
    came = [(due.due_on + shift, "succeeded", "") for due in dues[: 3 if borrower % 10 == 0 else 4]]
    if shift.days > 0:
        came.append((dues[0].due_on, "failed", "no_funds"))
    payments = tuple(
        PaymentFacts(
            f"P{n}", Decimal("262.50"), datetime(day.year, day.month, day.day, 9, tzinfo=ZONE), day,
            outcome=outcome, channel="debit-a", error_code=error,
        )
        for n, (day, outcome, error) in enumerate(came)
    )  # fmt: skip
    return LoanFacts(
        f"L{borrower}-{turn}", f"B{borrower}", "cash-4", "CNY", Decimal(1000), Decimal(1050), began,
        dues=dues, payments=payments,
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_taking_loans_in(operator):
    source = Source.objects.create(code="bench", name="Bench")
    book = [
        (
            [BorrowerFacts(f"B{n}", "张三", "", f"100{n:08d}") for n in chunk],
            [a_loan(n, turn) for n in chunk for turn in range(3)],
        )
        for chunk in (range(low, low + 500) for low in range(0, BORROWERS, 500))
    ]
    began, used = time.perf_counter(), time.process_time()
    for people, loans in book:
        archive.take(
            source=source, borrowers=people, loans=loans, known={}, target=None, by=operator, at=NOON
        )
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    count = sum(len(loans) for _, loans in book)
    print(f"\n{BORROWERS} borrowers, {count} loans: {wall:.2f} s wall, {cpu:.2f} s CPU of ours")
    assert Settlement.objects.current().count() == count * 9 // 10

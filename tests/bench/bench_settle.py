"""How fast loans are settled, without a database: `python3 manage.py test tests/bench/bench_settle.py -s`."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest

from servicing.domain.archive import Due, Paid, settle

BEGAN = date(2025, 1, 10)


def a_loan(instalments, days_late):
    """Every third instalment late, the others two days early."""
    dues = [Due(n, BEGAN + timedelta(days=30 * n), Decimal("345.67")) for n in range(1, instalments + 1)]
    shifts = [timedelta(days=days_late if due.number % 3 == 1 else -2) for due in dues]
    return dues, [Paid(due.due_on + shift, due.amount) for due, shift in zip(dues, shifts, strict=True)]


@pytest.mark.parametrize(("instalments", "days_late"), [(1, 0), (2, 0), (6, 9), (12, 40)])
def test_settle(instalments, days_late):
    dues, payments = a_loan(instalments, days_late)
    best = min(timed(dues, payments) for _ in range(20))
    print(f"\n{instalments:>3} instalments, {days_late:>2} days late: {best:6.1f} µs a loan", end="")


def timed(dues, payments, loans=500):
    """Microseconds of processor time for one loan."""
    began = time.process_time()
    for _ in range(loans):
        settle(dues, payments, disbursed_on=BEGAN)
    return (time.process_time() - began) / loans * 1e6

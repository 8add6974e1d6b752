"""Business days and their control totals: what the core says a day held, and what we found."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

# What a closed day counts, and the kind of message that is counted there.
COUNTED = {
    "loan.opened": "loans",
    "payment.made": "payments",
    "payment.refunded": "refunds",
    "payment.failed": "failed",
    "payment.reversed": "reversals",
}
TOTALS = tuple(COUNTED.values())


class Total(NamedTuple):
    """How many there were and the sum of their amounts."""

    number: int = 0
    amount: Decimal = Decimal("0.00")


def day_of(at: datetime, *, zone: str) -> date:
    """The business day of an instant in the zone of its source."""
    return at.astimezone(ZoneInfo(zone)).date()


def last_expected(now: datetime, *, zone: str, hours: int) -> date:
    """The newest day that must be closed by now: its end lies at least `hours` back."""
    return day_of(now - timedelta(hours=hours), zone=zone) - timedelta(days=1)


def missing(closed: set[date], *, first: date, last: date) -> list[date]:
    """The days from first to last, both included, that nobody has closed."""
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if day not in closed]

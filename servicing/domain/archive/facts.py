"""What the archive is told about a loan: what is due, what was paid, when counting stood still."""

from datetime import date
from decimal import Decimal
from typing import NamedTuple

BORROWER, GUARANTOR, WAIVER, RECOVERY, REFINANCING, TRANSFER, REFUND = (
    "borrower",
    "guarantor",
    "waiver",
    "recovery",
    "refinancing",
    "transfer",
    "refund",
)
ORIGINS = (BORROWER, GUARANTOR, WAIVER, RECOVERY, REFINANCING, TRANSFER, REFUND)
SUCCEEDED, FAILED = "succeeded", "failed"
ZERO = Decimal(0)


class Due(NamedTuple):
    """A row of the plan, in force on days agreed_on <= day < replaced_on; None is always, and never replaced.

    Among the rows in force on one day each number comes once. Any other row with these names will do.
    """

    number: int
    due_on: date
    amount: Decimal
    grace_days: int = 0
    agreed_on: date | None = None
    replaced_on: date | None = None


class Paid(NamedTuple):
    """Money that came or failed to come, on a day of the source's zone.

    A refund is money that went back to the borrower. What was reversed counts as if it never came.
    """

    paid_on: date
    amount: Decimal
    origin: str = BORROWER
    outcome: str = SUCCEEDED
    reversed_on: date | None = None


class Pause(NamedTuple):
    """Days on which lateness does not grow, both included."""

    starts_on: date
    ends_on: date

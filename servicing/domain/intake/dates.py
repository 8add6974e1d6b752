"""What can have happened by a day, and how a plan runs: files and the feed ask the same, and what cannot be
raises Problem.
"""

from datetime import date
from itertools import pairwise

from servicing.domain.intake.fields import born_on
from servicing.domain.intake.layout import BorrowerFacts, LoanFacts, PaymentFacts, Problem


def borrower(facts: BorrowerFacts, *, today: date) -> None:
    if facts.national_id and (born := born_on(facts.national_id)) and born > today:
        raise Problem("national_id", "born_in_future")


def loan(facts: LoanFacts, *, today: date) -> None:
    """The loan itself, without its parts."""
    happened("disbursed_on", facts.disbursed_on, today=today)
    happened("written_off_on", facts.written_off_on, today=today)


def payment(facts: PaymentFacts, *, today: date) -> None:
    happened("paid_at", facts.paid_on, today=today)
    happened("reversed_on", facts.reversed_on, today=today)
    if facts.reversed_on and facts.reversed_on < facts.paid_on:
        raise Problem("reversed_on", "before_payment", found=facts.reversed_on, not_before=facts.paid_on)


def happened(column: str, day: date | None, *, today: date) -> None:
    """Raises Problem for a day after today; no day is none."""
    if day and day > today:
        raise Problem(column, "in_future", found=day, not_after=today)


def in_line(dues) -> None:
    """The first plan of a new loan: its numbers run from 1 on without a gap, and its days with them."""
    plan = sorted(due for due in dues if due.agreed_on is None)
    for number, due in enumerate(plan, start=1):
        if due.number != number:
            raise Problem("", "plan_gap", found=due.number, expected=number)
    for due, later in pairwise(plan):
        if later.due_on < due.due_on:
            raise Problem("", "plan_order", found=later.due_on, not_before=due.due_on)

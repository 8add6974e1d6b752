"""What pays a loan on file off on a day. Its core sends dates and amounts; what of them is interest follows
from the contract's annual rate, where the product's conventions make of it exactly the plan that was sent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from servicing.domain.archive.arrears import moves
from servicing.domain.archive.calendar import due_days
from servicing.domain.archive.conventions import Conventions
from servicing.domain.archive.facts import ZERO
from servicing.domain.archive.replanning import (
    asked_for,
    due_by,
    interest_to_finish,
    payoff,
    principal_of,
)
from servicing.domain.archive.schedule import METHODS, SINGLE_PAYMENT, Row, ScheduleError, Terms, plan


class NotKnown(ValueError):
    """Why nobody here can say what pays the loan off; the message is a code: rate, replanned, differs."""


@dataclass(frozen=True)
class Quote:
    """The payoff amount at the end of a day and its parts: `due` by then, `principal` and `interest` of what
    is not, less what was `paid`.
    """

    on: date
    due: Decimal
    principal: Decimal
    interest: Decimal
    paid: Decimal
    amount: Decimal
    terms: Terms
    conventions: Conventions


def quote(
    dues, payments, *, principal, annual_rate, disbursed_on, conventions: Conventions, on: date
) -> Quote:
    """What a payoff on a day asks, as `loan_check` figures it. Raises NotKnown."""
    if annual_rate is None:
        raise NotKnown("rate")
    if any(due.agreed_on or due.replaced_on for due in dues):
        raise NotKnown("replanned")
    terms, rows = agreed(dues, principal, annual_rate, disbursed_on, conventions)
    paid = sum((amount for day, amount in moves(payments) if day <= on), ZERO)
    due, future = due_by(rows, on)
    return Quote(
        on=on,
        due=asked_for(due),
        principal=principal_of(future),
        interest=interest_to_finish(future, terms, conventions, on=on),
        paid=paid,
        amount=payoff(rows, paid, terms, conventions, on=on),
        terms=terms,
        conventions=conventions,
    )


def agreed(dues, principal, annual_rate, disbursed_on, conventions) -> tuple[Terms, Sequence[Row]]:
    """The terms of which the conventions make exactly these rows, and the rows with their principal and
    interest. Raises NotKnown.
    """
    sent = sorted((due.due_on, due.amount) for due in dues)
    days = [day for day, _ in sent]
    for rhythm in rhythms(days) if days else ():
        if falling(days, rhythm, conventions) != days:
            continue  # no method makes other days of it
        for method in METHODS:
            if (method == SINGLE_PAYMENT) is not (len(days) == 1):
                continue  # all methods of one instalment are one
            terms = Terms(principal, annual_rate, method, len(days), disbursed_on, days[0], **rhythm)
            try:
                rows = plan(terms, conventions)
            except (ScheduleError, ArithmeticError, ValueError):
                continue  # no such plan, or none that can be figured
            if [(row.due_on, row.amount) for row in rows] == sent:
                return terms, rows
    raise NotKnown("differs")


def falling(days: Sequence[date], rhythm: dict[str, Any], conventions: Conventions) -> list[date]:
    """As many days from the first of these on, in a rhythm."""
    return due_days(
        days[0],
        len(days),
        months=rhythm.get("every_months", 1),
        days=rhythm.get("every_days", 0),
        due_day=rhythm.get("due_day"),
        month_end=conventions.month_end,
    )


def rhythms(days: Sequence[date]) -> Iterator[dict[str, Any]]:
    """In what distances the days may have been agreed: so many days, or so many months on a wanted day."""
    count = len(days) - 1
    if not count:
        yield {}
        return
    first, latest = days[0], days[-1]
    months = (latest.year - first.year) * 12 + latest.month - first.month
    # A day that its month does not have may stand in the month after.
    for every in sorted({max((months + spill) // count, 1) for spill in (-1, 0, 1)}):
        yield {"every_months": every}
        yield {"every_months": every, "due_day": max(day.day for day in days)}
    if (latest - first).days % count == 0:
        yield {"every_days": (latest - first).days // count}

"""New plans for old: what paying off asks on a day, early repayment in part, restructuring.

A new plan replaces rows from a day on and never rewrites them, so that lateness before it stays what it was.
The principal of the rows in force is always the principal of the loan.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import accumulate

from servicing.domain.archive.calendar import days_between
from servicing.domain.archive.conventions import Conventions
from servicing.domain.archive.facts import ZERO
from servicing.domain.archive.schedule import (
    EQUAL_INSTALMENTS,
    EQUAL_PRINCIPAL,
    Row,
    ScheduleError,
    Terms,
    interest_of,
    lay,
    spans,
)


def due_by(rows: Sequence[Row], on: date) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows that are due by the day, and those that are not; rows oldest first."""
    spot = sum(row.due_on <= on for row in rows)
    return rows[:spot], rows[spot:]


def paid_by(rows: Sequence[Row], money: Decimal) -> tuple[Sequence[Row], Sequence[Row]]:
    """The rows that the money pays in full, and those that it does not."""
    spot = bisect_right(list(accumulate([row.amount for row in rows])), money)
    return rows[:spot], rows[spot:]


def payoff(
    rows: Sequence[Row], money: Decimal, terms: Terms, conventions: Conventions, *, on: date
) -> Decimal:
    """What pays the loan off on a day: all that is due, the principal that is not, and the interest that the
    convention asks. Money in advance is deducted, whatever instalments it was for; where it is enough nothing
    has to come, and the loan stays open until a prepayment makes it a payoff.
    """
    due, future = due_by(rows, on)
    asked = asked_for(due) + principal_of(future) + interest_to_finish(future, terms, conventions, on=on)
    return max(asked - money, ZERO)


def interest_to_finish(future: Sequence[Row], terms: Terms, conventions: Conventions, *, on: date) -> Decimal:
    """The interest of a full early repayment."""
    if not future:
        return ZERO
    if conventions.full_prepayment == "all_interest":
        return sum((row.interest for row in future), ZERO)
    if conventions.full_prepayment == "whole_period" and on > future[0].starts_on:
        return future[0].interest
    return earned(future, terms, conventions, on=on)


def earned(future: Sequence[Row], terms: Terms, conventions: Conventions, *, on: date) -> Decimal:
    """The interest of the running period until the day."""
    days = elapsed(future[0], on, conventions)
    return future[0].carried + interest_of(principal_of(future), days, terms.annual_rate, conventions)


def elapsed(row: Row, on: date, conventions: Conventions) -> int:
    """Days of interest of the row's period that have passed."""
    return max(0, min(row.days, days_between(row.starts_on, on, conventions.day_count)))


def prepaid(
    rows: Sequence[Row], money: Decimal, amount: Decimal, terms: Terms, conventions: Conventions, *, on: date
) -> tuple[Sequence[Row], list[Row]]:
    """(rows replaced, rows instead) for an early repayment of `amount` on top of the money before.

    It pays first what is due. What is enough for the payoff makes one last row, due on the final due date;
    less lowers the principal, and the prepaid part pays its interest until the day with the next instalment.
    What is more than the principal and less than the payoff stays money in advance.
    """
    due, future = due_by(rows, on)
    if future and amount >= payoff(rows, money, terms, conventions, on=on):
        interest = interest_to_finish(future, terms, conventions, on=on)
        first, final = future[0], future[-1]
        # A period of no days: from now on it bears no interest.
        last = Row(first.number, on, final.due_on, 0, principal_of(future), interest)
        return future, [last._replace(grace_days=final.grace_days, carried=interest, agreed_on=on)]
    # What was paid ahead of time stays paid.
    kept = max(due, paid_by(rows, money)[0], key=len)
    future = rows[len(kept) :]
    balance, rest = principal_of(future), money + amount - asked_for(kept)
    if not 0 < rest < balance:
        return (), []
    days = elapsed(future[0], on, conventions)
    carried = future[0].carried + interest_of(rest, days, terms.annual_rate, conventions)
    number = max(row.number for row in rows) + 1
    try:
        instead = lay(
            balance - rest,
            future,
            terms,
            conventions,
            instalment=kept_instalment(future[0], terms, conventions),
            carried=carried,
            agreed_on=on,
        )
    except ScheduleError:
        return (), []
    return future, [Row(number, on, on, 0, rest, ZERO, agreed_on=on), *instead]


def kept_instalment(row: Row, terms: Terms, conventions: Conventions) -> Decimal | None:
    """What each instalment goes on asking where the term is shortened; None where it is kept.

    A plan that repays all principal at its end has nothing to shorten.
    """
    if conventions.prepayment == "keep_term":
        return None
    kept = {EQUAL_INSTALMENTS: row.amount - row.carried, EQUAL_PRINCIPAL: row.principal}
    return kept.get(terms.method)


def restructured(
    rows: Sequence[Row], money: Decimal, anew: Terms, terms: Terms, conventions: Conventions, *, on: date
) -> tuple[Sequence[Row], list[Row]]:
    """(rows replaced, rows instead) where all unpaid principal is spread anew from a day on.

    Interest unpaid until then falls due with the first new instalment and bears none itself. Of a row paid
    in part the paid part stays. Raises ScheduleError.
    """
    kept, rest = paid_by(rows, money)
    if not rest:
        return (), []
    if anew.first_due_on <= on:
        raise ScheduleError("the first new instalment is due after the restructuring")
    part = money - asked_for(kept)
    paid_principal, paid_interest = divided(rest[0], max(part, ZERO), conventions)
    balance = principal_of(rest) - paid_principal
    if not balance:
        return (), []
    stub = rest[0]._replace(principal=paid_principal, interest=paid_interest, agreed_on=on)
    owed = sum((row.interest for row in rest if row.due_on <= on), ZERO)
    if future := [row for row in rest if row.due_on > on]:
        owed += earned(future, terms, conventions, on=on)
    number = max(row.number for row in rows) + 1
    periods = spans(anew, conventions, from_on=on, number=number)
    carried = max(owed - paid_interest, ZERO)
    instead = lay(balance, periods, anew, conventions, carried=carried, agreed_on=on)
    return rest, [*([stub] if part > 0 else []), *instead]


def divided(row: Row, paid: Decimal, conventions: Conventions) -> tuple[Decimal, Decimal]:
    """(principal, interest) that a part payment of a row has paid, by the order of the conventions."""
    if conventions.order == "principal_first":
        principal = min(paid, row.principal)
        return principal, paid - principal
    interest = min(paid, row.interest)
    return paid - interest, interest


def asked_for(rows: Sequence[Row]) -> Decimal:
    return sum([row.amount for row in rows], ZERO)


def principal_of(rows: Sequence[Row]) -> Decimal:
    return sum([row.principal for row in rows], ZERO)

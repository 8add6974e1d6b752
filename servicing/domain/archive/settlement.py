"""How a loan ended: one name, one day, and what the months before it looked like."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from servicing.domain.archive.arrears import DAY, bucket, days_past_due, follow, merged
from servicing.domain.archive.facts import (
    FAILED,
    GUARANTOR,
    RECOVERY,
    REFINANCING,
    REFUND,
    SUCCEEDED,
    TRANSFER,
    WAIVER,
    ZERO,
)

MONTHS = 60
REPAID_BY_BORROWER = frozenset({"late", "early", "normal"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is frozen at payoff; `cleared` maps each instalment number to the day it was paid in full.

    `paid` is all that settled the loan until then, waivers too, net of refunds: see `by_origin` for what of
    it was money. `overpaid` is the part that nothing asked for.
    """

    kind: str
    settled_on: date
    final_due_on: date
    days_late: int
    worst_dpd: int
    times_late: int
    instalments: int
    failed_payments: int
    paid: Decimal
    profile: str
    cleared: dict[int, date]
    overpaid: Decimal = ZERO


def settle(
    dues: Iterable, payments: Iterable, *, disbursed_on, written_off_on=None, pauses=()
) -> Outcome | None:
    """The outcome of a loan, or None while something is unpaid. Money goes to the oldest unpaid instalment.

    Only whole days count, so the order of events of one day changes nothing. A failed payment is counted
    and never applied; what came after the day of payoff belongs to nobody's record. `days_late` is negative
    for a payoff before the final due date, and 0 inside its grace.
    """
    payments = [paid for paid in payments if paid.reversed_on is None]
    trace = follow(dues, payments)
    settled_on = trace.settled_on
    if settled_on is None:
        return None
    final = trace.rows[-1]
    pauses = merged(pauses) if pauses else ()
    until = [paid for paid in payments if paid.paid_on <= settled_on]
    came = [paid for paid in until if paid.outcome == SUCCEEDED]
    paid = sum([-p.amount if p.origin == REFUND else p.amount for p in came], ZERO)
    dpds = [days_past_due(due, last, pauses) if last > due.due_on else 0 for due, _, last in trace.spells]
    spells = [spell for spell, dpd in zip(trace.spells, dpds, strict=True) if dpd]
    days_late, worst_dpd = (settled_on - final.due_on).days, max(dpds, default=0)
    if days_late > 0:
        # A new plan that lets the last debt go ends its lateness on the day before.
        days_late = min(days_past_due(final, settled_on, pauses), worst_dpd)
    return Outcome(
        kind=kind_of(came, days_late=days_late, written_off_on=written_off_on),
        settled_on=settled_on,
        final_due_on=final.due_on,
        days_late=days_late,
        worst_dpd=worst_dpd,
        times_late=len({id(spell.due) for spell in spells}),
        instalments=len(trace.rows),
        failed_payments=sum([p.outcome == FAILED and p.origin != REFUND for p in until]),
        paid=paid,
        profile=profile(spells, disbursed_on=disbursed_on, settled_on=settled_on, pauses=pauses),
        cleared=trace.cleared,
        overpaid=paid - sum([due.amount for due in trace.rows], ZERO),
    )


def by_origin(payments: Iterable, *, until: date) -> dict[str, Decimal]:
    """{origin: sum} of all that settled a loan until that day, a refund below zero. Nobody paid a waiver."""
    sums: dict[str, Decimal] = {}
    for paid in payments:
        if paid.outcome == SUCCEEDED and paid.reversed_on is None and paid.paid_on <= until:
            amount = -paid.amount if paid.origin == REFUND else paid.amount
            sums[paid.origin] = sums.get(paid.origin, ZERO) + amount
    return sums


def kind_of(counted, *, days_late, written_off_on) -> str:
    """The one name of a settlement: the first of these that is true. Money `counted` is all that came."""
    origins = {paid.origin for paid in counted}
    if TRANSFER in origins:
        return "transferred"
    if REFINANCING in origins:
        return "refinanced"
    if RECOVERY in origins or came_after(counted, written_off_on):
        return "recovered"
    if GUARANTOR in origins:
        return "guarantor"
    if WAIVER in origins:
        return "waived"
    if days_late > 0:
        return "late"
    return "early" if days_late < 0 else "normal"


def came_after(counted, written_off_on) -> bool:
    """Whether money came after the loan was written off; a refund is no such money."""
    if not written_off_on:
        return False
    return any(paid.paid_on > written_off_on and paid.origin != REFUND for paid in counted)


def is_repaid_by_borrower(kind: str) -> bool:
    """Whether a settlement may be called repaid in full by the borrower."""
    return kind in REPAID_BY_BORROWER


def profile(late, *, disbursed_on: date, settled_on: date, pauses=(), months: int = MONTHS) -> str:
    """One sign for each month up to the payoff, oldest first; the last one is always C.

    `/` the loan did not exist yet; `N` nothing was past due; `1` to `7` the worst days past due of the
    month: 1–30, 31–60, … 151–180, more; `C` the month of payoff. `late` are spells of waiting (`Unpaid`);
    a shorter strip is the last part of a longer one.
    """
    end = month_of(settled_on)
    lived = max(0, min(end - month_of(disbursed_on), months - 1))
    if not late:
        return "/" * (months - 1 - lived) + "N" * lived + "C"
    marks = ["/"] * (months - 1 - lived) + ["N"] * lived
    for due, first, last in late:
        day = max(first, due.due_on + DAY)
        while day <= last:
            month_end = min(next_month(day) - DAY, last)
            spot = month_of(day) - end + months - 1
            if 0 <= spot < months - 1:
                # Within a spell lateness only grows, so the last day of a month is its worst.
                mark = bucket(days_past_due(due, month_end, pauses))
                if mark != "N" and (marks[spot] in "/N" or mark > marks[spot]):
                    marks[spot] = mark
            day = month_end + DAY
    return "".join(marks) + "C"


def month_of(day: date) -> int:
    """Months since year 0, to count with."""
    return day.year * 12 + day.month - 1


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)

"""How a loan ended, and what all loans of one borrower add up to. Days are dates, money is Decimal."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

BORROWER, GUARANTOR, WAIVER, RECOVERY, REFINANCING, TRANSFER = (
    "borrower",
    "guarantor",
    "waiver",
    "recovery",
    "refinancing",
    "transfer",
)
SUCCEEDED, FAILED = "succeeded", "failed"
MONTHS = 24
# Crockford's digits: nothing that is misheard or misread on the telephone.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Due(NamedTuple):
    """What is due on one day. `settle` reads the same names from any other row."""

    number: int
    due_on: date
    amount: Decimal


class Paid(NamedTuple):
    """Money that came or failed to come, on a day of the source's zone."""

    paid_on: date
    amount: Decimal
    origin: str = BORROWER
    outcome: str = SUCCEEDED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is frozen at payoff; `cleared` maps each instalment number to the day it was paid in full."""

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


def settle(dues, payments, *, disbursed_on, written_off_on=None) -> Outcome | None:
    """The outcome of a loan, or None while something is unpaid. Money goes to the oldest unpaid instalment.

    Only whole days count, so the order of events of one day changes nothing. A failed payment is counted
    and never applied; what came after the day of payoff belongs to nobody's record.
    """
    dues = sorted(dues, key=lambda due: (due.due_on, due.number))
    came = [p for p in payments if p.outcome == SUCCEEDED]
    cleared = clear(dues, came)
    if len(cleared) < len(dues) or not dues:
        return None
    settled_on, final_due_on = cleared[dues[-1].number], dues[-1].due_on
    counted = [p for p in came if p.paid_on <= settled_on]
    late = [(cleared[due.number] - due.due_on).days for due in dues]
    days_late = (settled_on - final_due_on).days
    return Outcome(
        kind=kind_of(counted, days_late=days_late, written_off_on=written_off_on),
        settled_on=settled_on,
        final_due_on=final_due_on,
        days_late=days_late,
        worst_dpd=max(0, *late),
        times_late=sum(days > 0 for days in late),
        instalments=len(dues),
        failed_payments=sum(p.outcome == FAILED and p.paid_on <= settled_on for p in payments),
        paid=sum((p.amount for p in counted), Decimal(0)),
        profile=profile(dues, cleared, disbursed_on=disbursed_on, settled_on=settled_on),
        cleared=cleared,
    )


def clear(dues, payments) -> dict[int, date]:
    """The day on which each instalment was paid in full, by number; the unpaid ones are missing."""
    days: dict[int, date] = {}
    dues = sorted(dues, key=lambda due: (due.due_on, due.number))
    came = sorted((p for p in payments if p.outcome == SUCCEEDED), key=lambda p: p.paid_on)
    waiting = zip(dues, accumulate(due.amount for due in dues), strict=True)
    due, needed = next(waiting, (None, None))
    money = Decimal(0)
    for payment in came:
        money += payment.amount
        while due is not None and money >= needed:
            days[due.number] = payment.paid_on
            due, needed = next(waiting, (None, None))
    return days


def kind_of(counted, *, days_late, written_off_on) -> str:
    """The one name of a settlement: the first of these that is true. Money `counted` is all that came."""
    origins = {p.origin for p in counted}
    if TRANSFER in origins:
        return "transferred"
    if REFINANCING in origins:
        return "refinanced"
    if RECOVERY in origins or (written_off_on and any(p.paid_on > written_off_on for p in counted)):
        return "recovered"
    if GUARANTOR in origins:
        return "guarantor"
    if WAIVER in origins:
        return "waived"
    if days_late > 0:
        return "late"
    return "early" if days_late < 0 else "normal"


def profile(dues, cleared, *, disbursed_on, settled_on) -> str:
    """24 characters for the months up to the payoff, oldest first; the last one is always C.

    `/` the loan did not exist yet; `N` nothing was past due; `1` to `7` the worst days past due of the
    month: 1–30, 31–60, … 151–180, more; `C` the month of payoff.
    """
    last = settled_on.year * 12 + settled_on.month - 1
    first_month = disbursed_on.year * 12 + disbursed_on.month - 1
    marks = ["/" if month < first_month else "N" for month in range(last - MONTHS + 1, last + 1)]
    for due in dues:
        day, end = due.due_on + timedelta(days=1), cleared[due.number]
        while day <= end:
            month_end = min(_next_month(day) - timedelta(days=1), end)
            spot = day.year * 12 + day.month - 1 - last + MONTHS - 1
            if spot >= 0:
                marks[spot] = max(marks[spot], bucket((month_end - due.due_on).days), key=_weight)
            day = month_end + timedelta(days=1)
    return "".join(marks[:-1]) + "C"


def bucket(dpd: int) -> str:
    """N for nothing past due, then one digit for each 30 days begun, 7 for more than 180."""
    return "N" if dpd <= 0 else str(min(-(-dpd // 30), 7))


def _weight(mark: str) -> int:
    return int(mark) if mark.isdigit() else 0


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


@dataclass(frozen=True, slots=True)
class History:
    """All settlements of one borrower as of a day, without the lateness that has lapsed."""

    settled_loans: int
    late_loans: int
    early_loans: int
    worst_dpd: int
    failed_payments: int
    first_settled_on: date
    last_settled_on: date
    last_days_late: int
    next_lapse_on: date | None


def roll(settlements: Iterable, *, on: date, adverse_years: int) -> History:
    """Roll up one or more settlements. Lateness counts until `adverse_years` after it ended.

    `late_loans` are those settled after their final due date however they ended; `early_loans` those
    settled before it; `next_lapse_on` is the next day on which some lateness stops counting.
    """
    # Of two loans that end on one day the one with the higher id is the latest, as for the features.
    rows = sorted(settlements, key=lambda s: (s.settled_on, s.loan_id))
    adverse = [s for s in rows if s.worst_dpd > 0]
    lapses = [lapses_on(s.settled_on, adverse_years) for s in adverse]
    counting = [s for s, lapse in zip(adverse, lapses, strict=True) if lapse > on]
    latest = rows[-1]
    has_lapsed = latest.worst_dpd > 0 and latest not in counting
    return History(
        settled_loans=len(rows),
        late_loans=sum(s.days_late > 0 for s in counting),
        early_loans=sum(s.days_late < 0 for s in rows),
        worst_dpd=max((s.worst_dpd for s in counting), default=0),
        failed_payments=sum(s.failed_payments for s in rows),
        first_settled_on=rows[0].settled_on,
        last_settled_on=latest.settled_on,
        last_days_late=min(latest.days_late, 0) if has_lapsed else latest.days_late,
        next_lapse_on=min((lapse for lapse in lapses if lapse > on), default=None),
    )


def lapses_on(ended_on: date, years: int) -> date:
    """The first day on which a fact that ended then no longer counts; after 29 February it is 1 March."""
    try:
        return ended_on.replace(year=ended_on.year + years)
    except ValueError:
        return date(ended_on.year + years, 3, 1)


def reference(row_id: int) -> str:
    """A short name for a borrower to be read aloud: seven digits that hide the count, and a check digit.

    Different for all ids below 32**7.
    """
    # Odd, hence a one-to-one shuffle of all seven-digit numbers.
    number = row_id * 20_716_438_391 % 32**7
    digits = [number >> (5 * place) & 31 for place in reversed(range(7))]
    check = sum(digit * weight for digit, weight in zip(digits, (3, 5, 7, 11, 13, 17, 19), strict=True)) % 32
    text = "".join(DIGITS[digit] for digit in [*digits, check])
    return f"{text[:4]}-{text[4:]}"

"""What all loans of one borrower add up to, and the day on which the next bad mark lapses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


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

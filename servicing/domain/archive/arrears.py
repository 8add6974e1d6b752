"""Who was late, and for how long: money goes to the oldest unpaid instalment, and only whole days count."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from servicing.domain.archive.facts import REFUND, SUCCEEDED, ZERO, Pause

DAY = timedelta(days=1)


class Unpaid(NamedTuple):
    """A spell in which a row of the plan was in force and not paid in full.

    Both days are included: the day on which the money came was a day of waiting too.
    """

    due: Any
    first: date
    last: date


class Trace(NamedTuple):
    """What became of each row: `rows` are those in force at the end, oldest first, `cleared` maps their
    numbers to the day since which they are paid for good, `spells` are all spells that have ended.
    `quiet_since` is the day since which no row has been unpaid, None while one is.
    """

    rows: Sequence
    cleared: dict[int, date]
    spells: list[Unpaid]
    quiet_since: date | None

    @property
    def settled_on(self) -> date | None:
        """The day since which every row of the last plan is paid and nothing is unpaid."""
        if not self.rows or self.quiet_since is None:
            return None
        return max(self.quiet_since, *self.cleared.values())


def follow(dues: Iterable, payments: Iterable) -> Trace:
    """Lay the money over the plan, day by day of change, from the first payment to the last."""
    flow = moves(payments)
    cleared: dict[int, date] = {}
    spells: list[Unpaid] = []
    before: dict[int, object] = {}
    rows: Sequence = ()
    money, spot, quiet = ZERO, 0, None
    for start, end, rows in eras(dues):
        needed = list(accumulate([due.amount for due in rows]))
        since = [start] * len(rows)
        paid = 0
        if start > date.min:  # a new plan is judged with all money of its first day
            while spot < len(flow) and flow[spot][0] <= start:
                money += flow[spot][1]
                spot += 1
            paid = bisect_right(needed, money)
            cleared = carry(rows, paid, start, before, cleared, spells)
            quiet = (quiet or start) if paid == len(rows) else None
        while spot < len(flow) and flow[spot][0] < end:
            day, moved = flow[spot]
            money += moved
            spot += 1
            while paid < len(rows) and money >= needed[paid]:
                cleared[rows[paid].number] = day
                spells.append(Unpaid(rows[paid], since[paid], day))
                paid += 1
            while paid and money < needed[paid - 1]:  # money went back
                paid -= 1
                since[paid] = day
                del cleared[rows[paid].number]
            quiet = (quiet or day) if paid == len(rows) else None
        if end < date.max:
            waiting = zip(rows[paid:], since[paid:], strict=True)
            spells += [Unpaid(due, first, end - DAY) for due, first in waiting]
            before = {id(due): due for due in rows}
    return Trace(rows, cleared, spells, quiet)


def carry(rows, paid, start, before, cleared, spells) -> dict[int, date]:
    """The cleared days at the start of a new plan: rows that stay keep theirs, while the money suffices."""
    kept = {}
    for due in rows[:paid]:
        stays = id(due) in before
        if stays and due.number not in cleared:
            spells.append(Unpaid(due, start, start))
        kept[due.number] = cleared.get(due.number, start) if stays else start
    return kept


def moves(payments: Iterable) -> list[tuple[date, Decimal]]:
    """What money came, net of what went back, on each day; oldest first."""
    net: dict[date, Decimal] = {}
    for paid in payments:
        if paid.outcome == SUCCEEDED and paid.reversed_on is None:
            amount, day = -paid.amount if paid.origin == REFUND else paid.amount, paid.paid_on
            net[day] = net[day] + amount if day in net else amount
    return sorted(net.items())


def eras(dues: Iterable) -> list[tuple[date, date, Sequence]]:
    """(first day, day after the last, rows in force) of each plan, oldest first; most loans have one."""
    rows = sorted(dues, key=lambda due: (due.due_on, due.number))
    if all(due.agreed_on is None is due.replaced_on for due in rows):
        return [(date.min, date.max, rows)]
    days = {day for due in rows for day in (due.agreed_on, due.replaced_on) if day}
    edges = [date.min, *sorted(days), date.max]
    return [(start, end, [due for due in rows if in_force(due, start)]) for start, end in pairwise(edges)]


def in_force(due, on: date) -> bool:
    is_agreed = due.agreed_on is None or due.agreed_on <= on
    return is_agreed and (due.replaced_on is None or on < due.replaced_on)


def days_past_due(due, on: date, pauses: Sequence[Pause] = ()) -> int:
    """Days past due of an instalment unpaid on a day: the day after the due date is the first.

    `pauses` are `merged`; of each only the part after the due date is deducted. Up to the last day of grace
    nothing counts, after it everything.
    """
    days = (on - due.due_on).days
    if days > 0 and pauses:
        days -= sum(overlap(pause, due.due_on + DAY, on) for pause in pauses)
    return days if days > 0 and days > due.grace_days else 0


def overlap(pause: Pause, first: date, last: date) -> int:
    """How many days of the pause lie between two days, both included."""
    return max(0, (min(pause.ends_on, last) - max(pause.starts_on, first)).days + 1)


def merged(pauses: Iterable) -> list[Pause]:
    """The same days without overlaps, oldest first, so that no day is deducted twice."""
    days: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.starts_on):
        if days and pause.starts_on <= days[-1].ends_on + DAY:
            days[-1] = Pause(days[-1].starts_on, max(days[-1].ends_on, pause.ends_on))
        else:
            days.append(Pause(pause.starts_on, pause.ends_on))
    return days


def bucket(dpd: int) -> str:
    """N for nothing past due, then one digit for each 30 days begun, 7 for more than 180."""
    return "N" if dpd <= 0 else str(min(-(-dpd // 30), 7))


def clear(dues: Iterable, payments: Iterable) -> dict[int, date]:
    """The day since which each instalment in force is paid in full, by number; unpaid ones are missing."""
    return follow(dues, payments).cleared


@dataclass(frozen=True, slots=True)
class Standing:
    """How a loan stands at the end of a day.

    `past_due` is what was due before the day and is unpaid, inside grace or not; `dpd` honours grace and
    pauses. `next_amount` is what is missing of the instalments of `next_due_on`, the day itself or later.
    `status` is current, grace, past_due, written_off or settled.
    """

    dpd: int
    bucket: str
    past_due: Decimal
    oldest_due_on: date | None
    next_due_on: date | None
    next_amount: Decimal | None
    paid: Decimal
    outstanding: Decimal
    overpaid: Decimal
    status: str


CURRENT, GRACE, PAST_DUE, WRITTEN_OFF, SETTLED = "current", "grace", "past_due", "written_off", "settled"


def standing(dues: Iterable, payments: Iterable, *, on: date, written_off_on=None, pauses=()) -> Standing:
    """How a loan stands at the end of the day, by the plan then in force and the money come until then."""
    rows = sorted((due for due in dues if in_force(due, on)), key=lambda due: (due.due_on, due.number))
    paid = sum((amount for day, amount in moves(payments) if day <= on), ZERO)
    total = sum((due.amount for due in rows), ZERO)
    unpaid = list(remaining(rows, paid))
    late = [(due, left) for due, left in unpaid if due.due_on < on]
    ahead = [(due, left) for due, left in unpaid if due.due_on >= on]
    pauses = merged(pauses)
    # A younger instalment may be late while an older one has more days of grace.
    dpd = max((days_past_due(due, on, pauses) for due, _ in late), default=0)
    return Standing(
        dpd=dpd,
        bucket=bucket(dpd),
        past_due=sum((left for _, left in late), ZERO),
        oldest_due_on=late[0][0].due_on if late else None,
        next_due_on=ahead[0][0].due_on if ahead else None,
        next_amount=sum(left for due, left in ahead if due.due_on == ahead[0][0].due_on) if ahead else None,
        paid=paid,
        outstanding=max(total - paid, ZERO),
        overpaid=max(paid - total, ZERO),
        status=status(unpaid, late, dpd, is_written_off=bool(written_off_on and written_off_on <= on)),
    )


def remaining(rows: Sequence, paid: Decimal):
    """(row, what of it is unpaid) of each row that is not paid in full; rows oldest first."""
    for due in rows:
        used = min(paid, due.amount) if paid > 0 else ZERO
        paid -= used
        if used < due.amount:
            yield due, due.amount - used


def status(unpaid, late, dpd, *, is_written_off) -> str:
    if not unpaid:
        return SETTLED
    if is_written_off:
        return WRITTEN_OFF
    if dpd:
        return PAST_DUE
    return GRACE if late else CURRENT

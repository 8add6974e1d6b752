"""A slow second opinion on arrears: every day is lived through, every row looked at, nothing is swept."""

from datetime import timedelta
from decimal import Decimal

DAY = timedelta(days=1)


def in_force(due, day):
    if due.agreed_on is not None and day < due.agreed_on:
        return False
    return due.replaced_on is None or day < due.replaced_on


def money_by_day(payments):
    """{day: what came less what went back}."""
    net = {}
    for paid in payments:
        if paid.outcome == "succeeded" and paid.reversed_on is None:
            moved = -paid.amount if paid.origin == "refund" else paid.amount
            net[paid.paid_on] = net.get(paid.paid_on, Decimal(0)) + moved
    return net


def money_until(payments, day):
    return sum((moved for on, moved in money_by_day(payments).items() if on <= day), Decimal(0))


def unpaid_on(dues, payments, day):
    """{position of the row: what is missing} at the end of a day."""
    return missing_of(dues, money_until(payments, day), day)


def missing_of(dues, left, day):
    """What so much money leaves unpaid of the rows in force on a day."""
    missing = {}
    rows = [(due.due_on, due.number, spot) for spot, due in enumerate(dues) if in_force(due, day)]
    for _, _, spot in sorted(rows):
        pays = max(min(left, dues[spot].amount), Decimal(0))
        left -= pays
        if pays < dues[spot].amount:
            missing[spot] = dues[spot].amount - pays
    return missing


def dpd_of(due, day, pauses):
    count, at = 0, due.due_on + DAY
    while at <= day:
        count += not any(pause.starts_on <= at <= pause.ends_on for pause in pauses)
        at += DAY
    return count if count > due.grace_days else 0


def dpd_on(dues, payments, day, pauses):
    return max((dpd_of(dues[spot], day, pauses) for spot in unpaid_on(dues, payments, day)), default=0)


def worth_a_look(first, last, marks, *, stride):
    """Every so many days from one to another, and each marked day with its neighbours; oldest first."""
    days = {first + DAY * step for step in range(0, (last - first).days + 1, stride)}
    days |= {mark + DAY * step for mark in marks for step in (-1, 0, 1)}
    return sorted(day for day in days if first <= day <= last)


def mark_of(dpd):
    if dpd == 0:
        return "N"
    return next((str(n) for n in range(1, 7) if dpd <= 30 * n), "7")


class Diary:
    """What became of a loan between two days, day by day."""

    def __init__(self, dues, payments, pauses, first, last):
        self.cleared, self.late, day, before, since = {}, {}, first, set(), None
        came, waited = money_by_day(payments), [0] * len(dues)
        money = money_until(payments, first - DAY)
        while day <= last:
            money += came.get(day, 0)
            unpaid = set(missing_of(dues, money, day))
            there = {spot for spot, due in enumerate(dues) if in_force(due, day)}
            counts = not any(pause.starts_on <= day <= pause.ends_on for pause in pauses)
            for spot, due in enumerate(dues):
                waited[spot] += counts and due.due_on < day
                if spot in there and spot not in unpaid:
                    self.cleared.setdefault(spot, day)
                else:
                    self.cleared.pop(spot, None)
            # The day on which the money came was a day of waiting too.
            for spot in unpaid | (before & there):
                if waited[spot] > dues[spot].grace_days:
                    self.late[spot, day] = waited[spot]
            since = (since or day) if not unpaid else None
            before, day = unpaid, day + DAY
        self.is_settled = bool(there) and not unpaid
        self.settled_on = max(since, *self.cleared.values()) if self.is_settled else None

    def marks(self):
        """{(year, month): mark} of the months with lateness, up to the payoff."""
        worst = {}
        for (_, day), dpd in self.late.items():
            month = day.year, day.month
            worst[month] = max(worst.get(month, 0), dpd)
        return {month: mark_of(dpd) for month, dpd in worst.items()}

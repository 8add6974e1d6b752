"""When instalments fall due, and how many days lie between for interest."""

from calendar import monthrange
from datetime import date, timedelta


def shift(day: date, months: int, *, due_day: int, month_end: str = "last_day") -> date:
    """`due_day` of the month that lies `months` after that of `day`.

    Where that month is too short: its last day, or with `next_day` the first of the month after.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    length = monthrange(year, month + 1)[1]
    if due_day > length and month_end == "next_day":
        return date(year, month + 1, length) + timedelta(days=1)
    return date(year, month + 1, min(due_day, length))


def due_days(first: date, count: int, *, months=1, days=0, due_day=None, month_end="last_day") -> list[date]:
    """Due dates from the first, every so many months, or every so many days where `days` is not 0.

    `sticky`: a due day that was moved to an earlier one in a short month stays there.
    """
    if days:
        return [first + timedelta(days=days * step) for step in range(count)]
    wanted, found = due_day or first.day, [first]
    for step in range(1, count):
        if month_end == "sticky":
            wanted = min(wanted, found[-1].day)
        found.append(shift(first, months * step, due_day=wanted, month_end=month_end))
    return found


def days_between(start: date, end: date, day_count: str) -> int:
    """Days of interest from one day to another: actual days, or months of 30 days each.

    In 30/360 the last day of any month is its 30th, so that a month from month end to month end has 30 days.
    """
    if day_count != "30/360":
        return (end - start).days
    return (end.year - start.year) * 360 + (end.month - start.month) * 30 + thirtieth(end) - thirtieth(start)


def thirtieth(day: date) -> int:
    return 30 if day.day == monthrange(day.year, day.month)[1] else day.day

"""Reads settings and the working calendar as of a day."""

import chinese_calendar

from servicing.domain import periods
from servicing.models import CalendarDay, Period


def value(code, *, on):
    """The value in force on a day; LookupError for a setting that does not exist."""
    default = periods.BY_CODE[code].value
    row = Period.objects.in_force(on=on).filter(code=code).order_by("-valid_from").first()
    return row.value if row else default


def due(start, *, days):
    """The date `days` working days after `start`, on the Chinese calendar with our overrides."""
    overrides = dict(CalendarDay.objects.filter(day__gt=start).values_list("day", "is_workday"))
    return periods.add_workdays(
        start, days, is_working=lambda day: periods.is_workday(day, holidays=Published(), overrides=overrides)
    )


class Published(dict):
    """The calendar as the State Council published it; years it has not published yet are missing."""

    def __contains__(self, day):
        return day in chinese_calendar.holidays or day in chinese_calendar.workdays

    def __getitem__(self, day):
        return day in chinese_calendar.workdays

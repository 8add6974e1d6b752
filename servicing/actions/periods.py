"""Reads settings and the working calendar as of a day."""

from contextlib import contextmanager
from contextvars import ContextVar

import chinese_calendar
from django.db import transaction

from servicing.actions import ledger
from servicing.domain import periods
from servicing.models import CalendarDay, Period

_known: ContextVar[dict | None] = ContextVar("known", default=None)


@contextmanager
def steady():
    """Within it nothing is read twice: all that happens in one transaction is judged by one set of rules."""
    token = _known.set({})
    try:
        yield
    finally:
        _known.reset(token)


def once(ask, *args):
    """What `ask` answers, within `steady` asked once."""
    known = _known.get()
    if known is None:
        return ask(*args)
    if (ask, args) not in known:
        known[ask, args] = ask(*args)
    return known[ask, args]


def value(code, *, on):
    """The value in force on a day; LookupError for a setting that does not exist."""
    default = periods.BY_CODE[code].value
    return once(in_force, on).get(code, default)


def in_force(on):
    """All that differ from what is shipped; they are few, so whoever needs one has read the next."""
    rows = Period.objects.in_force(on=on).order_by("valid_from")
    return dict(rows.values_list("code", "value"))


@transaction.atomic
def change(*, code, value, citation, from_on, by, at, detail=None):
    """Put a value of a setting in force from a day on; `detail` says on what ground."""
    row, _ = Period.objects.update_or_create(
        code=code, valid_from=from_on, defaults={"value": value, "citation": citation, "valid_to": None}
    )
    change = {"code": code, "value": value, "from_on": from_on.isoformat()}
    ledger.record(what="period.changed", target=row, by=by, at=at, detail=change | (detail or {}))


def due(start, *, days):
    """The date `days` working days after `start`."""
    return periods.add_workdays(start, days, is_working=is_workday)


def is_workday(day):
    """Whether a day is a working day, on the Chinese calendar with our overrides."""
    return periods.is_workday(day, holidays=Published(), overrides=once(differing_days))


def differing_days():
    return dict(CalendarDay.objects.values_list("day", "is_workday"))


class Published(dict):
    """The calendar as the State Council published it; years it has not published yet are missing."""

    def __contains__(self, day):
        return day in chinese_calendar.holidays or day in chinese_calendar.workdays

    def __getitem__(self, day):
        return day in chinese_calendar.workdays

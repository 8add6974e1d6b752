from datetime import date

import pytest

from servicing.actions import periods
from servicing.models import CalendarDay, Period
from tests.cast import TODAY


def test_the_shipped_value_holds_until_a_row_says_otherwise(db):
    assert periods.value("adverse.years", on=TODAY) == 5
    Period.objects.create(
        code="adverse.years", value=4, citation="trial", valid_from=TODAY, valid_to=date(2026, 12, 31)
    )
    assert periods.value("adverse.years", on=TODAY) == 4
    assert periods.value("adverse.years", on=date(2026, 11, 22)) == 5
    assert periods.value("adverse.years", on=date(2027, 1, 1)) == 5


def test_a_setting_that_does_not_exist_is_an_error(db):
    with pytest.raises(LookupError):
        periods.value("no.such", on=TODAY)


def test_due_days_follow_the_published_calendar(db):
    # Spring festival 2026: the published calendar gives 15 to 23 February, working on the 14th and 28th.
    assert periods.due(date(2026, 2, 13), days=1) == date(2026, 2, 14)
    assert periods.due(date(2026, 2, 14), days=1) == date(2026, 2, 24)


def test_an_override_moves_the_due_day(db):
    assert periods.due(TODAY, days=1) == date(2026, 11, 24)
    CalendarDay.objects.create(day=date(2026, 11, 24), is_workday=False, note="office closed")
    assert periods.due(TODAY, days=1) == date(2026, 11, 25)

from datetime import date

import pytest

from servicing.domain.periods import add_workdays, is_workday, lapses, years_before

NATIONAL_DAY = {date(2026, 10, 1): False, date(2026, 10, 10): True}


@pytest.mark.parametrize(
    ("day", "overrides", "works"),
    [
        (date(2026, 10, 1), {}, False),  # a Thursday, public holiday
        (date(2026, 10, 10), {}, True),  # a Saturday, worked in exchange
        (date(2026, 10, 11), {}, False),
        (date(2026, 10, 12), {}, True),
        (date(2026, 10, 12), {date(2026, 10, 12): False}, False),
        (date(2026, 10, 1), {date(2026, 10, 1): True}, True),
    ],
)
def test_overrides_then_published_then_weekdays(day, overrides, works):
    assert is_workday(day, holidays=NATIONAL_DAY, overrides=overrides) is works


def test_working_days_skip_what_is_not_worked():
    weekdays = lambda day: day.weekday() < 5  # noqa: E731
    assert add_workdays(date(2026, 11, 20), 3, is_working=weekdays) == date(2026, 11, 25)
    assert add_workdays(date(2026, 11, 20), 0, is_working=weekdays) == date(2026, 11, 20)


def test_what_ended_on_a_leap_day_lapses_on_the_first_of_march():
    assert lapses(date(2024, 2, 29), 5) == date(2029, 3, 1)
    assert lapses(date(2024, 2, 29), 4) == date(2028, 2, 29)
    assert lapses(date(2026, 2, 22), 5) == date(2031, 2, 22)


def test_five_years_before_a_leap_day():
    assert years_before(date(2028, 2, 29), 5) == date(2023, 2, 28)
    assert years_before(date(2026, 11, 23), 5) == date(2021, 11, 23)

"""The clocks as tables: calendar days, the earlier of two counts, praise waits for nothing."""

from datetime import date

import pytest

from feedback.domain.responses import Limits, last_day, own_day

LIMITS = Limits(complaint=15, complex=30, extension=30, objection=20, suggestion=30)
MONDAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("kind", "more", "day"),
    [
        ("complaint", {}, date(2026, 12, 8)),
        ("complaint", {"is_complex": True}, date(2026, 12, 23)),
        ("complaint", {"is_complex": True, "is_extended": True}, date(2027, 1, 22)),
        ("objection", {}, date(2026, 12, 13)),
        ("objection", {"is_complex": True}, date(2026, 12, 13)),
        ("suggestion", {}, date(2026, 12, 23)),
        ("praise", {}, None),
    ],
)
def test_each_kind_has_its_clock(kind, more, day):
    assert own_day(kind, MONDAY, limits=LIMITS, **more) == day


@pytest.mark.parametrize(
    ("kind", "hotline", "day"),
    [
        ("complaint", date(2026, 12, 1), date(2026, 12, 1)),
        ("complaint", date(2027, 3, 1), date(2026, 12, 8)),
        ("praise", date(2026, 12, 1), date(2026, 12, 1)),
        ("praise", None, None),
    ],
)
def test_the_earlier_of_our_clock_and_the_hotlines_counts(kind, hotline, day):
    assert last_day(kind, MONDAY, limits=LIMITS, hotline_due_on=hotline) == day


def test_no_holiday_pauses_a_clock():
    assert own_day("complaint", date(2026, 9, 25), limits=LIMITS) == date(2026, 10, 10)

"""Schedules against the formulas of the trade, month ends and leap days, and conventions as settings."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import prod

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from servicing.domain.archive.calendar import days_between, due_days
from servicing.domain.archive.conventions import CHOICES, ConventionError, Conventions
from servicing.domain.archive.schedule import METHODS, ScheduleError, Terms, plan

CENT = Decimal("0.01")


def terms(method="equal_instalments", principal="10000", rate="0.072", instalments=12, **kwargs):
    kwargs = {"disbursed_on": date(2026, 1, 15), "first_due_on": date(2026, 2, 15)} | kwargs
    return Terms(Decimal(principal), Decimal(rate), method, instalments, **kwargs)


def rows_of(*args, conventions=Conventions(), **kwargs):  # noqa: B008 - frozen
    return plan(terms(*args, **kwargs), conventions)


def money(rows):
    return [(str(row.principal), str(row.interest)) for row in rows]


def test_equal_instalments_follow_the_annuity_formula():
    rows = rows_of()
    monthly = Decimal("0.072") / 12
    growth = (1 + monthly) ** 12
    expected = (10000 * monthly * growth / (growth - 1)).quantize(CENT, ROUND_HALF_UP)
    assert expected == Decimal("866.19")
    assert {row.amount for row in rows[:-1]} == {expected}
    # 12 × 866.19 is 10,394.28; the remainder of all roundings stands in the last instalment.
    assert (rows[0].interest, rows[-1].interest, rows[-1].amount) == (60, Decimal("5.17"), expected)
    assert sum(row.principal for row in rows) == 10000


# Method, terms, and (principal, interest) of each row, figured by hand.
BY_HAND = [
    ("equal_principal", {"principal": "12000", "rate": "0.12", "instalments": 3},
     [("4000.00", "120.00"), ("4000.00", "80.00"), ("4000.00", "40.00")]),
    ("equal_principal", {"principal": "100", "rate": "0.12", "instalments": 3},
     [("33.33", "1.00"), ("33.33", "0.67"), ("33.34", "0.33")]),
    ("interest_first", {"principal": "10000", "rate": "0.06", "instalments": 3},
     [("0", "50.00"), ("0", "50.00"), ("10000", "50.00")]),
    ("single_payment", {"principal": "5000", "rate": "0.18", "instalments": 1,
                        "first_due_on": date(2026, 7, 15)}, [("5000", "450.00")]),
    ("equal_instalments", {"principal": "1000", "rate": "0", "instalments": 3},
     [("333.33", "0.00"), ("333.33", "0.00"), ("333.34", "0.00")]),
    # 1 % a month on 300: 300 × 0.01 / (1 − 1.01⁻³) = 102.0066…
    ("equal_instalments", {"principal": "300", "rate": "0.12", "instalments": 3},
     [("99.01", "3.00"), ("100.00", "2.01"), ("100.99", "1.01")]),
]  # fmt: skip


@pytest.mark.parametrize(("method", "kwargs", "expected"), BY_HAND)
def test_schedules_by_hand(method, kwargs, expected):
    assert money(rows_of(method, **kwargs)) == expected


def test_interest_by_actual_days_differs_from_month_to_month():
    daily = Conventions(day_count="actual/365")
    rows = rows_of("interest_first", rate="0.0365", instalments=3, conventions=daily)
    # One yuan a day: 31 days to 15 February, 28 to March, 31 to April.
    assert [row.interest for row in rows] == [31, 28, 31]
    by_360 = rows_of("interest_first", rate="0.036", instalments=2, conventions=Conventions("actual/360"))
    assert [row.interest for row in by_360] == [31, 28]


def test_a_broken_first_period_pays_its_days():
    rows = rows_of("interest_first", rate="0.036", instalments=2, first_due_on=date(2026, 3, 1), due_day=1)
    # 46 days of 30/360 from 15 January to 1 March, then a whole month.
    assert [row.interest for row in rows] == [46, 30]


# First due date, wanted day, month end rule: the days that follow.
MONTH_ENDS = [
    (date(2026, 1, 31), 31, "last_day", ["2026-02-28", "2026-03-31", "2026-04-30"]),
    (date(2026, 1, 31), 31, "sticky", ["2026-02-28", "2026-03-28", "2026-04-28"]),
    (date(2026, 1, 31), 31, "next_day", ["2026-03-01", "2026-03-31", "2026-05-01"]),
    (date(2024, 1, 30), None, "last_day", ["2024-02-29", "2024-03-30", "2024-04-30"]),
    (date(2024, 2, 29), 31, "last_day", ["2024-03-31", "2024-04-30", "2024-05-31"]),
    (date(2024, 2, 29), None, "last_day", ["2024-03-29", "2024-04-29", "2024-05-29"]),
    (date(2026, 11, 15), None, "last_day", ["2026-12-15", "2027-01-15", "2027-02-15"]),
]


@pytest.mark.parametrize(("first", "wanted", "rule", "expected"), MONTH_ENDS)
def test_month_ends(first, wanted, rule, expected):
    days = due_days(first, 4, due_day=wanted, month_end=rule)
    assert [day.isoformat() for day in days[1:]] == expected


def test_a_leap_day_comes_again_after_four_years():
    days = due_days(date(2024, 2, 29), 5, months=12)
    assert [(day.month, day.day) for day in days] == [(2, 29), (2, 28), (2, 28), (2, 28), (2, 29)]


# Days of 30/360, where the last day of a month is its 30th.
THIRTIES = [
    ("2026-01-15", "2026-02-15", 30), ("2026-01-31", "2026-02-28", 30), ("2024-02-29", "2024-03-31", 30),
    ("2026-01-30", "2026-01-31", 0), ("2026-02-27", "2026-02-28", 3), ("2026-01-01", "2027-01-01", 360),
]  # fmt: skip


@pytest.mark.parametrize(("start", "end", "days"), THIRTIES)
def test_months_of_thirty_days(start, end, days):
    assert days_between(date.fromisoformat(start), date.fromisoformat(end), "30/360") == days


# Terms that no schedule can keep.
IMPOSSIBLE = [
    {"principal": "0.05"},
    {"method": "interest_first", "rate": "0"},
    {"method": "single_payment"},
    {
        "rate": "9",
        "first_due_on": date(2027, 1, 14),
        "due_day": 14,
    },  # the first interest exceeds the instalment
    {"first_due_on": date(2026, 1, 15)},
    {"due_day": 20},
]


@pytest.mark.parametrize("kwargs", IMPOSSIBLE)
def test_terms_that_cannot_be_kept_are_refused(kwargs):
    with pytest.raises(ScheduleError):
        rows_of(**kwargs)


conventions = st.builds(Conventions, **{name: st.sampled_from(codes) for name, codes in CHOICES.items()})
rates = st.sampled_from(["0", "0.0435", "0.072", "0.15", "0.24", "0.36"]).map(Decimal)


@st.composite
def agreements(draw, methods=METHODS, least=1):
    """Terms as lenders write them: by the month or every so many days, with a first period of its own."""
    method = draw(st.sampled_from(methods))
    start = draw(st.dates(date(2023, 1, 1), date(2027, 12, 31)))
    first = start + timedelta(days=draw(st.integers(5, 45)))
    return Terms(
        draw(st.integers(10_000, 5_000_000)) / Decimal(100),
        draw(rates),
        method,
        1 if method == "single_payment" else draw(st.integers(least, 12)),
        start,
        first,
        every_months=draw(st.sampled_from([1, 1, 1, 3])),
        every_days=draw(st.sampled_from([0, 0, 0, 7, 14, 30])),
        grace_days=draw(st.sampled_from([0, 0, 3])),
    )


def planned(agreed, chosen):
    try:
        return plan(agreed, chosen)
    except ScheduleError:
        assume(False)


@given(agreements(), conventions)
def test_nothing_is_created_or_lost_in_a_schedule(agreed, chosen):
    rows = planned(agreed, chosen)
    assert sum(row.principal for row in rows) == agreed.principal
    assert [row.number for row in rows] == list(range(1, agreed.instalments + 1))
    assert all(row.amount > 0 and row.principal >= 0 and row.interest >= 0 for row in rows)
    assert all(row.amount == row.amount.quantize(CENT) for row in rows)
    assert all(one.due_on < two.due_on for one, two in pairwise(rows))
    if agreed.method == "equal_instalments":
        assert len({row.amount for row in rows[:-1]}) <= 1


@given(agreements(), st.sampled_from(["actual/365", "actual/360"]))
def test_interest_is_what_each_day_earns(agreed, day_count):
    """Independent of the schedule's own arithmetic: fractions, one day after the other."""
    balance, day = Fraction(agreed.principal), agreed.disbursed_on
    for row in planned(agreed, Conventions(day_count)):
        earned = Fraction(0)
        while day < row.due_on:
            earned += balance * Fraction(agreed.annual_rate) / int(day_count[-3:])
            day += timedelta(days=1)
        assert abs(earned - Fraction(row.interest)) <= Fraction(1, 200)
        balance -= Fraction(row.principal)
    assert balance == 0


@given(agreements(["equal_instalments"], least=2))
def test_equal_instalments_leave_only_a_remainder_of_cents(agreed):
    rows = planned(agreed, Conventions("actual/365"))
    # Half a cent of instalment and half a cent of interest each period, grown by the interest on the balance.
    days = pairwise([agreed.disbursed_on, *(row.due_on for row in rows)])
    growth = prod(1 + agreed.annual_rate * (end - start).days / 365 for start, end in days)
    assert abs(rows[-1].amount - rows[0].amount) <= CENT * agreed.instalments * growth * 2


@given(conventions)
def test_conventions_come_back_from_json_as_they_went(chosen):
    assert Conventions.of(vars(chosen)) == chosen


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"day_count": "30/365"}, "day_count: '30/365' is none of 30/360, actual/365, actual/360"),
        ({"dayCount": "30/360"}, "dayCount: there is no such convention"),
        ({"order": 1}, "order: 1 is none of"),
        ({"order": ["interest_first"]}, "order:"),
        ([], "must be an object"),
        (None, "must be an object"),
    ],
)
def test_a_convention_that_does_not_exist_is_named(data, words):
    with pytest.raises(ConventionError) as error:
        Conventions.of(data)
    assert words in str(error.value)

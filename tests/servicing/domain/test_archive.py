"""Payoff arithmetic: money is neither made nor lost, and each settlement has exactly one name."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain import archive
from servicing.domain.archive import Due, Paid
from servicing.domain.archive.arrears import Unpaid
from servicing.domain.periods import BY_CODE
from servicing.models import Settlement

DAY = date(2026, 1, 10)
YUAN = Decimal(1)


def on(days):
    return DAY + timedelta(days=days)


def settle(dues, payments, **kwargs):
    return archive.settle(dues, payments, **({"disbursed_on": on(-30)} | kwargs))


def a_loan(*payments, **kwargs):
    """100 due on DAY and 100 thirty days later."""
    return settle([Due(1, on(0), 100 * YUAN), Due(2, on(30), 100 * YUAN)], payments, **kwargs)


def paid(days, amount, **kwargs):
    return Paid(on(days), amount * YUAN, **kwargs)


def test_a_loan_that_is_not_fully_paid_is_not_settled():
    assert a_loan(paid(0, 100), paid(30, 99)) is None
    assert settle([], []) is None


def test_a_failed_payment_is_counted_and_never_applied():
    assert a_loan(paid(0, 100), paid(30, 100, outcome="failed")) is None
    assert a_loan(paid(0, 200), paid(0, 5, outcome="failed")).failed_payments == 1


def test_money_goes_to_the_oldest_unpaid_instalment():
    end = a_loan(paid(-3, 60), paid(2, 60), paid(30, 80))
    assert end.cleared == {1: on(2), 2: on(30)}
    assert (end.kind, end.worst_dpd, end.times_late, end.days_late) == ("normal", 2, 1, 0)


def test_the_day_after_the_due_date_is_the_first_day_past_due():
    assert a_loan(paid(0, 100), paid(30, 100)).worst_dpd == 0
    assert a_loan(paid(1, 100), paid(30, 100)).worst_dpd == 1


# What came, when the last of it came, write-off: and the one name it gets.
PRECEDENCE = [
    ([paid(0, 100), paid(30, 100)], None, "normal"),
    ([paid(0, 100), paid(29, 100)], None, "early"),
    ([paid(0, 100), paid(31, 100)], None, "late"),
    ([paid(20, 100), paid(30, 100)], None, "normal"),  # late in between does not name it
    ([paid(20, 200)], None, "early"),
    ([paid(0, 100), paid(31, 99), paid(31, 1, origin="waiver")], None, "waived"),
    ([paid(0, 100), paid(29, 100), paid(29, 1, origin="waiver", outcome="failed")], None, "early"),
    ([paid(0, 99, origin="guarantor"), paid(31, 101, origin="waiver")], None, "guarantor"),
    ([paid(0, 100), paid(90, 100)], on(89), "recovered"),
    ([paid(0, 100), paid(90, 100)], on(90), "late"),  # money of the same day is not later money
    ([paid(0, 100), paid(90, 100)], on(91), "late"),
    ([paid(0, 100, origin="recovery"), paid(30, 100, origin="guarantor")], None, "recovered"),
    ([paid(0, 100, origin="refinancing"), paid(90, 100)], on(60), "refinanced"),
    ([paid(0, 100, origin="transfer"), paid(30, 100, origin="refinancing")], None, "transferred"),
    ([paid(0, 200), paid(40, 10, origin="transfer")], None, "early"),  # after payoff nothing counts
]


@pytest.mark.parametrize(("payments", "written_off_on", "kind"), PRECEDENCE)
def test_a_settlement_has_exactly_one_name(payments, written_off_on, kind):
    assert a_loan(*payments, written_off_on=written_off_on).kind == kind


def test_the_names_are_those_of_the_model_in_its_order():
    assert list(dict.fromkeys(sorted({row[2] for row in PRECEDENCE}))) == sorted(dict(Settlement.ENDS))


def test_the_profile_shows_each_month_and_ends_with_the_payoff():
    end = settle(
        [Due(1, date(2025, 11, 20), YUAN), Due(2, date(2026, 2, 20), YUAN)],
        [Paid(date(2026, 1, 5), YUAN), Paid(date(2026, 3, 1), YUAN)],
        disbursed_on=date(2025, 10, 3),
    )
    # October as due, November 10 days, December 41 days, January 46 days, February 8 days, March payoff.
    assert end.profile == "/" * 54 + "N1221C"


@pytest.mark.parametrize(
    ("dpd", "mark"), [(0, "N"), (1, "1"), (30, "1"), (31, "2"), (180, "6"), (181, "7"), (999, "7")]
)
def test_a_bucket_is_thirty_days(dpd, mark):
    assert archive.bucket(dpd) == mark


days = st.integers(-60, 400)
cents = st.integers(1, 500_000).map(lambda n: Decimal(n) / 100)
origins = st.sampled_from(["borrower", "guarantor", "waiver", "recovery", "refinancing", "transfer"])
dues_lists = st.lists(st.tuples(st.integers(0, 360), cents), min_size=1, max_size=12).map(
    lambda rows: [Due(number, on(day), amount) for number, (day, amount) in enumerate(rows, start=1)]
)
payment_lists = st.lists(
    st.builds(
        lambda day, amount, origin, outcome: Paid(on(day), amount, origin, outcome),
        days,
        cents,
        origins,
        st.sampled_from(["succeeded", "succeeded", "failed"]),
    ),
    max_size=20,
)


@given(dues_lists, payment_lists)
def test_nothing_is_made_or_lost(dues, payments):
    end = settle(dues, payments)
    came, due = sum(p.amount for p in payments if p.outcome == "succeeded"), sum(d.amount for d in dues)
    assert (end is not None) == (came >= due)
    if end:
        until = [p for p in payments if p.outcome == "succeeded" and p.paid_on <= end.settled_on]
        before = sum(p.amount for p in until if p.paid_on < end.settled_on)
        assert end.paid == sum(p.amount for p in until) >= due > before
        assert set(end.cleared) == {d.number for d in dues}
        assert max(end.cleared.values()) == end.settled_on


@given(dues_lists, payment_lists, st.randoms(use_true_random=True))
def test_the_order_of_equal_days_does_not_matter(dues, payments, random):
    shuffled_dues, shuffled = random.sample(dues, len(dues)), random.sample(payments, len(payments))
    assert settle(dues, payments) == settle(shuffled_dues, shuffled)


@given(dues_lists, payment_lists)
def test_the_worst_lateness_is_at_least_the_last(dues, payments):
    if end := settle(dues, payments):
        assert end.worst_dpd >= max(0, end.days_late)
        assert (end.worst_dpd > 0) == (end.times_late > 0)
        assert len(end.profile) == 60
        assert end.profile[-1] == "C"
        assert set(end.profile[:-1]) <= set("/N1234567")


@given(st.lists(st.integers(1, 32**7 - 1), unique=True, max_size=200))
def test_references_never_collide(ids):
    references = {archive.reference(row_id) for row_id in ids}
    assert len(references) == len(ids)
    assert all(len(text) == 9 for text in references)


LIMITS = {"special_mention": 1, "substandard": 91, "doubtful": 271, "loss": 361}


@pytest.mark.parametrize(
    ("dpd", "code"),
    [
        (0, "normal"),
        (1, "special_mention"),
        (90, "special_mention"),
        (91, "substandard"),
        (270, "substandard"),
        (271, "doubtful"),
        (360, "doubtful"),
        (361, "loss"),
        (5000, "loss"),
    ],
)
def test_five_classes_by_days_past_due(dpd, code):
    assert archive.grade(dpd, limits=LIMITS) == code


def test_the_limits_of_the_classes_are_settings():
    assert {code: BY_CODE[f"class.{code}"].value for code in archive.CLASSES[1:]} == LIMITS
    assert archive.grade(60, limits=LIMITS | {"substandard": 60}) == "substandard"


@pytest.mark.parametrize(("day", "code"), [(-1, "doubtful"), (0, "doubtful"), (1, "special_mention")])
def test_a_persons_word_holds_until_its_last_day(day, code):
    assert archive.grade(10, limits=LIMITS, override=("doubtful", on(0)), on=on(day)) == code


def test_24_months_are_the_last_part_of_60():
    dues = [Due(1, date(2023, 1, 10), YUAN), Due(2, date(2026, 2, 10), YUAN)]
    end = settle(
        dues, [Paid(date(2023, 4, 1), YUAN), Paid(date(2026, 2, 20), YUAN)], disbursed_on=date(2022, 12, 1)
    )
    # Twenty-one months before the loan, December and January as due or late, and so on to the payoff.
    assert end.profile == "/" * 21 + "N" + "123" + "3" + "N" * 33 + "C"
    late = [Unpaid(dues[0], date.min, date(2023, 4, 1)), Unpaid(dues[1], date.min, date(2026, 2, 20))]
    days = {"disbursed_on": date(2022, 12, 1), "settled_on": date(2026, 2, 20)}
    assert archive.profile(late, **days, months=24) == end.profile[-24:]

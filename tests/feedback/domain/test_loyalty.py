"""What tiers and campaigns may ask, who is held out, why an offer waits, and what a difference says."""

import pytest

from feedback.domain import loyalty
from feedback.domain.loyalty import effect, holdout
from feedback.domain.loyalty.effect import Difference
from feedback.domain.loyalty.suppression import REASONS

RUNGS = {
    "3": [
        {"fact": "on_time_percent", "op": ">=", "value": 95},
        {"fact": "settled_loans", "op": ">=", "value": 3},
    ],
    "2": [{"fact": "on_time_percent", "op": ">=", "value": 90}],
    "1": [{"fact": "worst_dpd", "op": "<=", "value": 30}],
}


@pytest.mark.parametrize(
    ("percent", "loans", "dpd", "level"),
    [(95, 3, 0, 3), (95, 2, 0, 2), (94, 9, 0, 2), (90, 9, 99, 2), (89, 9, 30, 1), (89, 9, 31, 0)],
)
def test_a_borrower_stands_on_the_highest_rung_all_of_which_holds(percent, loans, dpd, level):
    known = {"on_time_percent": percent, "settled_loans": loans, "worst_dpd": dpd}
    assert loyalty.ladder(RUNGS).level(known) == level


def test_what_is_missing_of_a_rung_is_named():
    known = {"on_time_percent": 96, "settled_loans": 1, "worst_dpd": 0}
    assert [each.fact for each in loyalty.ladder(RUNGS).missing(3, known)] == ["settled_loans"]


A = {"fact": "settled_loans", "op": ">=", "value": 1}


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([A | {"fact": "score"}], "fact"),
        ([A | {"fact": "tier"}], "fact"),
        ([A | {"fact": "settled_loans; drop table"}], "fact"),
        ([A | {"op": "="}], "operator"),
        ([A | {"value": "1"}], "value"),
        ([A | {"value": True}], "value"),
        ([A | {"value": -1}], "value"),
        ([A, A], "twice"),
        ([A] * 7, "many"),
        (["settled_loans"], "form"),
        ({}, "many"),
    ],
)
def test_what_no_condition_may_be_is_refused(rows, code):
    with pytest.raises(loyalty.BadCondition) as refused:
        loyalty.read(rows)
    assert refused.value.code == code


@pytest.mark.parametrize(("said", "code"), [({"3": [A]}, "rungs"), (RUNGS | {"1": []}, "empty")])
def test_a_ladder_has_three_rungs_that_each_ask_something(said, code):
    with pytest.raises(loyalty.BadCondition) as refused:
        loyalty.ladder(said)
    assert refused.value.code == code


def test_a_campaign_may_ask_for_the_tier_too():
    asked = loyalty.read([{"fact": "tier", "op": ">=", "value": 2}], of=(*loyalty.FACTS, loyalty.TIER))
    assert loyalty.written(asked) == [{"fact": "tier", "op": ">=", "value": 2}]


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({}, ()),
        ({"has_complaint": True}, ("complaint",)),
        ({"has_objection": True}, ("objection",)),
        ({"is_held": True}, ("not_now",)),
        ({"has_opted_in": False, "may_be_profiled": False}, ("no_opt_in",)),
        ({"may_be_profiled": False}, ()),
        ({"may_be_profiled": False, "is_profiled": True}, ("no_profiling",)),
        ({"is_restricted": True, "has_budget": False}, ("restricted", "budget")),
        ({"was_told_another": True, "is_running": False}, ("told_another", "not_running")),
        ({"is_fresh": False}, ("expired",)),
        ({"is_held_out": True}, ("held_out",)),
        ({"is_answered": True}, ("answered",)),
    ],
)  # fmt: skip
def test_an_offer_waits_for_reasons_that_are_named(said, codes):
    found = loyalty.reasons(loyalty.Situation(**said))
    assert found == codes
    assert set(found) <= {code for code, _keeps_back in REASONS}


def test_the_draw_holds_out_about_its_share_and_always_the_same():
    key, people = b"k" * 32, range(20_000)
    held = [pk for pk in people if holdout.is_held_out(key, pk, 20)]
    assert held == [pk for pk in people if holdout.is_held_out(key, pk, 20)]
    assert 0.19 < len(held) / 20_000 < 0.21
    # Another campaign draws others: about a fifth of a fifth is in both.
    both = [pk for pk in held if holdout.is_held_out(b"l" * 32, pk, 20)]
    assert 0.17 < len(both) / len(held) < 0.23
    # A larger share only adds to a smaller one.
    assert {pk for pk in people if holdout.is_held_out(key, pk, 10)} <= set(held)


def test_to_see_a_smaller_lift_takes_more_people():
    few, many = (effect.needed(0.3, points, held_percent=20) for points in (10, 5))
    assert 3.9 < many / few < 4.1
    assert effect.needed(0.3, 5, held_percent=50) < many


@pytest.mark.parametrize(
    ("low", "high", "drawn", "verdict"),
    [
        (0.1, 9, 10, "more"),
        (-9, -0.1, 10, "less"),
        (-1, 1, 1000, "none"),
        (-1, 1, 999, "not_enough"),
        (0, 9, 10, "not_enough"),
    ],
)
def test_a_difference_is_called_one_only_where_the_interval_says_so(low, high, drawn, verdict):
    lift = Difference((low + high) / 2, low, high)
    assert effect.verdict(lift, is_look=True, drawn=drawn, wanted=1000) == verdict
    assert effect.verdict(lift, is_look=False, drawn=drawn, wanted=1000) == "so_far"


def test_too_few_are_never_compared():
    assert effect.verdict(Difference(), is_look=True, drawn=10**6, wanted=1000) == "not_enough"


@pytest.mark.parametrize(("events", "enough"), [(50, True), (49, False), (0, False)])
def test_an_average_needs_about_ten_events_in_the_smaller_group(events, enough):
    assert effect.are_enough(events, 400, 100) is effect.are_enough(events, 100, 400) is enough

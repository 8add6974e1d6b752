"""Windows, states and intervals of improvements: decided beforehand, honest about repeats and bad days."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.portfolio import obstacles
from feedback.domain import improvements
from feedback.domain.improvements import intervals
from feedback.domain.improvements.intervals import Side, compare, design_effect, limits, verdict
from feedback.domain.improvements.windows import LONGEST, Window

FIXED_ON = date(2026, 9, 22)


def test_windows_are_equal_whole_weeks_without_the_day_of_the_fix():
    before, after = improvements.windows(FIXED_ON, 4)
    assert (before.first, before.last) == (date(2026, 8, 25), date(2026, 9, 21))
    assert (after.first, after.last) == (date(2026, 9, 23), date(2026, 10, 20))
    assert [len(improvements.weeks_of(window)) for window in (before, after)] == [4, 4]
    assert FIXED_ON not in before
    assert FIXED_ON not in after


@pytest.mark.parametrize(("days", "weeks"), [(0, 0), (7, 0), (8, 1), (14, 1), (15, 2), (900, LONGEST)])
def test_a_week_after_the_fix_counts_when_its_last_day_is_over(days, weeks):
    assert improvements.whole_weeks(FIXED_ON, today=FIXED_ON + timedelta(days=days)) == weeks


@pytest.mark.parametrize(
    ("hits_a_week", "fall", "weeks"), [(30, 50, 4), (19.5, 30, 8), (2, 50, 25), (0, 50, 26), (1, 10, 26)]
)
def test_how_long_to_wait_follows_from_what_was_before_the_fix(hits_a_week, fall, weeks):
    assert improvements.weeks_needed(hits_a_week, fall) == weeks


def test_looks_are_after_the_planned_weeks_and_after_as_many_again():
    assert [weeks for weeks in range(1, 10) if improvements.is_look(weeks, 4)] == [4, 8]
    assert [improvements.more_weeks(weeks, 4) for weeks in (1, 3, 4, 24)] == [3, 1, 4, 0]
    assert improvements.due_looks(9, 4, done=[]) == [4, 8, 9]
    assert improvements.due_looks(9, 4, done=[4]) == [8, 9]
    assert improvements.due_looks(0, 4, done=[]) == []


@pytest.mark.parametrize("act", ["fix", "drop"])
@pytest.mark.parametrize("status", ["open", "fixed", "proven", "not_proven", "worse", "dropped"])
def test_what_is_not_proven_stays_open_and_what_is_proven_is_over(status, act):
    if status in ("proven", "dropped") or (status, act) == ("fixed", "fix"):
        with pytest.raises(improvements.NotAllowed, match="status"):
            improvements.after(status, act)
    else:
        assert improvements.after(status, act) in ("fixed", "dropped")


# Clopper and Pearson 1934 as tabled: 10 of 20, and the rule of three's exact form.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(10, 20, 0.272, 0.728), (0, 30, 0, 0.116), (30, 30, 0.884, 1)]
)
def test_the_interval_of_a_share_is_the_exact_one(hits, of, low, high):
    assert limits(hits, of) == pytest.approx((low, high), abs=0.0005)


def test_a_fall_to_nothing_has_an_upper_limit_and_is_proven():
    effect = compare(Side(1000, 40), Side(1000, 0))
    assert effect.ratio[0] == 0
    assert 0.05 < effect.ratio[2] < 0.2
    assert verdict(effect, alarm=effect, is_look=True) == "proven"


CASES = [
    (Side(900, 240), Side(1000, 75), True, "proven"),
    (Side(900, 160), Side(900, 165), True, "not_proven"),
    (Side(900, 100), Side(900, 140), True, "worse"),
    (Side(900, 160), Side(900, 165), False, ""),
    (Side(900, 240), Side(1000, 75), False, ""),
    # Between two looks only what is far worse speaks.
    (Side(900, 100), Side(900, 140), False, ""),
    (Side(900, 100), Side(900, 200), False, "worse"),
    (Side(900, 6), Side(900, 1), True, "too_little"),
    (Side(0, 0), Side(900, 50), True, "too_little"),
]


@pytest.mark.parametrize(("before", "after", "is_look", "said"), CASES)
def test_only_an_interval_without_no_effect_proves(before, after, is_look, said):
    effect, alarm = compare(before, after), compare(before, after, level=intervals.ALARM)
    assert verdict(effect, alarm=alarm, is_look=is_look) == said


@given(
    st.integers(1, 200), st.integers(0, 200), st.integers(200, 3000), st.integers(200, 3000), st.floats(1, 8)
)
def test_limits_enclose_the_value_and_a_design_effect_widens_them(before, after, tried, tried_after, design):
    plain = compare(Side(tried, before), Side(tried_after, after))
    wide = compare(Side(tried, before), Side(tried_after, after), design=design)
    for name in ("ratio", "difference"):
        value, low, high = getattr(plain, name)
        _same, lower, higher = getattr(wide, name)
        assert lower - 1e-9 <= low <= value + 1e-9
        assert high is None or value - 1e-9 <= high <= (higher or float("inf")) + 1e-9


def played(seed, planted, *, fixed_on, tries=16, stubborn=0.0, bad_day=0.0):
    """(hits, tries a day) of nine weeks on both sides of a fix, as the fictional book draws them.

    `stubborn` customers who met it meet it again on the next days; on a `bad_day` everybody does.
    """
    random, hits, tried, customer, yesterday = Random(seed), [], {}, 0, []
    today = fixed_on + timedelta(days=planted.fixed)
    for number in range(-56, 57):
        day = fixed_on + timedelta(days=number)
        tried[day], is_bad = tries, random.random() < bad_day
        again = [who for who in yesterday if random.random() < stubborn]
        new = []
        for _ in range(tries):
            customer += 1
            met = obstacles.struck(planted.channel, day, today=today, random=random)
            if is_bad or (met and met[0] is planted):
                new.append(customer)
        tried[day] += len(again)
        yesterday = again + new
        hits += [(who, day) for who in yesterday]
    return hits, tried


def measured(hits, tried, *, fixed_on=FIXED_ON, weeks=8):
    spans = improvements.windows(fixed_on, weeks)
    design = design_effect(hits, tried, spans)
    return compare(*intervals.sides(hits, tried, spans), design=design)


@pytest.mark.parametrize("planted", obstacles.ALL, ids=lambda planted: planted.error_code)
def test_the_intervals_of_twenty_books_hold_what_was_planted(planted):
    found = [measured(*played(seed, planted, fixed_on=FIXED_ON)) for seed in range(1, 21)]
    covered = sum(effect.ratio[1] <= planted.factor <= effect.ratio[2] for effect in found)
    change = planted.rate * (planted.factor - 1)
    near = sum(effect.difference[1] <= change <= effect.difference[2] for effect in found)
    assert covered >= 17
    assert near >= 17
    said = [verdict(effect, alarm=effect, is_look=True) for effect in found]
    assert said.count("proven" if planted.factor < 1 else "not_proven") >= 17


@pytest.mark.parametrize("trouble", [{"stubborn": 0.7}, {"bad_day": 0.06}], ids=str)
def test_repeats_and_bad_days_make_the_interval_wider_and_still_honest(trouble):
    """No effect was planted; an interval that took each hit for a voice of its own often finds one."""
    planted = obstacles.WALLET
    books = [played(seed, planted, fixed_on=FIXED_ON, **trouble) for seed in range(1, 61)]
    honest = [measured(*book) for book in books]
    naive = [compare(effect.before, effect.after) for effect in honest]
    missed, missed_naive = (
        sum(not effect.ratio[1] <= 1 <= effect.ratio[2] for effect in effects) for effects in (honest, naive)
    )
    assert missed <= 6 < missed_naive


def test_what_a_week_shows_adds_up_to_its_window():
    hits, tried = played(1, obstacles.REBIND, fixed_on=FIXED_ON)
    spans = improvements.windows(FIXED_ON, 8)
    rows = intervals.weekly(hits, tried, spans)
    assert len(rows) == 16
    before, after = intervals.sides(hits, tried, spans)
    assert sum(met for _day, _tried, met, *_ in rows[:8]) == before.hits
    assert sum(tried for _day, tried, *_ in rows[8:]) == after.tried
    assert all(low <= met / tried <= high for _day, tried, met, low, high in rows)


def test_a_day_twice_for_one_customer_is_one():
    span = Window(FIXED_ON, FIXED_ON), Window(FIXED_ON + timedelta(1), FIXED_ON + timedelta(1))
    before, after = intervals.sides([(1, FIXED_ON), (1, FIXED_ON)], {FIXED_ON: 3}, span)
    assert (before, after) == (Side(3, 1), Side(0, 0))

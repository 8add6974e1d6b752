"""Arrears against a slow second opinion, and the cases that a collector would check by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.archive import Due, Paid, Pause, settle, standing
from servicing.domain.archive.arrears import days_past_due, merged
from tests.servicing.domain import diary

START = date(2024, 1, 20)  # ten days before a month end, in a leap year
LAST = 130


def on(days):
    return START + timedelta(days=days)


def yuan(amount):
    return Decimal(amount)


days = st.integers(0, 90).map(on)
# Small whole amounts, so that sums meet exactly and often.
amounts = st.integers(1, 60).map(Decimal)
pauses = st.lists(
    st.builds(
        lambda start, length: Pause(on(start), on(start + length)), st.integers(0, 90), st.integers(0, 40)
    ),
    max_size=3,
)


@st.composite
def plans(draw):
    """Up to six rows, some agreed later, some replaced."""
    rows = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        agreed = draw(st.none() | st.integers(0, 80))
        replaced = draw(st.none() | st.none() | st.integers((agreed or 0) + 1, 90))
        rows.append(
            Due(
                number,
                draw(days),
                draw(amounts),
                draw(st.sampled_from([0, 0, 3, 10])),
                None if agreed is None else on(agreed),
                None if replaced is None else on(replaced),
            )
        )
    return rows


origins = st.sampled_from(["borrower"] * 6 + ["guarantor", "waiver", "refund", "refund"])
outcomes = st.sampled_from(["succeeded"] * 5 + ["failed"])
reversals = st.sampled_from([None] * 5 + [on(95)])
payments = st.lists(st.builds(Paid, days, amounts, origins, outcomes, reversals), max_size=12)


@given(plans(), payments, pauses)
def test_settlement_is_what_the_diary_says(dues, paid, paused):
    book = diary.Diary(dues, paid, paused, on(-1), on(LAST))
    end = settle(dues, paid, disbursed_on=START, pauses=paused)
    assert bool(end) == book.is_settled
    if end is None:
        return
    assert end.settled_on == book.settled_on
    assert end.cleared == {dues[spot].number: day for spot, day in book.cleared.items()}
    until = {key: dpd for key, dpd in book.late.items() if key[1] <= end.settled_on}
    assert end.worst_dpd == max(until.values(), default=0)
    assert end.times_late == len({spot for spot, _ in until})
    assert end.paid == diary.money_until(paid, end.settled_on)
    assert end.paid - end.overpaid == sum(dues[spot].amount for spot in book.cleared)
    assert end.worst_dpd >= end.days_late


@given(plans(), payments, pauses)
def test_the_strip_is_what_the_diary_says(dues, paid, paused):
    if end := settle(dues, paid, disbursed_on=START, pauses=paused):
        marks = diary.Diary(dues, paid, paused, on(-1), end.settled_on).marks()
        newest = end.settled_on.year * 12 + end.settled_on.month - 1
        for back, mark in enumerate(reversed(end.profile)):
            year, month = divmod(newest - back, 12)
            lived = date(year, month + 1, 28) >= START.replace(day=1)
            assert mark == ("C" if back == 0 else marks.get((year, month + 1), "N" if lived else "/"))


@given(plans(), payments, pauses, st.integers(0, LAST).map(on))
def test_standing_is_what_the_diary_says(dues, paid, paused, day):
    now = standing(dues, paid, on=day, pauses=paused)
    unpaid = diary.unpaid_on(dues, paid, day)
    asked = sum(due.amount for due in dues if diary.in_force(due, day))
    late = {spot: left for spot, left in unpaid.items() if dues[spot].due_on < day}
    assert now.dpd == diary.dpd_on(dues, paid, day, paused)
    assert now.past_due == sum(late.values())
    assert now.oldest_due_on == min((dues[spot].due_on for spot in late), default=None)
    assert now.next_due_on == min((dues[spot].due_on for spot in unpaid if spot not in late), default=None)
    assert asked - now.outstanding == min(now.paid, asked) if now.paid > 0 else now.outstanding >= asked
    assert now.paid == diary.money_until(paid, day)
    assert now.paid == asked - now.outstanding + now.overpaid
    assert (now.status == "settled") == (not unpaid)


@given(plans(), payments, pauses, st.randoms(use_true_random=True))
def test_the_order_of_telling_does_not_matter(dues, paid, paused, random):
    shuffled = [random.sample(rows, len(rows)) for rows in (dues, paid, paused)]
    assert settle(dues, paid, disbursed_on=START, pauses=paused) == settle(
        shuffled[0], shuffled[1], disbursed_on=START, pauses=shuffled[2]
    )


@given(plans(), payments, pauses)
def test_lateness_only_grows_until_something_happens(dues, paid, paused):
    happens = {p.paid_on for p in paid} | {d for due in dues for d in (due.agreed_on, due.replaced_on) if d}
    quiet = {due.due_on + timedelta(days=late) for due in dues for late in (0, due.grace_days)}
    quiet |= {day for pause in paused for day in pause}
    before, looked = 0, START
    for day in diary.worth_a_look(START, on(LAST), happens | quiet, stride=10):
        dpd = standing(dues, paid, on=day, pauses=paused).dpd
        assert dpd >= before or any(looked < happened <= day for happened in happens)
        before, looked = dpd, day


@given(st.integers(0, 60), pauses)
def test_a_pause_deducts_only_the_overlap(late, paused):
    due = Due(1, on(20), yuan(1))
    waited = {on(20 + n) for n in range(1, late + 1)}
    stood_still = {
        p.starts_on + timedelta(days=n) for p in paused for n in range((p.ends_on - p.starts_on).days + 1)
    }
    assert days_past_due(due, on(20 + late), merged(paused)) == len(waited - stood_still)


# 100 due on day 10 with the grace given: paid on day n, and the lateness that is frozen.
GRACE = [(0, 10, 0), (0, 11, 1), (3, 13, 0), (3, 14, 4), (3, 30, 20), (10, 20, 0), (10, 21, 11)]


@pytest.mark.parametrize(("grace", "day", "late"), GRACE)
def test_inside_grace_nothing_counts_and_after_it_everything(grace, day, late):
    end = settle([Due(1, on(10), yuan(100), grace)], [Paid(on(day), yuan(100))], disbursed_on=START)
    assert (end.days_late, end.worst_dpd, end.times_late) == (late, late, int(late > 0))
    assert end.kind == ("late" if late else "normal")


# (first and last day of the pause, day asked, days past due) for 100 due on day 10.
PAUSES = [(0, 10, 15, 5), (0, 12, 15, 3), (12, 13, 15, 3), (11, 15, 15, 0), (14, 40, 20, 3), (16, 20, 15, 5)]


@pytest.mark.parametrize(("first", "last", "day", "late"), PAUSES)
def test_pauses_by_hand(first, last, day, late):
    now = standing([Due(1, on(10), yuan(100))], [], on=on(day), pauses=[Pause(on(first), on(last))])
    assert now.dpd == late
    assert now.past_due == 100


def test_overlapping_pauses_deduct_a_day_once():
    twice = [Pause(on(11), on(15)), Pause(on(13), on(16)), Pause(on(14), on(14))]
    assert standing([Due(1, on(10), yuan(1))], [], on=on(20), pauses=twice).dpd == 4


def test_one_payment_over_three_instalments_and_a_part_of_the_next():
    dues = [Due(n, on(10 * n), yuan(100)) for n in (1, 2, 3, 4)]
    now = standing(dues, [Paid(on(35), yuan(330))], on=on(35))
    assert (now.dpd, now.past_due, now.next_due_on, now.next_amount) == (0, 0, on(40), 70)
    assert (now.paid, now.outstanding, now.overpaid, now.status) == (330, 70, 0, "current")
    late = standing(dues, [Paid(on(35), yuan(330))], on=on(45))
    assert (late.dpd, late.bucket, late.past_due, late.oldest_due_on) == (5, "1", 70, on(40))


def test_the_oldest_unpaid_instalment_counts_however_little_is_missing():
    dues = [Due(1, on(0), yuan(100)), Due(2, on(30), yuan(100))]
    now = standing(dues, [Paid(on(0), yuan("99.99"))], on=on(31))
    assert (now.dpd, now.oldest_due_on, now.past_due) == (31, on(0), yuan("100.01"))


def test_too_much_is_overpaid_until_it_goes_back():
    dues, came = [Due(1, on(10), yuan(100))], [Paid(on(9), yuan(130))]
    back = [*came, Paid(on(12), yuan(30), "refund")]
    assert standing(dues, came, on=on(11)).overpaid == 30
    assert standing(dues, back, on=on(12)).overpaid == 0
    end = settle(dues, back, disbursed_on=START)
    assert (end.kind, end.settled_on, end.paid, end.overpaid) == ("early", on(9), 130, 30)


def test_a_refund_of_what_was_owed_opens_the_loan_again():
    dues = [Due(1, on(10), yuan(100))]
    back = [Paid(on(9), yuan(100)), Paid(on(12), yuan(1), "refund")]
    assert settle(dues, back, disbursed_on=START) is None
    again = settle(dues, [*back, Paid(on(15), yuan(1))], disbursed_on=START)
    assert (again.settled_on, again.worst_dpd, again.kind) == (on(15), 5, "late")


def test_a_payment_reversed_after_payoff_counts_as_if_it_never_came():
    dues, first = [Due(1, on(10), yuan(100))], Paid(on(10), yuan(100))
    assert settle(dues, [first], disbursed_on=START).kind == "normal"
    gone = first._replace(reversed_on=on(20))
    assert settle(dues, [gone], disbursed_on=START) is None
    assert standing(dues, [gone], on=on(20)).dpd == 10
    again = settle(dues, [gone, Paid(on(25), yuan(100))], disbursed_on=START)
    assert (again.kind, again.days_late, again.paid, again.overpaid) == ("late", 15, 100, 0)


def test_a_new_plan_ends_the_lateness_of_the_old_and_does_not_forget_it():
    dues = [
        Due(1, on(0), yuan(100), replaced_on=on(40)),
        Due(2, on(30), yuan(100), replaced_on=on(40)),
        Due(1, on(60), yuan(210), agreed_on=on(40)),
    ]
    assert [standing(dues, [], on=on(n)).dpd for n in (39, 40, 60, 61)] == [39, 0, 0, 1]
    end = settle(dues, [Paid(on(60), yuan(210))], disbursed_on=on(-30))
    assert (end.kind, end.worst_dpd, end.times_late, end.instalments) == ("normal", 39, 2, 1)


def test_a_loan_written_off_stays_so_until_it_is_paid():
    dues = [Due(1, on(0), yuan(100))]
    states = [
        standing(dues, [Paid(on(80), yuan(100))], on=on(n), written_off_on=on(50)) for n in (49, 50, 80)
    ]
    assert [state.status for state in states] == ["past_due", "written_off", "settled"]
    assert states[1].dpd == 50


def test_a_younger_instalment_without_grace_may_be_the_late_one():
    now = standing([Due(1, on(0), yuan(1), 10), Due(2, on(3), yuan(1))], [], on=on(5))
    assert (now.dpd, now.oldest_due_on, now.status) == (2, on(0), "past_due")
    assert standing([Due(1, on(0), yuan(1), 10)], [], on=on(5)).status == "grace"

"""The fold over events: what it must never do, whatever happens to a loan, and the cases done by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from servicing.domain.archive import settle, standing
from servicing.domain.archive.account import Event, fold, opened
from servicing.domain.archive.conventions import Conventions
from servicing.domain.archive.schedule import ScheduleError, Terms
from tests.servicing.domain.diary import worth_a_look
from tests.servicing.domain.test_archive_schedule import agreements, conventions, rates

FAR = date(2040, 1, 1)


@st.composite
def histories(draw):
    """(terms, conventions, events) of a loan to which anything happens."""
    agreed, chosen = draw(agreements()), draw(conventions)
    try:
        opened(agreed, chosen)
    except ScheduleError:
        assume(False)
    events, ids = [], []
    for number in range(draw(st.integers(0, 7))):
        on = agreed.disbursed_on + timedelta(days=draw(st.integers(0, 500)))
        kind = draw(st.sampled_from(["payment"] * 4 + ["prepayment"] * 2 + ["failed_payment", "pause",
                                     "write_off", "restructuring", "reversal"]))  # fmt: skip
        event = Event(on, kind)
        if kind in ("payment", "prepayment", "failed_payment"):
            share = draw(st.sampled_from(["0.01", "0.08", "0.1", "0.3", "0.5", "1", "1.5"]))
            amount = (agreed.principal * Decimal(share)).quantize(Decimal("0.01"))
            refunds = ["refund"] if kind == "payment" else []
            origin = draw(st.sampled_from(["borrower"] * 4 + ["guarantor", "waiver", *refunds]))
            event = replace(event, amount=max(amount, Decimal("0.01")), id=str(number), origin=origin)
            ids += [event] if kind != "failed_payment" else []
        elif kind == "pause":
            event = replace(event, until=on + timedelta(days=draw(st.integers(0, 60))))
        elif kind == "restructuring":
            first = on + timedelta(days=draw(st.integers(5, 45)))
            event = replace(event, anew=replace(agreed, annual_rate=draw(rates), first_due_on=first))
        elif kind == "reversal":
            if not ids:
                continue
            undone = ids.pop(draw(st.integers(0, len(ids) - 1)))
            event = replace(event, on=max(on, undone.on), of=undone.id)
        events.append(event)
    return agreed, chosen, events


def told(agreed, chosen, events):
    try:
        return fold(opened(agreed, chosen), events)
    except ScheduleError:  # a restructuring that no schedule can keep
        assume(False)


def standing_of(account, on):
    return standing(
        account.rows, account.payments, on=on, written_off_on=account.written_off_on, pauses=account.pauses
    )


def settled(account):
    return settle(
        account.rows,
        account.payments,
        disbursed_on=account.agreed.disbursed_on,
        written_off_on=account.written_off_on,
        pauses=account.pauses,
    )


@given(histories(), st.integers(0, 600))
def test_nothing_is_created_or_lost(history, days):
    account = told(*history)
    on = history[0].disbursed_on + timedelta(days=days)
    rows = account.plan(on)
    assert sum(row.principal for row in rows) == account.agreed.principal
    assert len({row.number for row in rows}) == len(rows)
    assert all(row.amount > 0 and row.principal >= 0 and row.interest >= 0 for row in rows)
    state = standing_of(account, on)
    applied = sum(row.amount for row in rows) - state.outstanding
    undone = {event.of for event in history[2] if event.kind == "reversal"}
    moved = [
        e for e in history[2] if e.on <= on and e.id not in undone and e.kind in ("payment", "prepayment")
    ]
    money_in = sum(event.amount for event in moved if event.origin != "refund")
    refunds = sum(event.amount for event in moved if event.origin == "refund")
    assert money_in - refunds == state.paid == applied + state.overpaid


@given(histories(), st.randoms(use_true_random=True))
def test_replay_is_the_same_as_one_by_one_and_in_any_order(history, random):
    agreed, chosen, events = history
    whole = told(agreed, chosen, events)
    for telling in (sorted(events, key=lambda event: event.on), random.sample(events, len(events))):
        state = opened(agreed, chosen)
        try:
            for event in telling:
                state = fold(state, [event])
        except ScheduleError:  # a restructuring that fails before the reversal that mends it has come
            continue
        assert figures(state, events) == figures(whole, events)


def figures(account, events):
    """All that anybody is told about an account."""
    days = sorted({day for event in events for day in (event.on, event.on + timedelta(days=40))} | {FAR})
    return (
        settled(account),
        account.terms,
        [(account.plan(on), standing_of(account, on), account.payoff(on)) for on in days],
    )


@given(histories())
def test_lateness_only_grows_between_events(history):
    agreed, _, events = history
    account, happens = told(*history), {event.on for event in events}
    quiet = {row.due_on + timedelta(days=late) for row in account.rows for late in (0, row.grace_days)}
    quiet |= {day for pause in account.pauses for day in pause}
    before, looked = 0, agreed.disbursed_on
    for on in worth_a_look(looked, looked + timedelta(days=540), happens | quiet, stride=20):
        dpd = standing_of(account, on).dpd
        assert dpd >= before or any(looked < happened <= on for happened in happens)
        before, looked = dpd, on


AHEAD = Terms(
    Decimal(100), Decimal("0.0435"), "equal_instalments", 7, date(2023, 1, 1), first_due_on=date(2023, 1, 6)
)


@given(histories(), st.integers(0, 560))
@example((AHEAD, Conventions(), [Event(date(2023, 1, 1), "payment", Decimal(101))]), 1)
def test_the_payoff_amount_pays_off_and_a_cent_less_does_not(history, days):
    agreed, chosen, events = history
    on = agreed.disbursed_on + timedelta(days=days)
    events = [event for event in events if event.on < on]
    undone = {event.of for event in events if event.kind == "reversal"}
    account = told(
        agreed, chosen, [event for event in events if event.kind != "reversal" or event.of in undone]
    )
    amount = account.payoff(on)
    if not amount and not settled(account):
        # Plain money ahead of time is enough, and pays the loan off once somebody says that it is to.
        end = settled(fold(account, [Event(on, "prepayment", Decimal("0.01"))]))
        assert (end.settled_on, end.overpaid > 0) == (on, True)
        return
    if not amount:
        return
    paid_off = fold(account, [Event(on, "prepayment", amount)])
    end = settled(paid_off)
    assert (end.settled_on, end.overpaid) == (on, 0)
    assert not any(paid_off.payoff(on + timedelta(days=later)) for later in (0, 1, 50))
    less = amount - Decimal("0.01")
    short = fold(account, [Event(on, "prepayment", less)] if less else [])
    assert settled(short) is None
    assert standing_of(short, on).outstanding > 0


@given(histories())
def test_what_was_reversed_counts_as_if_it_never_came(history):
    agreed, chosen, events = history
    undone = {event.of for event in events if event.kind == "reversal"}
    clean = [event for event in events if event.kind != "reversal" and not (event.id and event.id in undone)]
    assert figures(told(agreed, chosen, events), events) == figures(told(agreed, chosen, clean), events)


@given(agreements(), st.integers(0, 400))
def test_the_payoff_amount_is_what_each_day_earned(agreed, days):
    """A loan on which nothing was paid, by actual days: fractions, one day after the other."""
    chosen = Conventions("actual/365")
    account, on = told(agreed, chosen, []), agreed.disbursed_on + timedelta(days=days)
    balance, owed, day = Fraction(agreed.principal), Fraction(0), agreed.disbursed_on
    posted = {row.due_on: row for row in account.rows}
    running = Fraction(0)
    while day < min(on, account.rows[-1].due_on):
        day += timedelta(days=1)
        running += balance * Fraction(agreed.annual_rate) / 365
        if row := posted.get(day):
            owed, balance, running = (
                owed + Fraction(row.amount),
                balance - Fraction(row.principal),
                Fraction(0),
            )
    assert abs(owed + balance + running - Fraction(account.payoff(on))) <= Fraction(1, 200)


# 12,000 yuan at 12 % in 12 equal parts of principal: 1,000 a month and 10 less interest each month.
LOAN = Terms(Decimal(12000), Decimal("0.12"), "equal_principal", 12, date(2026, 1, 10), date(2026, 2, 10))


def a_loan(*events, **choices):
    return fold(opened(LOAN, Conventions(**choices)), events)


def on(text):
    return date.fromisoformat(f"2026-{text}")


def money(amount):
    return Decimal(amount)


FIRST = Event(on("02-10"), "payment", money("1120"))  # 1,000 and 1 % of 12,000
HALF = Event(on("03-25"), "prepayment", money("6110"))  # on top of the 1,110 due on 10 March
SECOND = Event(on("03-10"), "payment", money("1110"))

# Full repayment on 25 March, after two instalments: 10,000 are left and fifteen days have passed.
POLICIES = [("to_the_day", "10050.00"), ("whole_period", "10100.00"), ("all_interest", "10550.00")]


@pytest.mark.parametrize(("policy", "amount"), POLICIES)
def test_the_interest_of_a_full_early_repayment_is_a_policy(policy, amount):
    account = a_loan(FIRST, SECOND, full_prepayment=policy)
    assert account.payoff(on("03-25")) == money(amount)
    end = settled(fold(account, [Event(on("03-25"), "prepayment", money(amount))]))
    assert (end.kind, end.settled_on, end.final_due_on) == ("early", on("03-25"), date(2027, 1, 10))
    assert (end.overpaid, end.instalments) == (0, 3)


def test_on_a_due_date_no_period_is_running():
    for policy, _ in POLICIES[:2]:
        assert a_loan(FIRST, SECOND, full_prepayment=policy).payoff(on("03-10")) == 10000


def test_part_of_it_early_keeps_the_term_or_the_instalment():
    kept = a_loan(FIRST, SECOND, replace(HALF, amount=money(5000))).plan(on("03-25"))
    assert [row.number for row in kept] == [1, 2, 13, *range(3, 13)]
    # 5,000 over ten months; 5,000 bear 50 a month, and the 5,000 prepaid bore 25 in their fifteen days.
    assert [(row.principal, row.interest) for row in kept[2:5]] == [(5000, 0), (500, 75), (500, 45)]
    short = a_loan(FIRST, SECOND, replace(HALF, amount=money(5000)), prepayment="shorten").plan(on("03-25"))
    assert [row.number for row in short] == [1, 2, 13, 3, 4, 5, 6, 7]
    assert [(row.principal, row.interest) for row in short[3:5]] == [(1000, 75), (1000, 40)]


def test_early_money_pays_first_what_is_due():
    account = a_loan(FIRST, HALF)
    assert account.plan(on("03-25"))[2].principal == 5000
    assert standing_of(account, on("03-25")).past_due == 0


def test_plain_money_ahead_of_time_is_no_early_repayment():
    ahead = a_loan(FIRST, Event(on("02-20"), "payment", money(3000)))
    assert ahead.rows == a_loan().rows
    state = standing_of(ahead, on("03-10"))
    assert (state.next_due_on, state.next_amount) == (on("05-10"), 300)  # 3,000 less 1,110, 1,100 and 790
    # At payoff it is deducted: 11,000 are left, and one month's interest was due.
    assert ahead.payoff(on("03-10")) == 11000 + 110 - 3000


def test_money_between_principal_and_payoff_stays_in_advance():
    account = a_loan(FIRST, SECOND, Event(on("03-25"), "prepayment", money("10049.99")))
    assert settled(account) is None
    assert account.payoff(on("03-25")) == money("0.01")


def test_a_reversed_prepayment_takes_its_plan_with_it():
    early = replace(HALF, id="early", amount=money(5000))
    account = a_loan(FIRST, SECOND, early, Event(on("04-02"), "reversal", of="early"))
    assert account.plan(on("04-02")) == a_loan().plan(on("04-02"))
    assert account.payments[-1].reversed_on == on("04-02")


def test_a_reversal_after_payoff_opens_the_loan_again():
    end = Event(on("03-25"), "prepayment", money("10050"), id="end")
    account = a_loan(FIRST, SECOND, end)
    assert settled(account).kind == "early"
    again = fold(account, [Event(on("04-20"), "reversal", of="end")])
    assert settled(again) is None
    assert standing_of(again, on("04-20")).dpd == 10


def test_restructuring_spreads_what_is_owed_and_remembers_the_lateness():
    anew = replace(LOAN, annual_rate=money("0.06"), instalments=11, first_due_on=on("07-10"))
    account = a_loan(FIRST, Event(on("05-10"), "restructuring", anew=anew))
    rows = account.plan(on("05-10"))
    # 11,000 in eleven parts. Unpaid interest of March, April, May: 110, 100, 90; 110 for two months at 6 %.
    assert [(row.principal, row.interest) for row in rows[1:3]] == [(1000, 410), (1000, 50)]
    assert [standing_of(account, day).dpd for day in (on("05-09"), on("05-10"))] == [60, 0]
    end = settled(fold(account, [Event(date(2027, 1, 1), "prepayment", account.payoff(date(2027, 1, 1)))]))
    assert end.worst_dpd == 175  # 1 January after 10 July: nothing was paid since


# What came at the end instead of the borrower's money, and the name of it.
ENDS = [
    ("guarantor", "guarantor", False), ("waiver", "waived", False), ("refinancing", "refinanced", False),
    ("transfer", "transferred", False), ("recovery", "recovered", False), ("borrower", "early", True),
]  # fmt: skip


@pytest.mark.parametrize(("origin", "kind", "by_borrower"), ENDS)
def test_only_the_borrowers_own_money_reads_as_repaid_by_the_borrower(origin, kind, by_borrower):
    from servicing.domain.archive import is_repaid_by_borrower

    account = a_loan(FIRST, SECOND, Event(on("03-25"), "prepayment", money("10050"), origin=origin))
    assert settled(account).kind == kind
    assert is_repaid_by_borrower(kind) is by_borrower


def test_money_after_a_write_off_is_a_recovery():
    account = a_loan(FIRST, Event(on("12-01"), "write_off"))
    assert standing_of(account, on("12-02")).status == "written_off"
    amount = account.payoff(date(2027, 3, 1))
    end = settled(fold(account, [Event(date(2027, 3, 1), "payment", amount)]))
    assert (end.kind, end.settled_on) == ("recovered", date(2027, 3, 1))


@given(st.integers(1, 400), st.integers(0, 10))
def test_grace_as_a_convention(late, grace):
    graceful = replace(LOAN, grace_days=grace)
    day = LOAN.first_due_on + timedelta(days=late)
    excused = standing_of(opened(graceful, Conventions()), day).dpd
    counted = standing_of(opened(graceful, Conventions(grace="counted")), day).dpd
    assert counted == late
    assert excused == (0 if late <= grace else late)

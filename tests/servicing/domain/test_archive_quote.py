"""What pays a loan on file off: the figure of the neutral case, or a plain word why nobody knows it."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.archive import Due, NotKnown, Paid, quote
from servicing.domain.archive.account import Event, fold, opened
from servicing.domain.archive.conventions import CHOICES, Conventions
from servicing.domain.archive.schedule import plan
from servicing.templatetags.conventions import QUESTIONS
from tests.servicing.domain.test_archive_account import FIRST, LOAN, POLICIES, SECOND, on
from tests.servicing.domain.test_archive_schedule import agreements, conventions, planned


def sent(rows):
    """A plan as a loan core sends it: what is due, and nothing of its principal."""
    return [Due(row.number, row.due_on, row.amount, row.grace_days) for row in rows]


def asked(agreed, chosen, dues, payments, day):
    return quote(
        dues,
        payments,
        principal=agreed.principal,
        annual_rate=agreed.annual_rate,
        disbursed_on=agreed.disbursed_on,
        conventions=chosen,
        on=day,
    )


money = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 2_000_000)), max_size=4)


@given(agreements(), conventions, money, st.integers(0, 500))
def test_it_is_what_the_neutral_case_asks(agreed, chosen, money, days):
    planned(agreed, chosen)
    came = [(agreed.disbursed_on + timedelta(days=day), Decimal(cents) / 100) for day, cents in money]
    account = fold(opened(agreed, chosen), [Event(day, "payment", amount) for day, amount in came])
    day = agreed.disbursed_on + timedelta(days=days)
    told = asked(agreed, chosen, sent(account.rows), [Paid(*one) for one in came], day)
    assert told.amount == account.payoff(day)
    assert (told.terms.method == "single_payment") is (agreed.instalments == 1)
    assert told.amount == max(told.due + told.principal + told.interest - told.paid, 0)


@pytest.mark.parametrize(("policy", "amount"), POLICIES)
def test_the_policy_of_the_product_decides_the_interest(policy, amount):
    dues = sent(plan(LOAN, Conventions()))
    paid = [Paid(event.on, event.amount) for event in (FIRST, SECOND)]
    assert asked(LOAN, Conventions(full_prepayment=policy), dues, paid, on("03-25")).amount == Decimal(amount)


def test_what_is_not_known_is_named():
    dues = sent(plan(LOAN, Conventions()))
    moved = [dues[0]._replace(replaced_on=on("02-01")), *dues[1:], dues[0]._replace(agreed_on=on("02-01"))]
    more = [dues[0]._replace(amount=dues[0].amount + 1), *dues[1:]]
    for agreed, chosen, rows, why in [
        (replace(LOAN, annual_rate=None), Conventions(), dues, "rate"),
        (LOAN, Conventions(), moved, "replanned"),
        (LOAN, Conventions(), more, "differs"),
        (LOAN, Conventions("actual/365"), dues, "differs"),
        (LOAN, Conventions(), [], "differs"),
        (replace(LOAN, annual_rate=Decimal("NaN")), Conventions(), dues, "differs"),
        (replace(LOAN, annual_rate=Decimal("Infinity")), Conventions(), dues, "differs"),
        (replace(LOAN, annual_rate=Decimal(-12)), Conventions(), dues, "differs"),
        (replace(LOAN, principal=Decimal(0)), Conventions(), dues, "differs"),
    ]:
        with pytest.raises(NotKnown, match=why):
            asked(agreed, chosen, rows, [], on("03-25"))


def test_of_days_that_no_rhythm_makes_no_plan_is_laid(monkeypatch):
    dues = sent(plan(LOAN, Conventions()))
    dues[5] = dues[5]._replace(due_on=dues[5].due_on + timedelta(days=1))
    monkeypatch.setattr(import_module("servicing.domain.archive.quote"), "plan", None)
    with pytest.raises(NotKnown, match="differs"):
        asked(LOAN, Conventions(), dues, [], on("03-25"))


MONTH_END = {"disbursed_on": date(2025, 12, 31), "first_due_on": date(2026, 1, 31)}
# For each convention that a product is asked for: a loan on which the other answer says something else.
MATTERS = [
    ("day_count", LOAN, "actual/360"),
    ("rounding", replace(LOAN, principal=Decimal("1000.55")), "up"),
    ("full_prepayment", LOAN, "all_interest"),
    ("month_end", replace(LOAN, **MONTH_END), "sticky"),
]


def said(agreed, chosen, dues):
    try:
        return asked(agreed, chosen, dues, [], on("03-25")).amount
    except NotKnown as missing:
        return str(missing)


@pytest.mark.parametrize(("name", "agreed", "answer"), MATTERS)
def test_each_convention_that_is_asked_matters(name, agreed, answer):
    dues = sent(plan(agreed, Conventions()))
    assert isinstance(said(agreed, Conventions(), dues), Decimal)
    assert said(agreed, Conventions(**{name: answer}), dues) != said(agreed, Conventions(), dues)


@given(agreements(), conventions, st.integers(0, 500))
def test_no_other_convention_does(agreed, chosen, days):
    dues, day = sent(planned(agreed, chosen)), agreed.disbursed_on + timedelta(days=days)
    amount = asked(agreed, chosen, dues, [], day).amount
    for name in set(CHOICES) - set(QUESTIONS):
        for answer in CHOICES[name]:
            assert asked(agreed, replace(chosen, **{name: answer}), dues, [], day).amount == amount


def test_every_convention_with_a_choice_that_is_asked_is_tried():
    assert [name for name in QUESTIONS if len(CHOICES[name]) > 1] == [name for name, *_ in MATTERS]

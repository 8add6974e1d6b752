import random
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction

from reviews.actions import rules, scoring
from reviews.domain.features import FEATURES
from reviews.domain.rules import OPERATORS, BadRule, Condition, Rule
from reviews.domain.scoring import Bin, Scale, Scorecard
from reviews.models import Edition, RuleVersion
from reviews.models import Rule as RuleRow
from tests.cast import NOON

pytestmark = pytest.mark.django_db
CODES = [feature.code for feature in FEATURES]


def some_rules(dice, count):
    for number in sorted(dice.sample(range(1, 128), count)):
        pairs = dice.sample([(code, op) for code in CODES for op in OPERATORS], dice.randint(1, 4))
        asked = tuple(Condition(code, op, dice.randint(-3, 8)) for code, op in pairs)
        yield Rule(number, f"r{number}", 1, "borrowing", asked, dice.choice(CODES), 1)


def a_card(dice):
    scales = []
    for code in dice.sample(CODES, dice.randint(1, len(CODES))):
        uppers = [*sorted(dice.sample(range(-4, 10), dice.randint(0, 5))), None]
        bins = tuple(Bin(upper, dice.randint(-50, 50)) for upper in uppers)
        scales.append(Scale(code, dice.randint(-50, 50), bins))
    return Scorecard(1, "expert", dice.randint(-10, 10), tuple(scales), (0, 1))


def by_database(every, card, people):
    """(numbers that fire, score) of each: values, None among them, as the database judges them."""
    columns = ", ".join(CODES)
    values = ", ".join(f"({', '.join(['%s::integer'] * len(CODES))})" for _ in people)
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {rules.fired(every)}, {scoring.score(card)} from (values {values}) as f ({columns})",  # noqa: S608
            [person[code] for person in people for code in CODES],
        )
        return cursor.fetchall()


@pytest.mark.parametrize("seed", range(6))
def test_the_database_and_the_definition_agree_on_any_rules_and_card(seed):
    dice = random.Random(seed)
    every, card = tuple(some_rules(dice, dice.choice((1, 6, 127)))), a_card(dice)
    people = [{code: dice.choice((None, *range(-5, 11))) for code in CODES} for _ in range(60)]
    people.append(dict.fromkeys(CODES))
    truth = [([rule.number for rule in every if rule.fires(person)], card.score(person)) for person in people]
    assert by_database(every, card, people) == truth
    assert truth[-1][0] == []


def test_without_rules_nothing_fires_and_without_a_card_there_is_no_score():
    assert by_database((), None, [dict.fromkeys(CODES, 99)]) == [([], None)]
    assert rules.by_rule(rules.severity, (), otherwise="null::integer") == "null::integer"


@pytest.mark.parametrize(
    "condition",
    [
        Condition("worst_dpd) or (true", ">=", 1),
        Condition("worst_dpd", ">= 0 or 1 =", 1),
        Condition("worst_dpd", ">=", "1); drop table reviews_alert; --"),
    ],
)
def test_what_is_no_rule_is_not_compiled(condition):
    bad = replace(rules.current().rules[0], conditions=(condition,))
    for part in (lambda: rules.fired([bad]), lambda: rules.by_rule(rules.seen, [bad], otherwise="null")):
        with pytest.raises(BadRule):
            part()


def test_the_product_comes_with_ten_rules_and_a_card_in_force():
    found = rules.current()
    assert found.edition == 2
    assert [rule.code for rule in found.rules] == [
        "worst_late", "last_late", "late_share", "failed_payments", "many_new_loans", "quick_return",
        "public_record", "overdue_elsewhere", "many_inquiries", "balance_grows",
    ]  # fmt: skip
    assert len({rule.priority for rule in found.rules}) == len(found.rules)
    assert found.card.kind == "expert"
    assert rules.of(2) == found
    assert rules.of(1).rules == found.rules[:6]
    assert {scale.missing for scale in found.card.scales} == {0}


def test_the_edition_in_force_costs_one_query(django_assert_num_queries):
    rules.current()
    with django_assert_num_queries(1):
        rules.current()


@pytest.mark.parametrize(
    "conditions",
    [
        [],
        {},
        "worst_dpd >= 1",
        [{"feature": "worst_dpd) or (true", "op": ">=", "threshold": 1}],
        [{"feature": "worst_dpd", "op": "or", "threshold": 1}],
        [{"feature": "worst_dpd", "op": ">=", "threshold": "1"}],
        [{"feature": "worst_dpd", "op": ">=", "threshold": True}],
        [{"op": ">=", "threshold": 1}],
    ],
)
def test_the_table_itself_keeps_out_what_has_not_the_form_of_conditions(wei, conditions):
    rule = RuleRow.objects.create(code="new", number=99, group="borrowing")
    given = {"number": 1, "measure": "worst_dpd", "worse": "more", "priority": 1}
    with pytest.raises(DatabaseError), transaction.atomic():
        RuleVersion.objects.create(rule=rule, conditions=conditions, drafted_by=wei, drafted_at=NOON, **given)


def test_what_was_in_force_never_changes():
    version = RuleVersion.objects.active().first()
    for change in (
        {"conditions": [{"feature": "worst_dpd", "op": ">=", "threshold": 1}]},
        {"status": "draft"},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            RuleVersion.objects.filter(pk=version.pk).update(**change)
    with pytest.raises(DatabaseError, match="an edition stands"), transaction.atomic():
        Edition.objects.update(versions=[])

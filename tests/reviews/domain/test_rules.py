from dataclasses import replace

import pytest

from reviews.domain.features import FEATURES, SOURCES
from reviews.domain.rules import GROUPS, BadRule, Condition, Rule, check, read, written
from reviews.models import Case, Snapshot

RULE = Rule(1, "worst_late", 1, "repayment", (Condition("worst_dpd", ">=", 31),), "worst_dpd", 60)


def test_every_feature_is_a_column_of_the_snapshot():
    columns = {field.name for field in Snapshot._meta.get_fields()}
    ours = {"pk", "as_of", "borrower", "product", "fired", "score", "edition", "holds_until", "judged_at"}
    assert {feature.code for feature in FEATURES} == columns - ours
    assert {feature.source for feature in FEATURES} == set(SOURCES)


def test_a_rule_belongs_to_a_group_of_cases():
    assert set(GROUPS) == set(Case.Group.values)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code": "x'; drop"}, "code"),
        ({"code": "规则"}, "code"),
        ({"number": 0}, "number_of_rule"),
        ({"number": 128}, "number_of_rule"),
        ({"group": "a b"}, "group"),
        ({"worse": "larger"}, "worse"),
        ({"priority": 100}, "priority"),
        ({"conditions": ()}, "conditions"),
        ({"conditions": (Condition("worst_dpd", ">=", 1),) * 7}, "conditions"),
        ({"conditions": (Condition("worst_dpd", ">=", 1),) * 2}, "twice"),
        ({"conditions": (Condition("complaints", ">=", 1),)}, "feature"),
        ({"conditions": (Condition("1=1) or (worst_dpd", ">=", 1),)}, "feature"),
        ({"conditions": (Condition(["worst_dpd"], ">=", 1),)}, "feature"),
        ({"measure": "complaints"}, "feature"),
        ({"conditions": (Condition("worst_dpd", "<>", 1),)}, "operator"),
        ({"conditions": (Condition("worst_dpd", ">= 0 or 1 =", 1),)}, "operator"),
        ({"conditions": (Condition("worst_dpd", ">=", "1"),)}, "threshold"),
        ({"conditions": (Condition("worst_dpd", ">=", "0 or true"),)}, "threshold"),
        ({"conditions": (Condition("worst_dpd", ">=", 1.5),)}, "threshold"),
        ({"conditions": (Condition("worst_dpd", ">=", True),)}, "threshold"),
        ({"conditions": (Condition("worst_dpd", ">=", None),)}, "threshold"),
        ({"conditions": (Condition("worst_dpd", ">=", 10**12),)}, "threshold"),
        ({"version": None}, "version"),
    ],
)
def test_a_bad_rule_is_refused_by_its_trouble(change, why):
    assert check(RULE) is RULE
    with pytest.raises(BadRule) as refused:
        check(replace(RULE, **change))
    assert refused.value.code == why


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        "worst_dpd >= 1",
        [1],
        [{"feature": "worst_dpd"}],
        [{"feature": "a", "op": "=", "threshold": 1, "x": 2}],
    ],
)
def test_conditions_of_another_form_are_refused(conditions):
    with pytest.raises(BadRule, match="form"):
        read(conditions)


def test_conditions_are_read_as_they_were_written():
    assert read(written(RULE.conditions)) == RULE.conditions


def test_a_rule_looks_at_each_feature_once():
    rule = replace(RULE, conditions=(Condition("late_share", ">=", 50), Condition("settled_loans", ">=", 3)))
    assert rule.features == ("late_share", "settled_loans", "worst_dpd")


@pytest.mark.parametrize(
    ("op", "values", "fires"),
    [
        (">=", (30, 31, 32), (False, True, True)),
        (">", (30, 31, 32), (False, False, True)),
        ("<=", (30, 31, 32), (True, True, False)),
        ("<", (30, 31, 32), (True, False, False)),
        ("=", (30, 31, None), (False, True, False)),
        ("<", (None,), (False,)),
    ],
)
def test_a_rule_fires_on_its_side_of_the_threshold_and_never_on_the_unknown(op, values, fires):
    rule = replace(RULE, conditions=(Condition("worst_dpd", op, 31),))
    assert tuple(rule.fires({"worst_dpd": value}) for value in values) == fires

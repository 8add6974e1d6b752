from dataclasses import replace

import pytest

from reviews.domain.features import FEATURES, SOURCES
from reviews.domain.rules import RULES, BadRule, Condition, check
from reviews.models import Case, Snapshot

RULE = RULES[0]


def test_every_feature_is_a_column_of_the_snapshot():
    columns = {field.name for field in Snapshot._meta.get_fields()}
    assert {feature.code for feature in FEATURES} == columns - {
        "pk",
        "as_of",
        "borrower",
        "fired",
        "rules_version",
        "judged_at",
    }
    assert {feature.source for feature in FEATURES} == set(SOURCES)


def test_every_rule_is_sound_and_belongs_to_a_group_of_cases():
    assert [check(rule) for rule in RULES] == list(RULES)
    assert {rule.group for rule in RULES} <= set(Case.Group.values)
    assert len({rule.code for rule in RULES}) == len(RULES) == 6
    assert len({rule.priority for rule in RULES}) == len(RULES)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"code": "x'; drop"}, "name"),
        ({"group": "a b"}, "name"),
        ({"worse": "larger"}, "worse"),
        ({"conditions": ()}, "no condition"),
        ({"conditions": (Condition("complaints", ">=", 1),)}, "unknown feature"),
        ({"measure": "complaints"}, "unknown feature"),
        ({"conditions": (Condition("worst_dpd", "<>", 1),)}, "operator"),
        ({"conditions": (Condition("worst_dpd", ">=", "1"),)}, "integer"),
        ({"conditions": (Condition("worst_dpd", ">=", 1.5),)}, "integer"),
        ({"conditions": (Condition("worst_dpd", ">=", True),)}, "integer"),
        ({"version": None}, "integer"),
    ],
)
def test_a_bad_rule_is_not_compiled(change, why):
    with pytest.raises(BadRule, match=why):
        check(replace(RULE, **change))


def test_a_rule_looks_at_each_feature_once():
    rule = replace(RULE, conditions=(Condition("late_share", ">=", 50), Condition("settled_loans", ">=", 3)))
    assert rule.features == ("late_share", "settled_loans", "worst_dpd")

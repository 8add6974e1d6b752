"""Compiles rules to SQL over the features: names are known, operators listed, numbers integers."""

import json

from reviews.domain.features import TICKING
from reviews.domain.rules import Rule, check, written

NONE = "'{}'::smallint[]"


def condition(rule: Rule) -> str:
    """A boolean over feature columns; a feature that is not known never makes a rule fire."""
    return " and ".join(f"{c.feature} {c.op} {c.threshold:d}" for c in rule.conditions)


def fired(rules) -> str:
    """A smallint[] of the numbers of the rules that fire, in the order of the rules."""
    if not rules:
        return NONE
    cases = ", ".join(f"case when {condition(check(rule))} then {rule.number:d} end" for rule in rules)
    # Most borrowers fire nothing: to find that out costs less than to make an array of nulls.
    some = " or ".join(f"({condition(rule)})" for rule in rules)
    return f"case when {some} then array_remove(array[{cases}]::smallint[], null) else {NONE} end"


def severity(rule: Rule) -> str:
    return rule.measure if rule.worse == "more" else f"-{rule.measure}"


def conditions(rule: Rule) -> str:
    """The rule's conditions as jsonb."""
    return f"'{json.dumps(written(rule.conditions))}'::jsonb"


def seen(rule: Rule) -> str:
    """The values of the features that the rule looks at, as jsonb: {feature: value}."""
    values = ", ".join(f"'{name}', {name}" for name in rule.features)
    return f"jsonb_build_object({values})"


def by_rule(part, rules, *, otherwise) -> str:
    """A CASE over the column `number` a branch a rule, `part(rule)`; `otherwise` where there is no rule."""
    if not rules:
        return otherwise
    branches = " ".join(f"when {check(rule).number:d} then {part(rule)}" for rule in rules)
    return f"case number {branches} end"


def ticks(ruleset) -> str:
    """Days until a ticking feature makes rules, points or evidence say something else; null for never."""
    days = [_turn(feature, turns) for feature in TICKING if (turns := ruleset.turns(feature))]
    days += [each for rule in ruleset.rules if (each := _ticking(rule))]
    return f"least({', '.join(days)})" if days else "null::integer"


def _ticking(rule):
    """What a firing rule saw is another on the next day where it looks at a feature that ticks."""
    moving = [f"{name} >= {TICKING[name]:d}" for name in rule.features if name in TICKING]
    return f"case when {condition(rule)} and ({' or '.join(moving)}) then 1 end" if moving else ""


def _turn(feature, turns):
    branches = " ".join(f"when {feature} < {value:d} then {value:d} - {feature}" for value in turns)
    return f"case when {feature} >= {TICKING[feature]:d} then case {branches} end end"

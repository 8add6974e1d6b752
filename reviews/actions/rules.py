"""Compiles rules to SQL over the features: names are known, operators listed, numbers integers."""

import json

from reviews.domain.rules import RULES, Rule, check


def condition(rule: Rule) -> str:
    """A boolean over feature columns; a feature that is not known never makes a rule fire."""
    return " and ".join(f"{c.feature} {c.op} {c.threshold:d}" for c in rule.conditions)


def fired(rules=RULES) -> str:
    """A text[] of the codes that fire, in the order of the rules."""
    cases = ", ".join(f"case when {condition(check(rule))} then '{rule.code}' end" for rule in rules)
    return f"array_remove(array[{cases}]::text[], null)"


def severity(rule: Rule) -> str:
    return rule.measure if rule.worse == "more" else f"-{rule.measure}"


def evidence(rule: Rule) -> str:
    """What the rule saw, as jsonb: {"as_of", "version", "conditions", "values"}."""
    values = ", ".join(f"'{name}', {name}" for name in rule.features)
    asked = [{"feature": c.feature, "op": c.op, "threshold": c.threshold} for c in rule.conditions]
    return (
        f"jsonb_build_object('as_of', %(as_of)s::date, 'version', {rule.version:d}, "
        f"'conditions', '{json.dumps(asked)}'::jsonb, 'values', jsonb_build_object({values}))"
    )


def by_rule(part, rules=RULES) -> str:
    """A CASE over the column `rule` with one branch a rule; `part(rule)` is its SQL."""
    branches = " ".join(f"when '{check(rule).code}' then {part(rule)}" for rule in rules)
    return f"case rule {branches} end"

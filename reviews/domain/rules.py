"""Rules as data: all conditions over named features must hold. Editing one means a new version."""

from dataclasses import dataclass
from typing import Literal

from reviews.domain.features import BY_CODE as FEATURES

OPERATORS = frozenset({">=", ">", "<=", "<", "="})


@dataclass(frozen=True)
class Condition:
    feature: str
    op: str
    threshold: int


@dataclass(frozen=True)
class Rule:
    """`measure` is the feature that tells how bad it is; `worse` says in which direction."""

    code: str
    version: int
    group: str
    conditions: tuple[Condition, ...]
    measure: str
    priority: int
    worse: Literal["more", "less"] = "more"

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the rule looks at, each once, in the order of its sentence."""
        return tuple(dict.fromkeys([*(c.feature for c in self.conditions), self.measure]))


REPAYMENT, BORROWING = "repayment", "borrowing"

RULES = (
    Rule("worst_late", 1, REPAYMENT, (Condition("worst_dpd", ">=", 31),), "worst_dpd", 60),
    Rule("last_late", 1, REPAYMENT, (Condition("last_days_late", ">=", 8),), "last_days_late", 50),
    Rule(
        "late_share",
        1,
        REPAYMENT,
        (Condition("late_share", ">=", 50), Condition("settled_loans", ">=", 3)),
        "late_share",
        40,
    ),
    Rule(
        "failed_payments",
        1,
        REPAYMENT,
        (Condition("failed_payments_90", ">=", 3),),
        "failed_payments_90",
        30,
    ),
    Rule(
        "many_new_loans",
        1,
        BORROWING,
        (Condition("new_loans_90", ">=", 4), Condition("new_loans_30", ">=", 2)),
        "new_loans_90",
        20,
    ),
    Rule(
        "quick_return",
        1,
        BORROWING,
        (Condition("quickest_return", "<=", 7),),
        "quickest_return",
        10,
        worse="less",
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
# Grows with every new rule and with every new version of one.
VERSION = sum(rule.version for rule in RULES)


class BadRule(ValueError):
    """A rule that must not be compiled; the message says why."""


def check(rule: Rule) -> Rule:
    """The rule itself, once every name, operator and number in it is known to be harmless."""
    if not rule.code.isidentifier() or not rule.group.isidentifier():
        raise BadRule(f"name {rule.code!r} of group {rule.group!r}")
    if rule.worse not in ("more", "less"):
        raise BadRule(f"{rule.code}: worse {rule.worse!r}")
    if not rule.conditions:
        raise BadRule(f"{rule.code}: no condition")
    for name in rule.features:
        if name not in FEATURES:
            raise BadRule(f"{rule.code}: unknown feature {name!r}")
    for condition in rule.conditions:
        if condition.op not in OPERATORS:
            raise BadRule(f"{rule.code}: operator {condition.op!r}")
    for number in (rule.version, rule.priority, *(c.threshold for c in rule.conditions)):
        if type(number) is not int:
            raise BadRule(f"{rule.code}: {number!r} is not an integer")
    return rule

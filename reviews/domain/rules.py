"""Rules as data: all conditions over named features must hold. A changed rule is a new version of it."""

from dataclasses import dataclass

from reviews.domain.features import BY_CODE as FEATURES
from reviews.domain.literals import BadRule, known, whole
from reviews.domain.scoring import Scorecard

OPERATORS = (">=", ">", "<=", "<", "=")
GROUPS = ("repayment", "borrowing", "record", "human")
# Rules are numbered for the arrays of snapshots; conditions are few, so that a rule stays one sentence.
NUMBERS = range(1, 128)
CONDITIONS = range(1, 7)
PRIORITIES = range(1, 100)
# Names in both languages, with the most letters that a page has room for.
NAMES = {"name_zh": 40, "name_en": 60}


@dataclass(frozen=True)
class Condition:
    feature: str
    op: str
    threshold: int

    def holds(self, values) -> bool:
        """Whether it holds for these features; what is not known holds for nothing."""
        value = values[self.feature]
        return (
            value is not None
            and {
                ">=": value >= self.threshold,
                ">": value > self.threshold,
                "<=": value <= self.threshold,
                "<": value < self.threshold,
                "=": value == self.threshold,
            }[self.op]
        )


@dataclass(frozen=True)
class Rule:
    """One version. `measure` is the feature that tells how bad it is; `worse` says in which direction."""

    number: int
    code: str
    version: int
    group: str
    conditions: tuple[Condition, ...]
    measure: str
    priority: int
    worse: str = "more"
    name_zh: str = ""
    name_en: str = ""

    @property
    def features(self) -> tuple[str, ...]:
        """The features that the rule looks at, each once, in the order of its sentence."""
        return tuple(dict.fromkeys([*(c.feature for c in self.conditions), self.measure]))

    def turns(self, feature) -> set[int]:
        """The values at which a condition comes to say something else, as the feature rises to them."""
        turning = {">=": (0,), "<": (0,), ">": (1,), "<=": (1,), "=": (0, 1)}
        mine = [condition for condition in self.conditions if condition.feature == feature]
        return {condition.threshold + step for condition in mine for step in turning[condition.op]}

    def fires(self, values) -> bool:
        return all(condition.holds(values) for condition in self.conditions)


@dataclass(frozen=True)
class Ruleset:
    """What judges: the rules and the card that one edition put in force."""

    edition: int
    digest: str
    rules: tuple[Rule, ...]
    card: Scorecard | None

    @property
    def by_code(self) -> dict[str, Rule]:
        return {rule.code: rule for rule in self.rules}

    def turns(self, feature) -> list[int]:
        """The values at which rules or points come to say something else, as the feature rises to them."""
        rules = set().union(*(rule.turns(feature) for rule in self.rules))
        return sorted(rules | (self.card.turns(feature) if self.card else set()))


def read(conditions) -> tuple[Condition, ...]:
    """Conditions from JSON; raises BadRule for anything that is not their form."""
    if not isinstance(conditions, list):
        raise BadRule("form", conditions)
    for each in conditions:
        if not isinstance(each, dict) or each.keys() != {"feature", "op", "threshold"}:
            raise BadRule("form", each)
    return tuple(Condition(each["feature"], each["op"], each["threshold"]) for each in conditions)


def written(conditions) -> list[dict]:
    """Conditions as JSON."""
    return [{"feature": c.feature, "op": c.op, "threshold": c.threshold} for c in conditions]


def check(rule: Rule) -> Rule:
    """The rule itself, once every name, operator and number in it is known to be harmless; else BadRule."""
    if not isinstance(rule.code, str) or not rule.code.isascii() or not rule.code.isidentifier():
        raise BadRule("code", rule.code)
    if rule.group not in GROUPS:
        raise BadRule("group", rule.group)
    if rule.worse not in ("more", "less"):
        raise BadRule("worse", rule.worse)
    whole(rule.number, name="number_of_rule", among=NUMBERS)
    whole(rule.version, name="version")
    whole(rule.priority, name="priority", among=PRIORITIES)
    whole(len(rule.conditions), name="conditions", among=CONDITIONS)
    known(rule.measure)
    for condition in rule.conditions:
        known(condition.feature)
        if condition.op not in OPERATORS:
            raise BadRule("operator", condition.op)
        whole(condition.threshold, name="threshold")
    seen = [(c.feature, c.op) for c in rule.conditions]
    for feature, op in seen:
        if seen.count((feature, op)) > 1:
            raise BadRule("twice", feature)
    return rule


def can_fire(rule: Rule) -> Rule:
    """The rule itself, once every feature in it has a value that all conditions on it allow; else BadRule.

    Asked of what is drafted only: what is kept already judges on.
    """
    for feature in {condition.feature for condition in rule.conditions}:
        low, high = FEATURES[feature].least, FEATURES[feature].most
        for condition in rule.conditions:
            if condition.feature == feature and condition.op in (">=", ">", "="):
                low = max(low, condition.threshold + (condition.op == ">"))
            if condition.feature == feature and condition.op in ("<=", "<", "="):
                high = min(high, condition.threshold - (condition.op == "<"))
        if low > high:
            raise BadRule("never", feature)
    return rule

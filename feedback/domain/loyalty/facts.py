"""All that a tier or a campaign may ask of a borrower: our own repayment facts, and where each comes from.

Nothing of a bureau, no alert, score, snapshot or feedback stands here, and a test walks the columns to see
that it stays so.
"""

from dataclasses import dataclass

OPERATORS = (">=", "<=")
VALUES = range(100_001)
MOST = 6  # conditions of one tier or campaign


@dataclass(frozen=True)
class Fact:
    """A whole number known of every borrower who settled; `columns` are "table.column" that it is made of."""

    code: str
    unit: str
    columns: tuple[str, ...]


HISTORY, SETTLED = "servicing_borrowerhistory", "servicing_settlement"
DUE, PAUSE = "servicing_oldestdue", "servicing_pause"
FACTS = (
    Fact("settled_loans", "loans", (f"{HISTORY}.settled_loans",)),
    Fact("instalments", "instalments", (f"{SETTLED}.instalments",)),
    Fact(
        "on_time_percent",
        "percent",
        (f"{SETTLED}.instalments", f"{SETTLED}.times_late", f"{SETTLED}.settled_on"),
    ),
    Fact("early_loans", "loans", (f"{HISTORY}.early_loans",)),
    Fact("late_loans", "loans", (f"{HISTORY}.late_loans",)),
    Fact("worst_dpd", "days", (f"{HISTORY}.worst_dpd",)),
    # Loans that somebody else paid, that were waived, transferred or recovered
    Fact("adverse_ends", "loans", (f"{HISTORY}.adverse_ends",)),
    Fact("months_known", "months", (f"{SETTLED}.disbursed_on",)),
    Fact("months_since_payoff", "months", (f"{HISTORY}.last_settled_on",)),
    # Of an open loan of ours that is not paused, the days since its oldest unpaid instalment was due
    Fact(
        "days_late_now",
        "days",
        (f"{DUE}.due_on", f"{DUE}.grace_days", f"{PAUSE}.starts_on", f"{PAUSE}.ends_on"),
    ),
)
# What a campaign may ask besides: where the borrower stands, which is made of the same facts.
TIER = Fact("tier", "tier", ("feedback_standing.level",))
BY_CODE = {fact.code: fact for fact in (*FACTS, TIER)}


class BadCondition(ValueError):
    """What no tier or campaign may ask; `code` says what is wrong, `what` is what was asked."""

    def __init__(self, code, what):
        super().__init__(code)
        self.code, self.what = code, what


@dataclass(frozen=True)
class Condition:
    fact: str
    op: str
    value: int

    def holds(self, known):
        """Whether it is true of the numbers {fact: value} of one borrower."""
        seen = known[self.fact]
        return seen >= self.value if self.op == ">=" else seen <= self.value


def read(rows, *, of=FACTS):
    """Conditions from JSON; raises BadCondition ("fact", "operator", "value", "many", "twice", "form")."""
    allowed = {fact.code for fact in of}
    if not isinstance(rows, list) or len(rows) > MOST:
        raise BadCondition("many", MOST)
    found = tuple(_one(row, allowed) for row in rows)
    asked = [(each.fact, each.op) for each in found]
    if twice := [fact for fact, op in asked if asked.count((fact, op)) > 1]:
        raise BadCondition("twice", twice[0])
    return found


def _one(row, allowed):
    if not isinstance(row, dict) or set(row) != {"fact", "op", "value"}:
        raise BadCondition("form", str(row)[:80])
    if row["fact"] not in allowed:
        raise BadCondition("fact", str(row["fact"])[:80])
    if row["op"] not in OPERATORS:
        raise BadCondition("operator", str(row["op"])[:80])
    if type(row["value"]) is not int or row["value"] not in VALUES:
        raise BadCondition("value", str(row["value"])[:80])
    return Condition(**row)


def written(conditions):
    """The same as JSON."""
    return [{"fact": each.fact, "op": each.op, "value": each.value} for each in conditions]

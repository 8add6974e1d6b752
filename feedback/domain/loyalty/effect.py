"""What a difference between two groups says, and how many people it takes to see one."""

import math
from dataclasses import dataclass
from decimal import Decimal

from feedback.domain.improvements.windows import deviations

# Of each group, below which no interval is worth showing.
LEAST = 30
# An average of money hangs on few who bring or cost much: the smaller group needs about so many of them.
EVENTS = 10


@dataclass(frozen=True)
class Difference:
    """How much more the first group has on average, with its 95 % interval; no numbers where too few."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Person:
    """What became of one borrower since the draw; sums in yuan.

    Interest is what the loans taken since then have brought, loss what is past due of them times the share
    that the house expects to lose, cost what an accepted offer cost.
    """

    returned: bool = False
    overdue: bool = False
    interest: Decimal = Decimal(0)
    loss: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)

    @property
    def net(self):
        return self.interest - self.loss - self.cost


def needed(rate, points, *, held_percent):
    """How many must be drawn in all to see a difference of so many percentage points in four of five cases.

    The usual formula for two shares of unequal groups; `rate` is the share without the campaign.
    """
    difference, held = points / 100, held_percent / 100
    spread = max(rate * (1 - rate), 0.01)
    return math.ceil(deviations() ** 2 * spread / difference**2 * (1 / held + 1 / (1 - held)))


def are_enough(events: int, ours: int, theirs: int) -> bool:
    """Whether so many events in both groups leave enough of them for the smaller one."""
    return events * min(ours, theirs) >= EVENTS * (ours + theirs)


def verdict(lift: Difference, *, is_look, drawn, wanted):
    """ "so_far" but at the one look that was planned, for looking often finds what is not there. Then "more",
    "less", "none" where a difference of that size would have been seen, or "not_enough".
    """
    if not is_look:
        return "so_far"
    if lift.low is None or lift.high is None:
        return "not_enough"
    if lift.low > 0:
        return "more"
    if lift.high < 0:
        return "less"
    return "none" if drawn >= wanted else "not_enough"

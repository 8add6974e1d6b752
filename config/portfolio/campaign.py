"""A fictional campaign with an effect that is known because it was planted."""

from collections import Counter
from decimal import Decimal
from random import Random

from feedback.domain.loyalty import holdout
from feedback.domain.loyalty.effect import Person

# What borrowers do without a campaign, and what a loan brings where it is repaid and where it is not.
RETURNS, OVERDUE_OF = 0.30, 0.06
EARNED, LOST, COST = Decimal(120), Decimal(400), Decimal(20)


def outcomes(*, seed, people, held_percent, lift, overdue):
    """(offered, held out): Counters of Person of a campaign after which `lift` more of those offered return,
    and `overdue` more of them have a loan that is past due.
    """
    random = Random(seed)  # noqa: S311 - a story, not a secret
    key, groups = f"story {seed}".encode(), (Counter(), Counter())
    for borrower in range(people):
        is_held = holdout.is_held_out(key, borrower, held_percent)
        returns, is_late = chances(0 if is_held else lift, 0 if is_held else overdue)
        returned = random.random() < returns
        late = returned and random.random() < is_late / returns
        gain, loss = EARNED * returned, LOST * late
        groups[is_held][Person(returned, late, gain, loss, COST * (returned and not is_held))] += 1
    return groups


def chances(lift, overdue):
    """(share that returns, share that returns and is past due)."""
    return RETURNS + lift, RETURNS * OVERDUE_OF + overdue


def truth(*, lift, overdue):
    """{measure: what was planted}: percentage points, and yuan a borrower."""
    net = float(EARNED) * lift - float(LOST) * overdue - float(COST) * (RETURNS + lift)
    return {"lift": 100 * lift, "overdue": 100 * overdue, "net": net}

"""The ladder of tiers: what each rung asks, where somebody stands, and why."""

from dataclasses import dataclass

from feedback.domain.loyalty.facts import BadCondition, Condition, read

# From below; who has settled a loan and meets no rung stands on none.
NONE, BRONZE, SILVER, GOLD = LEVELS = (0, 1, 2, 3)
RUNGS = (GOLD, SILVER, BRONZE)


@dataclass(frozen=True)
class Ladder:
    """A version of the rules: the conditions of each rung, highest first."""

    rungs: dict[int, tuple[Condition, ...]]

    def level(self, known):
        """Where somebody with these numbers stands: the highest rung all of whose conditions hold."""
        met = (level for level in RUNGS if all(each.holds(known) for each in self.rungs[level]))
        return next(met, NONE)

    def missing(self, level, known):
        """The conditions of a rung that do not hold."""
        return tuple(each for each in self.rungs[level] if not each.holds(known))


def ladder(said):
    """A ladder from JSON {"3": [conditions], "2": …, "1": …}; raises BadCondition.

    Each rung asks something, for a rung that asks nothing would hold everybody.
    """
    if not isinstance(said, dict) or set(said) != {str(level) for level in RUNGS}:
        raise BadCondition("rungs", "")
    rungs = {level: read(said[str(level)]) for level in RUNGS}
    if empty := [level for level, conditions in rungs.items() if not conditions]:
        raise BadCondition("empty", empty[0])
    return Ladder(rungs)

"""Loyalty: facts that may be asked, tiers, who is held out, why an offer waits, what a campaign changed."""

from feedback.domain.loyalty.effect import Difference, Person
from feedback.domain.loyalty.facts import (
    BY_CODE,
    FACTS,
    OPERATORS,
    TIER,
    BadCondition,
    Condition,
    Fact,
    read,
    written,
)
from feedback.domain.loyalty.suppression import Situation, reasons
from feedback.domain.loyalty.tiers import LEVELS, RUNGS, Ladder, ladder

__all__ = [
    "BY_CODE",
    "FACTS",
    "LEVELS",
    "OPERATORS",
    "RUNGS",
    "TIER",
    "BadCondition",
    "Condition",
    "Difference",
    "Fact",
    "Ladder",
    "Person",
    "Situation",
    "ladder",
    "read",
    "reasons",
    "written",
]

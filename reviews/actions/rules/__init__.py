"""Rules: drafted by one person, decided by another, in force by editions, compiled to SQL."""

from reviews.actions.rules.compiling import by_rule, conditions, fired, seen, severity, ticks
from reviews.actions.rules.deciding import KIND, make, propose, told
from reviews.actions.rules.drafting import begin, discard, draft, lock
from reviews.actions.rules.editions import current, of
from reviews.domain.rules import BadRule

__all__ = [
    "KIND",
    "BadRule",
    "begin",
    "by_rule",
    "conditions",
    "current",
    "discard",
    "draft",
    "fired",
    "lock",
    "make",
    "of",
    "propose",
    "seen",
    "severity",
    "ticks",
    "told",
]

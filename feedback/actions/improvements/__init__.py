"""Obstacles and improvements: facts added up, obstacles named, improvements steered and measured."""

from feedback.actions.improvements.facts import gather
from feedback.actions.improvements.measuring import measure
from feedback.actions.improvements.naming import Taken, add_signature, name
from feedback.actions.improvements.steering import begin, drop, fix, hand_over
from feedback.domain.improvements import NotAllowed

__all__ = [
    "NotAllowed",
    "Taken",
    "add_signature",
    "begin",
    "drop",
    "fix",
    "gather",
    "hand_over",
    "measure",
    "name",
]

"""What responses are about: suggested by what was learned, decided by a person."""

from feedback.actions.topics.deciding import Suggestion, decide, suggest
from feedback.actions.topics.listing import add, bring_back, retire
from feedback.actions.topics.refusal import NotAllowed
from feedback.actions.topics.training import Learnt, TooLittle, labelled, learn, train

__all__ = [
    "Learnt",
    "NotAllowed",
    "Suggestion",
    "TooLittle",
    "add",
    "bring_back",
    "decide",
    "labelled",
    "learn",
    "retire",
    "suggest",
    "train",
]

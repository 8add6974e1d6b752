"""What is done about what customers say: heard, answered, handed over, followed up, merged."""

from feedback.actions.responses.clocks import due, limits
from feedback.actions.responses.extending import EXTENSION, make_complex, propose_extension
from feedback.actions.responses.following import done, follow_objections, promise
from feedback.actions.responses.handling import NotAllowed, answer, hand_over, note, take
from feedback.actions.responses.hearing import identify, log
from feedback.actions.responses.merging import merge

__all__ = [
    "EXTENSION",
    "NotAllowed",
    "answer",
    "done",
    "due",
    "follow_objections",
    "hand_over",
    "identify",
    "limits",
    "log",
    "make_complex",
    "merge",
    "note",
    "promise",
    "propose_extension",
    "take",
]

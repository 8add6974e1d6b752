"""The nouns of feedback, re-exported so that callers need not know which column they stand in."""

from feedback.models.followups import FollowUp, Note
from feedback.models.imports import ResponseArrival
from feedback.models.improvements import (
    ChannelDay,
    FactDay,
    FactMark,
    FailureDay,
    Improvement,
    Measurement,
    Obstacle,
    Signature,
)
from feedback.models.responses import Response
from feedback.models.topics import Topic, TopicModel

__all__ = [
    "ChannelDay",
    "FactDay",
    "FactMark",
    "FailureDay",
    "FollowUp",
    "Improvement",
    "Measurement",
    "Note",
    "Obstacle",
    "Response",
    "ResponseArrival",
    "Signature",
    "Topic",
    "TopicModel",
]

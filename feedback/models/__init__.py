"""The nouns of feedback, re-exported so that callers need not know which column they stand in."""

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

__all__ = [
    "ChannelDay",
    "FactDay",
    "FactMark",
    "FailureDay",
    "Improvement",
    "Measurement",
    "Obstacle",
    "Response",
    "Signature",
]

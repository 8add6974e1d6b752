from feedback.models.improvements.facts import ChannelDay, FactDay, FactMark, FailureDay
from feedback.models.improvements.improvements import Improvement, Measurement
from feedback.models.improvements.obstacles import Obstacle, Signature

__all__ = [
    "ChannelDay",
    "FactDay",
    "FactMark",
    "FailureDay",
    "Improvement",
    "Measurement",
    "Obstacle",
    "Signature",
]

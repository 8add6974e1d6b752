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
from feedback.models.loyalty import (
    Campaign,
    CampaignResult,
    Hold,
    Level,
    Offer,
    Standing,
    TierChange,
    TierDay,
    TierRules,
)
from feedback.models.responses import Response
from feedback.models.surveys import Survey
from feedback.models.telling import Told
from feedback.models.topics import Topic, TopicModel

__all__ = [
    "Campaign",
    "CampaignResult",
    "ChannelDay",
    "FactDay",
    "FactMark",
    "FailureDay",
    "FollowUp",
    "Hold",
    "Improvement",
    "Level",
    "Measurement",
    "Note",
    "Obstacle",
    "Offer",
    "Response",
    "ResponseArrival",
    "Signature",
    "Standing",
    "Survey",
    "TierChange",
    "TierDay",
    "TierRules",
    "Told",
    "Topic",
    "TopicModel",
]

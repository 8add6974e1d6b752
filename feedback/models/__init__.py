"""The nouns of feedback, re-exported so that callers need not know which column they stand in."""

from feedback.models.followups import FollowUp, Note
from feedback.models.loyalty import (
    Campaign,
    Hold,
    Level,
    Measurement,
    Offer,
    Standing,
    TierChange,
    TierDay,
    TierRules,
)
from feedback.models.responses import Response
from feedback.models.surveys import Survey
from feedback.models.telling import Told

__all__ = [
    "Campaign",
    "FollowUp",
    "Hold",
    "Level",
    "Measurement",
    "Note",
    "Offer",
    "Response",
    "Standing",
    "Survey",
    "TierChange",
    "TierDay",
    "TierRules",
    "Told",
]

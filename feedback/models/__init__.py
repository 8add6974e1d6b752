"""The nouns of feedback, re-exported so that callers need not know which column they stand in."""

from feedback.models.followups import FollowUp, Note
from feedback.models.responses import Response
from feedback.models.surveys import Survey
from feedback.models.telling import Told

__all__ = ["FollowUp", "Note", "Response", "Survey", "Told"]

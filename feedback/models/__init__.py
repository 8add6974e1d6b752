"""The nouns of feedback, re-exported so that callers need not know which column they stand in."""

from feedback.models.followups import FollowUp, Note
from feedback.models.imports import ResponseArrival
from feedback.models.responses import Response
from feedback.models.surveys import Survey
from feedback.models.telling import Told
from feedback.models.topics import Topic, TopicModel

__all__ = ["FollowUp", "Note", "Response", "ResponseArrival", "Survey", "Told", "Topic", "TopicModel"]

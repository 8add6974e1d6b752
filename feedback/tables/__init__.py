"""Lists of feedback."""

from feedback.tables.improvements import FailureTable
from feedback.tables.responses import ResponseTable, response_url

__all__ = ["FailureTable", "ResponseTable", "response_url"]

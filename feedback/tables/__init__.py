"""Lists of feedback."""

from feedback.tables.improvements import FailureTable

__all__ = ["FailureTable"]

"""What lists of feedback can be narrowed by."""

from feedback.filters.improvements import FailureFilter

__all__ = ["FailureFilter"]

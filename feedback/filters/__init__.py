"""What lists of feedback can be narrowed by."""

from feedback.filters.improvements import FailureFilter
from feedback.filters.responses import ResponseFilter

__all__ = ["FailureFilter", "ResponseFilter"]

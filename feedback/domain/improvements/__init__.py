"""Obstacles and what was done about them: windows, states and, apart, the arithmetic of intervals."""

from feedback.domain.improvements.states import NotAllowed, after, may
from feedback.domain.improvements.windows import (
    LONGEST,
    Window,
    due_looks,
    is_look,
    more_weeks,
    weeks_needed,
    weeks_of,
    whole_weeks,
    windows,
)

__all__ = [
    "LONGEST",
    "NotAllowed",
    "Window",
    "after",
    "due_looks",
    "is_look",
    "may",
    "more_weeks",
    "weeks_needed",
    "weeks_of",
    "whole_weeks",
    "windows",
]

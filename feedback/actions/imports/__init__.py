"""Files of what customers said, taken by the intake: judged, shown, applied by a second person, undone."""

from feedback.actions.imports.taking import TAKER

__all__ = ["TAKER"]

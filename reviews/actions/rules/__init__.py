"""Rules: compiled to SQL (compiling) and put in force, edition by edition (editions)."""

from reviews.actions.rules.compiling import by_rule, evidence, fired, severity
from reviews.actions.rules.editions import current, of

__all__ = ["by_rule", "current", "evidence", "fired", "of", "severity"]

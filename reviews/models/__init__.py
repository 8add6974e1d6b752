"""The nouns of reviews."""

from reviews.models.alerts import Alert, RuleHold
from reviews.models.cases import Case, Decision
from reviews.models.recheck import Snapshot

__all__ = ["Alert", "Case", "Decision", "RuleHold", "Snapshot"]

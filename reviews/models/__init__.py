"""The nouns of reviews."""

from reviews.models.alerts import Alert, RuleHold
from reviews.models.cases import Case, Decision
from reviews.models.coverage import CoverageDay, Part, Settled, Watch
from reviews.models.portfolio import PortfolioDay, PortfolioShare
from reviews.models.recheck import Snapshot
from reviews.models.rules import Edition, Rule, RuleVersion, Scorecard

__all__ = [
    "Alert",
    "Case",
    "CoverageDay",
    "Decision",
    "Edition",
    "Part",
    "PortfolioDay",
    "PortfolioShare",
    "Rule",
    "RuleHold",
    "RuleVersion",
    "Scorecard",
    "Settled",
    "Snapshot",
    "Watch",
]

"""The scorecard: compiled to SQL, explained point by point, drafted by one person and decided by another."""

from reviews.actions.scoring.compiling import band, explained, points, score
from reviews.actions.scoring.deciding import KIND, propose, told
from reviews.actions.scoring.drafting import discard, draft

__all__ = ["KIND", "band", "discard", "draft", "explained", "points", "propose", "score", "told"]

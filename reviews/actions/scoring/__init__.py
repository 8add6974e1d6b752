"""The scorecard: compiled to SQL, explained point by point, drafted by one person and decided by another."""

from reviews.actions.scoring.compiling import band, band_then, explained, points, score, spans
from reviews.actions.scoring.deciding import KIND, propose, told
from reviews.actions.scoring.drafting import discard, draft

__all__ = [
    "KIND",
    "band",
    "band_then",
    "discard",
    "draft",
    "explained",
    "points",
    "propose",
    "score",
    "spans",
    "told",
]

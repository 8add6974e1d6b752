"""Verbs of loyalty: tiers, campaigns, their draws and offers, holds, and what a campaign changed."""

from feedback.actions.loyalty import campaigns, drawing, holds, measuring, offers, sending, tiers
from feedback.actions.loyalty.forgetting import forget, may_forget
from feedback.actions.loyalty.sending import stops

__all__ = [
    "campaigns",
    "drawing",
    "forget",
    "holds",
    "may_forget",
    "measuring",
    "offers",
    "sending",
    "stops",
    "tiers",
]

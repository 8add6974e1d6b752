"""Loyalty: tiers, campaigns with their offers, and holds."""

from feedback.models.loyalty.campaigns import Campaign, CampaignResult, Offer
from feedback.models.loyalty.holds import Hold
from feedback.models.loyalty.tiers import Level, Standing, TierChange, TierDay, TierRules

__all__ = [
    "Campaign",
    "CampaignResult",
    "Hold",
    "Level",
    "Offer",
    "Standing",
    "TierChange",
    "TierDay",
    "TierRules",
]

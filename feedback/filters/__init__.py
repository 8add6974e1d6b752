"""What lists of feedback can be narrowed by; the state lives in the URL."""

from feedback.filters.loyalty import CampaignFilter, HoldFilter, OfferFilter, StandingFilter

__all__ = ["CampaignFilter", "HoldFilter", "OfferFilter", "StandingFilter"]

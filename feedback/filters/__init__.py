"""What lists of feedback can be narrowed by; the state lives in the URL."""

from feedback.filters.loyalty import CampaignFilter, HoldFilter, OfferFilter, StandingFilter
from feedback.filters.responses import ResponseFilter, SurveyFilter

__all__ = ["CampaignFilter", "HoldFilter", "OfferFilter", "ResponseFilter", "StandingFilter", "SurveyFilter"]

"""Lists of feedback. A column speaks twice: `render_` to the eye, `value_` to the file, masked in both."""

from feedback.tables.loyalty import CampaignTable, HoldTable, OfferTable, StandingTable
from feedback.tables.responses import ResponseTable, SurveyTable

__all__ = ["CampaignTable", "HoldTable", "OfferTable", "ResponseTable", "StandingTable", "SurveyTable"]

"""Input of feedback. A form validates; an action writes."""

from feedback.forms.loyalty import CampaignForm, HoldForm, LadderForm, PurposeForm, objection

__all__ = ["CampaignForm", "HoldForm", "LadderForm", "PurposeForm", "objection"]

"""Input of feedback. A form validates; an action writes."""

from feedback.forms.loyalty import CampaignForm, HoldForm, LadderForm, PurposeForm, objection
from feedback.forms.responses import (
    AnswerForm,
    ComplexForm,
    ExtendForm,
    FindForm,
    HandOverForm,
    IdentifyForm,
    LogForm,
    MergeForm,
    NoteForm,
    PhoneForm,
    PromiseForm,
    SurveyForm,
    TellForm,
    VerifyForm,
)

__all__ = [
    "AnswerForm",
    "CampaignForm",
    "ComplexForm",
    "ExtendForm",
    "FindForm",
    "HandOverForm",
    "HoldForm",
    "IdentifyForm",
    "LadderForm",
    "LogForm",
    "MergeForm",
    "NoteForm",
    "PhoneForm",
    "PromiseForm",
    "PurposeForm",
    "SurveyForm",
    "TellForm",
    "VerifyForm",
    "objection",
]

"""Input of reviews."""

from reviews.forms.cases import DecideForm
from reviews.forms.rules import NewRuleForm, ProposeForm, ReleaseForm, RuleForm, objection
from reviews.forms.scoring import CardForm, CardTable, ProposeCardForm, card_objection

__all__ = [
    "CardForm",
    "CardTable",
    "DecideForm",
    "NewRuleForm",
    "ProposeCardForm",
    "ProposeForm",
    "ReleaseForm",
    "RuleForm",
    "card_objection",
    "objection",
]

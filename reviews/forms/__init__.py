"""Input of reviews."""

from reviews.forms.cases import DecideForm
from reviews.forms.rules import NewRuleForm, ProposeForm, ReleaseForm, RuleForm, objection

__all__ = ["DecideForm", "NewRuleForm", "ProposeForm", "ReleaseForm", "RuleForm", "objection"]

"""Restricting the processing of a borrower's data, ending it, and a borrower's consent."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.forms.archive import DayInput
from servicing.forms.ledger import PurposeField
from servicing.models import Consent, Restriction


class RestrictForm(forms.Form):
    """On what ground data is only kept, why, and until when."""

    ground = forms.ChoiceField(label=_("Ground"), choices=Restriction.Ground.choices)
    until_on = forms.DateField(
        label=_("until, this day included"), required=False, widget=DayInput(),
        help_text=_("Optional; without it, until two people lift it."),
    )  # fmt: skip
    reason = PurposeField(_("Reason"))


class LiftForm(forms.Form):
    """Why data may be used again."""

    purpose = PurposeField(_("Why it may end"))


class ConsentForm(forms.Form):
    """Where and when a borrower allowed outside data to be read, and for how long."""

    basis = forms.ChoiceField(label=_("Where it was given"), choices=Consent.Basis.choices)
    given_on = forms.DateField(label=_("Given on"), widget=DayInput())
    until_on = forms.DateField(
        label=_("until, this day included"), required=False, widget=DayInput(),
        help_text=_("Optional; without it, until it is withdrawn."),
    )  # fmt: skip

"""A borrower's yes or no to messages."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.models import Consent, OptOut

# What a source declares is nobody's word on advertising.
HEARD = [choice for choice in Consent.Basis.choices if choice[0] != Consent.Basis.SOURCE]


class OptInForm(forms.Form):
    """Where the borrower said so, and whether offers may be chosen by what is known of them."""

    basis = forms.ChoiceField(label=_("Where it was said"), choices=HEARD, initial=Consent.Basis.PHONE)
    with_profiling = forms.BooleanField(
        label=_("may be chosen by what is known of the borrower"),
        required=False,
        help_text=_("Without it the borrower hears of offers that are the same for everybody."),
    )


class OptOutForm(forms.Form):
    """To what a borrower says no; one button sends it."""

    purpose = forms.ChoiceField(choices=OptOut.Purpose.choices)
    basis = forms.ChoiceField(choices=HEARD)

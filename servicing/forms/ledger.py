"""Fields for words that stay in the ledger."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.domain.privacy import says_something


class ReasonField(forms.CharField):
    """Why, in words that stay in the ledger."""

    def __init__(self, label):
        super().__init__(
            label=label,
            min_length=10,
            max_length=200,
            help_text=_("At least 10 characters, without personal data. It stays in the ledger."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )


class PurposeField(ReasonField):
    """What something is for, in words that say something; the numbers of people do not belong here."""

    def __init__(self, label=None):
        super().__init__(label or _("What for, in your words"))

    def validate(self, value):
        super().validate(value)
        if not says_something(value):
            raise forms.ValidationError(_("Say it in at least 10 characters."))

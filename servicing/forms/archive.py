"""What is said about one loan: steps, its class, its certificates."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.domain.privacy import blur
from servicing.models import ClassOverride


class DayInput(forms.DateInput):
    """A day as browsers understand it, whatever the language."""

    def __init__(self):
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class StepForm(forms.Form):
    """On which day a step was done, today where nothing is said, and what whoever ticks it may add."""

    on = forms.DateField(label=_("Done on"), required=False, widget=DayInput())
    note = forms.CharField(
        label=_("Note"), required=False, max_length=200, help_text=_("Optional, without personal data.")
    )

    def __init__(self, *args, since=None, today=None, **kwargs):
        self.since, self.today = since, today
        super().__init__(*args, **kwargs)

    def clean_on(self):
        on = self.cleaned_data["on"] or self.today
        if on > self.today or (self.since and on < self.since):
            raise forms.ValidationError(_("The day lies between the payoff and today."))
        return on

    def clean_note(self):
        return blur(self.cleaned_data["note"])


class OverrideForm(forms.Form):
    """A class otherwise than the days past due say, why, and until when."""

    grade = forms.ChoiceField(label=_("Class"), choices=ClassOverride.Grade.choices)
    until_on = forms.DateField(label=_("until, this day included"), widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"), min_length=10, max_length=500,
        help_text=_("At least 10 characters, without personal data."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args, on, **kwargs):
        self.on = on
        super().__init__(*args, **kwargs)

    def clean_until_on(self):
        if self.cleaned_data["until_on"] < self.on:
            raise forms.ValidationError(_("This day is over."))
        return self.cleaned_data["until_on"]


class RevokeForm(forms.Form):
    """Why a certificate is worth nothing from now on."""

    reason = forms.CharField(
        label=_("Why it is revoked"), min_length=10, max_length=200,
        help_text=_("At least 10 characters, without personal data. Whoever verifies it does not see this."),
    )  # fmt: skip


class VerifyForm(forms.Form):
    """Number and code as they stand on the paper, however they are typed."""

    EXACT = {"autocomplete": "off", "spellcheck": "false"}
    number = forms.CharField(
        label=_("Number of the certificate"), max_length=40,
        widget=forms.TextInput(attrs=EXACT | {"placeholder": "JQ-2026-000001-X"}),
    )  # fmt: skip
    code = forms.CharField(label=_("Verification code"), max_length=40, widget=forms.TextInput(attrs=EXACT))

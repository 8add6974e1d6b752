"""Input of servicing: checked here, acted on elsewhere."""

from django import forms
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicing.domain.intake import LAYOUTS
from servicing.domain.periods import BY_CODE, PERIODS
from servicing.domain.privacy import blur, says_something
from servicing.models import ClassOverride, Export, Staff
from servicing.templatetags.staff import ROLES


class RevealForm(forms.Form):
    """Why one field is shown; the national id also asks who is at the keyboard (step-up)."""

    REASONS = (
        ("call", pgettext_lazy("reveal", "the borrower is on the telephone")),
        ("verify", pgettext_lazy("reveal", "identity must be compared with a document")),
        ("case", pgettext_lazy("reveal", "needed to decide a case")),
        ("rights", pgettext_lazy("reveal", "a request of the borrower about the own data")),
        ("authority", pgettext_lazy("reveal", "an authority asks")),
    )
    reason = forms.ChoiceField(label=_("Reason"), choices=REASONS)
    text = forms.CharField(
        label=_("What for, in your words"),
        min_length=10,
        max_length=200,
        help_text=_("At least 10 characters, without personal data. It stays in the ledger."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        help_text=_("A national id is shown only to the person who is signed in."),
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, request, field, **kwargs):
        self.request = request
        super().__init__(*args, **kwargs, prefix=field)  # type: ignore[misc]
        if field != "national_id":
            del self.fields["password"]

    def clean_password(self):
        # Through the backends, so that guessing here is throttled like guessing at the door.
        person = authenticate(
            self.request, username=self.request.user.username, password=self.cleaned_data["password"]
        )
        if person != self.request.user:
            raise forms.ValidationError(_("This is not your password."))
        return ""


class MendForm(forms.Form):
    """Why a message is left out, the first of two contents kept, or a day's difference accepted."""

    reason = forms.CharField(
        label=_("Why"),
        min_length=10,
        max_length=200,
        help_text=_("At least 10 characters, without personal data. It stays in the ledger."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class PassForm(MendForm):
    """Up to which number nothing will come any more, and why."""

    last = forms.IntegerField(label=_("Up to number"), min_value=1, max_value=10**18)
    field_order = ("last", "reason")


class StepForm(forms.Form):
    """On which day a step was done, today where nothing is said, and what whoever ticks it may add."""

    on = forms.DateField(
        label=_("Done on"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
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
    until_on = forms.DateField(
        label=_("until, this day included"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
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


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; cleaned to a list."""

    def __init__(self, **kwargs):
        # An empty file is refused like any other that cannot be read, with its name.
        super().__init__(
            widget=FilesInput(attrs={"accept": ".csv,.gz,.xlsx"}), allow_empty_file=True, **kwargs
        )

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class ImportForm(forms.Form):
    """Files of one layout that belong together."""

    layout = forms.ChoiceField(label=_("Layout"), choices=[(one.code, one.code) for one in LAYOUTS])
    files = FilesField(  # type: ignore[assignment]  # a field, not the form's own files
        label=_("Files"), help_text=_("All files of one delivery together, as .csv, .csv.gz or .xlsx.")
    )


class UndoForm(forms.Form):
    """Why an import is to be taken back."""

    reason = forms.CharField(
        label=_("Why it must be undone"),
        min_length=10,
        max_length=200,
        help_text=_("At least 10 characters, without personal data. It stays in the ledger."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DayInput(forms.DateInput):
    """A day as browsers understand it, whatever the language."""

    def __init__(self):
        super().__init__(attrs={"type": "date"}, format="%Y-%m-%d")


class PurposeField(forms.CharField):
    """What something is for, in words that say something; the numbers of people do not belong here."""

    def __init__(self, label=None):
        super().__init__(
            label=label or _("What for, in your words"),
            min_length=10,
            max_length=200,
            help_text=_("At least 10 characters, without personal data. It stays in the ledger."),
            widget=forms.TextInput(attrs={"autocomplete": "off"}),
        )

    def validate(self, value):
        super().validate(value)
        if not says_something(value):
            raise forms.ValidationError(_("Say it in at least 10 characters."))


class RefuseForm(forms.Form):
    reason = PurposeField(_("Why not"))


class RoleForm(forms.Form):
    """Which role a person is to have; nobody asks for the own."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Staff.objects.none())
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", _("no role")), *ROLES.items()],
        required=False,
    )
    purpose = PurposeField()

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(is_machine=False).exclude(pk=by.pk)
        self.fields["person"].queryset = people.order_by("name")  # type: ignore[attr-defined]


class ThresholdForm(forms.Form):
    """Another value for one of the risk thresholds, from a day on."""

    code = forms.ChoiceField(
        label=_("Setting"), choices=[(p.code, f"{p.code} ({p.unit})") for p in PERIODS if p.is_threshold]
    )
    value = forms.IntegerField(label=_("Value"), min_value=0)
    from_on = forms.DateField(label=_("From"), widget=DayInput())
    purpose = PurposeField()

    def clean(self):
        given = super().clean() or {}
        setting, value = BY_CODE.get(given.get("code", "")), given.get("value")
        if setting and value is not None and not setting.low <= value <= setting.high:
            words = _("Choose a value from %(low)s to %(high)s.")
            self.add_error("value", words % {"low": setting.low, "high": setting.high})
        return given


class DeputyForm(forms.Form):
    """Who stands in for a lead, and on which days."""

    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=Staff.objects.none())
    from_on = forms.DateField(label=_("First day"), widget=DayInput())
    to_on = forms.DateField(label=_("Last day"), widget=DayInput())

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = candidates  # type: ignore[attr-defined]


class TraceForm(forms.Form):
    """A piece of a file as it was found, with the signs that nobody sees."""

    text = forms.CharField(
        label=_("Excerpt of the file"), strip=False, max_length=200_000,
        help_text=_("Copy it, do not type it: the mark is unseen. It is looked at and not kept."),
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip


class ExportForm(forms.Form):
    """As what a list leaves the house, and what for."""

    format = forms.ChoiceField(label=_("File"), choices=Export.Format.choices)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[one for one in Export.Reason.choices if one[0] != Export.Reason.MEND],
    )
    words = PurposeField()


class RowsForm(forms.Form):
    """What rejected rows are wanted for."""

    words = PurposeField()


class ViewForm(forms.Form):
    """A name for the filters and the order of a list."""

    name = forms.CharField(max_length=40)
    is_default = forms.BooleanField(required=False)
    is_shared = forms.BooleanField(required=False)

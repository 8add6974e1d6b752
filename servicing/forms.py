"""Input of servicing: checked here, acted on elsewhere."""

from django import forms
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicing.domain.intake import LAYOUTS


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


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; cleaned to a list."""

    def __init__(self, **kwargs):
        super().__init__(widget=FilesInput(attrs={"accept": ".csv,.gz"}), **kwargs)

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class ImportForm(forms.Form):
    """Files of one layout that belong together."""

    layout = forms.ChoiceField(label=_("Layout"), choices=[(one.code, one.code) for one in LAYOUTS])
    files = FilesField(  # type: ignore[assignment]  # a field, not the form's own files
        label=_("Files"), help_text=_("All files of one delivery, as .csv or .csv.gz, in UTF-8.")
    )

"""Why one field of personal data is shown."""

from django import forms
from django.contrib.auth import authenticate
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from servicing.forms.ledger import ReasonField


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
    text = ReasonField(_("What for, in your words"))
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

"""How an objection to credit data ends."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.domain.bureau import ENDINGS
from servicing.models import Objection


class EndForm(forms.Form):
    """One of the three legal endings, what the check found, and the written reply."""

    ending = forms.ChoiceField(
        label=_("How it ends"),
        choices=lambda: [
            ("", _("Choose…")),
            *(pair for pair in Objection.Status.choices if pair[0] in ENDINGS),
        ],
    )
    findings = forms.CharField(
        label=_("What the check found"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays with the objection; where nothing can be confirmed it is the record."),
    )  # fmt: skip
    reply = forms.CharField(
        label=_("Written reply"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What the person is told, word for word."),
    )  # fmt: skip

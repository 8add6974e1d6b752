"""What a file is for, and a piece of one that was found."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.forms.ledger import PurposeField
from servicing.models import Export


class ExportForm(forms.Form):
    """As what a list leaves the house, and what for."""

    format = forms.ChoiceField(label=_("File"), choices=Export.Format.choices)
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[one for one in Export.Reason.choices if one[0] != Export.Reason.MEND],
    )
    words = PurposeField()


class TraceForm(forms.Form):
    """A piece of a file as it was found, with the signs that nobody sees."""

    text = forms.CharField(
        label=_("Excerpt of the file"), strip=False, max_length=200_000,
        help_text=_("Copy it, do not type it: the mark is unseen. It is looked at and not kept."),
        widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip

"""Files that come in, rows that go out to be mended, and an import that is taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.domain.intake import LAYOUTS
from servicing.forms.ledger import PurposeField, ReasonField

# What each layout is called, and what it is for, to somebody who sees it for the first time.
LAYOUT_WORDS = {
    "native": (
        _("our own layout"),
        _(
            "For the files of any lender: borrowers, loans, instalments, payments and, where there are some, "
            "guarantors. Fill in the empty files, or let your loan core write files with these columns."
        ),
    ),
    "superlender": (
        _("public sample data"),
        _(
            "A published data set of short mobile loans from Nigeria, without names or phones, to try the "
            "program with. Not for the loans of a lender."
        ),
    ),
}


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


def layout_choices():
    return [(one.code, f"{one.code} · {LAYOUT_WORDS[one.code][0]}") for one in LAYOUTS]


class ImportForm(forms.Form):
    """Files of one layout that belong together."""

    layout = forms.ChoiceField(label=_("Layout"), choices=layout_choices)
    files = FilesField(  # type: ignore[assignment]  # a field, not the form's own files
        label=_("Files"), help_text=_("All files of one delivery together, as .csv, .csv.gz or .xlsx.")
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("From whom, for which month: by it others know the delivery. No personal data."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class RowsForm(forms.Form):
    """What rejected rows are wanted for."""

    words = PurposeField()


class UndoForm(forms.Form):
    """Why an import is to be taken back."""

    reason = ReasonField(_("Why it must be undone"))

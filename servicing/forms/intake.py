"""Files that come in, rows that go out to be mended, and an import that is taken back."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.actions.intake import BY_CODE, LAYOUTS, layout_words
from servicing.domain.intake.layout import EXTERNAL
from servicing.forms.ledger import PurposeField, ReasonField
from servicing.models import Source


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
    return [(code, f"{code} · {name}") for code, (name, _for) in layout_words().items()]


class ImportForm(forms.Form):
    """Files of one layout that belong together."""

    layout = forms.ChoiceField(label=_("Layout"), choices=layout_choices)
    files = FilesField(  # type: ignore[assignment]  # a field, not the form's own files
        label=_("Files"), help_text=_("All files of one delivery together, as .csv, .csv.gz or .xlsx.")
    )
    source = forms.ModelChoiceField(
        Source.objects.exclude(code__in={layout.source for layout in LAYOUTS}).order_by("name"),
        label=_("Who says it"),
        to_field_name="code",
        required=False,
        empty_label=_("the lender itself"),
        help_text=_("Only for what others know; an administrator enters sources with their licence."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=200,
        required=False,
        help_text=_("From whom, for which month: by it others know the delivery. No personal data."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_source(self):
        """Who says it, where the layout is of what others know, and nobody else elsewhere."""
        source, layout = self.cleaned_data["source"], BY_CODE.get(self.cleaned_data.get("layout", ""))
        if layout and layout.owner == EXTERNAL and source is None:
            raise forms.ValidationError(_("Choose who says it."))
        if layout and layout.owner != EXTERNAL and source:
            raise forms.ValidationError(_("These files are the lender's own."))
        return source


class RowsForm(forms.Form):
    """What rejected rows are wanted for."""

    words = PurposeField()


class WithdrawForm(forms.Form):
    """Why files are given up."""

    reason = ReasonField(_("Why it is withdrawn"))


class UndoForm(forms.Form):
    """Why an import is to be taken back."""

    reason = ReasonField(_("Why it must be undone"))

"""What a person decides about a case."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reviews.domain import cases as judgement
from reviews.models import Decision

# Why a decision is refused, in words, with the field that shows it.
OBJECTIONS = {
    "verdict": ("verdict", _("Choose a verdict.")),
    "reason": ("reason", _("This reason does not belong to the verdict.")),
    "note": ("note", _("To watch somebody needs a note: what to look for, and until when.")),
}


def grouped_reasons():
    """Reasons under their verdict, as a select shows them."""
    verdicts, reasons = dict(Decision.Verdict.choices), dict(Decision.Reason.choices)
    return [
        (verdicts[verdict], [(code, reasons[code]) for code in codes])
        for verdict, codes in judgement.REASONS.items()
    ]


class DecideForm(forms.Form):
    """A verdict, a reason that belongs to it, and a note where the verdict asks for one."""

    verdict = forms.ChoiceField(label=_("Verdict"), choices=Decision.Verdict.choices)
    reason = forms.ChoiceField(label=_("Reason"), choices=lambda: [("", _("Choose…")), *grouped_reasons()])
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Facts and reasons, no names or numbers of people. Needed for watch."),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean() or {}
        if {"verdict", "reason"} <= data.keys():
            objection = judgement.objection(data["verdict"], data["reason"], data.get("note", ""))
            if objection:
                self.add_error(*OBJECTIONS[objection])
        return data

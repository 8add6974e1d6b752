"""Input of feedback: checked here, acted on elsewhere."""

from django import forms
from django.utils.translation import gettext_lazy as _

SCORES = (
    (5, _("very satisfied")),
    (4, _("satisfied")),
    (3, _("neither")),
    (2, _("dissatisfied")),
    (1, _("very dissatisfied")),
)


class AnswerForm(forms.Form):
    """A score, and words if somebody has any; whether they are a complaint, only the customer says."""

    score = forms.TypedChoiceField(
        label=_("How satisfied are you with us?"), choices=SCORES, coerce=int, widget=forms.RadioSelect()
    )
    words = forms.CharField(
        label=_("What should we know?"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Optional. Please write no names and no numbers of people or accounts."),
    )
    is_complaint = forms.BooleanField(
        label=_("This is a complaint"),
        required=False,
        help_text=_("You get an answer within the legal time."),
    )
    never_again = forms.BooleanField(label=_("Do not ask me again"), required=False)

    def clean(self):
        given = super().clean()
        if given.get("is_complaint") and not given.get("words", "").strip():
            self.add_error("words", _("Say what your complaint is about."))
        return given

"""What is typed during a call, and what is answered after it."""

from datetime import date

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models import Response
from feedback.templatetags.surveys import SCORES
from servicing.domain.intake import fields
from servicing.domain.privacy import kept
from servicing.domain.staff import RIGHTS
from servicing.forms.archive import DayInput
from servicing.forms.ledger import PurposeField
from servicing.models import Loan, Staff

# Days outside are slips of the pen, in a form as in a file.
LIKELY = [
    MinValueValidator(date(int(fields.FIRST_YEAR), 1, 1)),
    MaxValueValidator(date(int(fields.END_YEAR) - 1, 12, 31)),
]
EXACT = {"autocomplete": "off", "spellcheck": "false"}


def words(label, *, rows, longest, help_text=""):
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=longest, help_text=help_text, widget=area)


class FindForm(forms.Form):
    """Exactly what the caller names."""

    text = forms.CharField(max_length=64)


class VerifyForm(forms.Form):
    """What the caller says about the own person; nothing of it is kept."""

    name = forms.CharField(
        label=_("Full name"), required=False, max_length=64, widget=forms.TextInput(attrs=EXACT)
    )
    national_id = forms.CharField(
        label=_("National id"), required=False, max_length=24, widget=forms.TextInput(attrs=EXACT)
    )
    phone = forms.CharField(
        label=_("Phone"), required=False, max_length=24, widget=forms.TextInput(attrs=EXACT)
    )


class LogForm(forms.Form):
    """One voice: kind, loan and instalment, where it hurt, words; the rest where the call needs it."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("What is it?"), choices=Response.Kind.choices)
    loan = forms.ModelChoiceField(
        label=_("Loan"), required=False, queryset=Loan.objects.none(), empty_label=_("no loan in particular")
    )
    instalment = forms.IntegerField(label=_("Instalment"), required=False, min_value=1, max_value=999)
    where = forms.ChoiceField(
        label=_("Where it hurt"), choices=lambda: [("", _("Choose…")), *Response.Where.choices]
    )
    words = words(
        _("In the caller's words"), rows=4, longest=4000,
        help_text=_("Numbers of people are masked when it is saved."),
    )  # fmt: skip
    wants_person = forms.BooleanField(label=_("wants a person to judge"), required=False)
    is_complex = forms.BooleanField(label=_("complex"), required=False)
    channel = forms.ChoiceField(
        label=_("How it came"), initial=Response.Channel.CALL,
        choices=[pair for pair in Response.Channel.choices if pair[0] not in ("file", "survey")],
    )  # fmt: skip
    received_on = forms.DateField(
        label=_("Received on"), required=False, widget=DayInput(), help_text=_("Empty: today."),
        validators=LIKELY,
    )  # fmt: skip
    speaker = forms.ChoiceField(label=_("Who speaks"), choices=Response.Speaker.choices)
    authority = forms.CharField(
        label=_("Authority"), required=False, max_length=200, widget=forms.TextInput(attrs=EXACT),
        help_text=_("Of an agent or third party: which paper was seen, of what day."),
    )  # fmt: skip
    hotline = forms.ChoiceField(
        label=_("Forwarded by"), required=False, choices=[("", _("nobody")), *Response.Hotline.choices]
    )
    hotline_number = forms.CharField(
        label=_("Number of the hotline"), required=False, max_length=64, widget=forms.TextInput(attrs=EXACT)
    )
    hotline_due_on = forms.DateField(
        label=_("Its deadline"), required=False, widget=DayInput(), validators=LIKELY
    )

    def __init__(self, *args, loans, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["loan"].queryset = loans  # type: ignore[attr-defined]

    def said(self):
        """What `responses.log` takes, apart from who and when."""
        given = dict(self.cleaned_data)
        given.pop("received_on")
        return given


class AnswerForm(forms.Form):
    words = words(_("Answer"), rows=6, longest=4000, help_text=_("What the customer is told, in writing."))


class NoteForm(forms.Form):
    key = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    words = words(
        _("Internal note"), rows=2, longest=2000, help_text=_("For colleagues; never for the customer.")
    )


class PromiseForm(forms.Form):
    key = forms.CharField(max_length=32, required=False, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What is promised"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    days = forms.IntegerField(
        label=_("Within working days"), required=False, min_value=1, max_value=60,
        help_text=_("Empty: as the setting says."),
    )  # fmt: skip


class HandOverForm(forms.Form):
    person = forms.ModelChoiceField(label=_("Colleague"), queryset=Staff.objects.none())

    def __init__(self, *args, owner, **kwargs):
        super().__init__(*args, **kwargs)
        may = Q(role__name__in=RIGHTS["response.answer"], is_active=True)
        people = Staff.objects.filter(may).exclude(pk=owner).order_by("name")
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class MergeForm(forms.Form):
    into = forms.CharField(
        label=_("Reference of the other"), max_length=16,
        widget=forms.TextInput(attrs=EXACT | {"placeholder": "F-0000-0000"}),
    )  # fmt: skip


class IdentifyForm(forms.Form):
    reference = forms.CharField(
        label=_("Reference of the borrower"), max_length=16, widget=forms.TextInput(attrs=EXACT)
    )


class ComplexForm(forms.Form):
    reason = PurposeField(_("Why it is complex"))


class ExtendForm(forms.Form):
    purpose = PurposeField(_("Why it needs more time"))


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label=_("New number"), max_length=24, widget=forms.TextInput(attrs=EXACT | {"inputmode": "tel"})
    )


class SurveyForm(forms.Form):
    """A score, and words if somebody has any; whether they are a complaint, only the customer says."""

    score = forms.TypedChoiceField(
        label=_("How satisfied are you with us?"),
        choices=list(SCORES.items()),
        coerce=int,
        widget=forms.RadioSelect(),
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
        given = super().clean() or {}
        given["words"] = kept(given.get("words", ""))
        if given.get("is_complaint") and not given["words"] and not self.errors.get("words"):
            self.add_error("words", _("Say what your complaint is about."))
        return given


class TellForm(forms.Form):
    """What all of those who reported are told."""

    words = forms.CharField(
        label=_("What they are told"),
        min_length=10,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The same words for everybody, so nothing that concerns one of them alone."),
    )


class TopicForm(forms.Form):
    """A new word of the list of topics."""

    name = forms.CharField(
        label=_("New topic"), max_length=32, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

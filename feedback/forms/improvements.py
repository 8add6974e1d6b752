"""What people enter about obstacles and improvements."""

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.models import Improvement, Obstacle, Response, Signature
from servicing.domain.privacy import blur
from servicing.domain.staff import RIGHTS
from servicing.forms.archive import DayInput
from servicing.forms.ledger import PurposeField
from servicing.models import Staff

WORDS = forms.Textarea(attrs={"rows": 3})


def owners():
    """Who may look after an improvement."""
    roles = sorted(RIGHTS["obstacle.name"])
    return Staff.objects.filter(is_active=True, role__name__in=roles).order_by("name")


class SignatureForm(forms.Form):
    """By what an obstacle is known; it stands in the address of the form, so nobody types it."""

    side = forms.ChoiceField(choices=Signature.Side.choices, widget=forms.HiddenInput)
    channel = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    error_code = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)
    where = forms.ChoiceField(
        required=False, choices=[("", ""), *Response.Where.choices], widget=forms.HiddenInput
    )
    topic = forms.CharField(required=False, max_length=32, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean() or {}
        other = (
            ("where", "topic") if data.get("side") == Signature.Side.FAILURES else ("channel", "error_code")
        )
        is_words = data.get("side") == Signature.Side.WORDS
        if any(data.get(name) for name in other) or (is_words and not data.get("where")):
            raise forms.ValidationError(_("This is no mark of an obstacle."))
        if any(blur(data.get(name, "")) != data.get(name, "") for name in ("channel", "error_code", "topic")):
            raise forms.ValidationError(_("This is no mark of an obstacle."))
        return data


class NameForm(forms.Form):
    """A new name for a mark, or the obstacle that it belongs to."""

    title = forms.CharField(
        label=_("Name of the obstacle"), required=False, max_length=120,
        help_text=_("What keeps customers from paying, in a few words, such as: binding a new card fails."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("Note"), required=False, max_length=2000, widget=WORDS,
        help_text=_("What you know of it, no names or numbers of people."),
    )  # fmt: skip
    obstacle = forms.ModelChoiceField(
        label=_("or one that has a name already"), required=False, empty_label=_("a new obstacle"),
        queryset=Obstacle.objects.order_by("title"),
    )  # fmt: skip
    heard = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)

    def clean(self):
        data = super().clean() or {}
        if not data.get("obstacle") and not (data.get("title") or "").strip():
            self.add_error("title", _("Give it a name, or choose one that has one."))
        return data


class BeginForm(forms.Form):
    """What is changed about an obstacle, by whom, and what is expected of it."""

    title = forms.CharField(label=_("What is changed, in a few words"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=Improvement.Kind.choices)
    cause = forms.ChoiceField(label=_("Cause"), choices=Improvement.Cause.choices)
    change = forms.CharField(
        label=_("What exactly"), max_length=2000, widget=WORDS,
        help_text=_("What is different afterwards, no names or numbers of people."),
    )  # fmt: skip
    owner = forms.ModelChoiceField(label=_("Owner"), empty_label=_("Choose…"), queryset=owners())
    fall = forms.IntegerField(
        label=_("Planned fall of the rate, %"), min_value=1, max_value=95, initial=50,
        help_text=_("The smaller it is, the more weeks it takes to prove it."),
    )  # fmt: skip
    planned_on = forms.DateField(label=_("Planned for"), required=False, widget=DayInput())


class FixForm(forms.Form):
    """Since when the change is in force for everybody."""

    fixed_on = forms.DateField(label=_("In force since"), widget=DayInput())


class PassOnForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("New owner"), empty_label=_("Choose…"), queryset=owners())


class DropForm(forms.Form):
    reason = PurposeField(_("Why nothing more is done"))

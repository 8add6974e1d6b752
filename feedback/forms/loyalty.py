"""Tiers and campaigns as forms: conditions row by row; and why they are refused, in words."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from feedback.domain import loyalty
from feedback.domain.loyalty.facts import MOST
from feedback.models import Campaign, Level
from feedback.templatetags.loyalty import NAMES, fact_name
from servicing.forms.archive import DayInput
from servicing.forms.ledger import PurposeField

SIGNS = [(">=", _("at least")), ("<=", _("at most"))]
PARTS = ("fact", "op", "value")


def objection(bad):
    """Why a condition is refused, as a sentence."""
    words = {
        "twice": _("“%(what)s” is asked the same twice."),
        "empty": _("Each tier asks for something."),
        "many": _("At most six conditions."),
        "value": _("“%(what)s” is not a whole number that can be asked for."),
    }
    what = fact_name(bad.what) if isinstance(bad.what, str) else bad.what
    return words.get(bad.code, _("“%(what)s” cannot be asked for.")) % {"what": what}


class PurposeForm(forms.Form):
    purpose = PurposeField()


def condition_fields(prefix, facts):
    """The fields of so many conditions as there may be, the first of them shown first."""
    choices = [("", _("Choose…")), *((fact.code, NAMES[fact.code]) for fact in facts)]
    for row in range(1, MOST + 1):
        each = {"number": row}
        yield (
            f"{prefix}fact_{row}",
            forms.ChoiceField(label=_("Fact %(number)s") % each, choices=choices, required=False),
        )
        yield (
            f"{prefix}op_{row}",
            forms.ChoiceField(label=_("Comparison %(number)s") % each, choices=SIGNS, required=False),
        )
        yield (
            f"{prefix}value_{row}",
            forms.IntegerField(
                label=_("Value %(number)s") % each, required=False, min_value=0, max_value=100_000
            ),
        )


def rows_of(form, prefix):
    """The fields of the conditions, row by row."""
    return [[form[f"{prefix}{part}_{row}"] for part in PARTS] for row in range(1, MOST + 1)]


def taken(form, given, prefix):
    """The conditions out of what was given; a row that is left empty is none."""
    found = []
    for row in range(1, MOST + 1):
        fact, op, value = (given.pop(f"{prefix}{part}_{row}", None) for part in PARTS)
        if fact and value is None and f"{prefix}value_{row}" not in form.errors:
            form.add_error(f"{prefix}value_{row}", gettext("Say which number to compare with."))
        elif fact:
            found.append({"fact": fact, "op": op or ">=", "value": value})
    return found


def begun(conditions, prefix):
    """The same conditions as a form begins with them."""
    return {
        f"{prefix}{part}_{row}": condition[part]
        for row, condition in enumerate(conditions, start=1)
        for part in PARTS
    }


class LadderForm(forms.Form):
    """What each tier asks."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for level in loyalty.RUNGS:
            self.fields.update(condition_fields(f"tier{level}_", loyalty.FACTS))

    @property
    def rungs(self):
        return [(Level(level).label, rows_of(self, f"tier{level}_")) for level in loyalty.RUNGS]

    def clean(self):
        given = super().clean() or {}
        return {"rungs": {str(level): taken(self, given, f"tier{level}_") for level in loyalty.RUNGS}}

    @staticmethod
    def of(rungs):
        return {k: v for level in loyalty.RUNGS for k, v in begun(rungs[str(level)], f"tier{level}_").items()}


class CampaignForm(forms.Form):
    """A campaign in full."""

    title_zh = forms.CharField(label=_("Chinese title"), max_length=40)
    title_en = forms.CharField(label=_("English title"), max_length=80)
    kind = forms.ChoiceField(label=_("What is offered"), choices=Campaign.Kind.choices)
    terms_zh = forms.CharField(
        label=_("Terms in Chinese"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    terms_en = forms.CharField(
        label=_("Terms in English"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    script_zh = forms.CharField(
        label=_("What to say, in Chinese"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    script_en = forms.CharField(
        label=_("What to say, in English"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    budget = forms.DecimalField(label=_("Budget, yuan"), min_value=0, max_digits=14, decimal_places=2)
    cost = forms.DecimalField(
        label=_("Cost of an accepted offer, yuan"), min_value=0, max_digits=10, decimal_places=2
    )
    starts_on = forms.DateField(label=_("First day"), widget=DayInput())
    ends_on = forms.DateField(label=_("Last day"), widget=DayInput())
    offer_days = forms.IntegerField(
        label=_("Days in which an offer can be taken"), min_value=1, max_value=365, initial=30
    )
    cap_days = forms.IntegerField(
        label=_("Days of peace after another offer"), min_value=0, max_value=365, initial=14
    )
    held_percent = forms.IntegerField(
        label=_("Share held out, percent"),
        min_value=5,
        max_value=50,
        initial=20,
        help_text=_("Drawn by a keyed hash; they never hear of it, so that the effect can be measured."),
    )
    is_profiled = forms.BooleanField(
        label=_("Chosen by what we know of the borrower"),
        required=False,
        initial=True,
        help_text=_("Without it, everybody who settled a loan and opted in is offered the same."),
    )
    sends = forms.BooleanField(
        label=_("Also send a message"),
        required=False,
        help_text=_("Once to each, with the terms; never to who has said no."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.update(condition_fields("", (*loyalty.FACTS, loyalty.TIER)))

    @property
    def rows(self):
        return rows_of(self, "")

    @property
    def others(self):
        inside = {field.name for row in self.rows for field in row}
        return [field for field in self if field.name not in inside]

    def clean(self):
        given = super().clean() or {}
        given["conditions"] = taken(self, given, "")
        if given["conditions"] and not given.get("is_profiled"):
            self.add_error("is_profiled", gettext("Without profiling nothing can be asked of the borrower."))
        first, last = given.get("starts_on"), given.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", gettext("It would end before it begins."))
        return given

    @staticmethod
    def of(campaign):
        names = (name for name in CampaignForm.base_fields)
        return {name: getattr(campaign, name) for name in names} | begun(campaign.conditions, "")


class HoldForm(forms.Form):
    """Until when a borrower is offered nothing, and why."""

    until_on = forms.DateField(label=_("Until"), widget=DayInput())
    purpose = PurposeField(_("Why, for risk alone"))

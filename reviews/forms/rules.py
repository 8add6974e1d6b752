"""A rule as a form: names, conditions row by row, how pressing; and why it is refused, in words."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from reviews.domain import rules
from reviews.domain.features import FEATURES
from reviews.models import Case
from reviews.templatetags.rules import feature_name
from reviews.templatetags.versions import SIGNS
from servicing.forms.ledger import PurposeField

ROWS = range(1, rules.CONDITIONS[-1] + 1)


def objection(bad):
    """Why a rule is refused, as a sentence about what is wrong in it."""
    words = {
        "feature": _("There is no feature “%(what)s”."),
        "operator": _("“%(what)s” is not a comparison that a rule may make."),
        "threshold": _("“%(what)s” is not a whole number that a rule may compare with."),
        "conditions": _("A rule has one to six conditions."),
        "twice": _("The feature “%(what)s” is asked the same twice."),
        "never": _("The feature “%(what)s” is never as these conditions ask: the rule could never fire."),
        "form": _("The conditions are not in the form of conditions: “%(what)s”."),
        "name_zh": _("A rule needs a Chinese name of at most 40 characters."),
        "name_en": _("A rule needs an English name of at most 60 characters."),
        "priority": _("The priority is a whole number from 1 to 99."),
        "group": _("There is no subject “%(what)s”."),
        "worse": _("Worse is more or less of a feature, not “%(what)s”."),
    }
    text = words.get(bad.code, _("“%(what)s” cannot be part of a rule."))
    return text % {"what": feature_name(bad.what) if isinstance(bad.what, str) else bad.what}


def features():
    """All features by their names, to choose one."""
    return [("", _("Choose…")), *((each.code, feature_name(each.code)) for each in FEATURES)]


class RuleForm(forms.Form):
    """What a version says; rows of conditions that are left empty are none."""

    name_zh = forms.CharField(label=_("Chinese name"), max_length=rules.NAMES["name_zh"])
    name_en = forms.CharField(label=_("English name"), max_length=rules.NAMES["name_en"])
    priority = forms.IntegerField(
        label=_("Priority"),
        min_value=rules.PRIORITIES[0],
        max_value=rules.PRIORITIES[-1],
        help_text=_("Larger is more pressing: such cases stand first in the queue."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        signs = [(op, SIGNS[op]) for op in rules.OPERATORS]
        for row in ROWS:
            each = {"number": row}
            self.fields[f"feature_{row}"] = forms.ChoiceField(
                label=_("Feature %(number)s") % each, choices=features, required=row == 1
            )
            self.fields[f"op_{row}"] = forms.ChoiceField(
                label=_("Comparison %(number)s") % each, choices=signs, required=False
            )
            self.fields[f"threshold_{row}"] = forms.IntegerField(
                label=_("Value %(number)s") % each, required=False
            )

    @property
    def rows(self):
        """The fields of the conditions, row by row."""
        return [[self[f"{name}_{row}"] for name in ("feature", "op", "threshold")] for row in ROWS]

    @property
    def others(self):
        """All other fields, in the order of the form."""
        inside = {field.name for row in self.rows for field in row}
        return [field for field in self if field.name not in inside]

    def clean(self):
        given = super().clean() or {}
        given["conditions"] = []
        for row in ROWS:
            feature, op, threshold = (
                given.pop(f"{name}_{row}", None) for name in ("feature", "op", "threshold")
            )
            if feature and threshold is None and f"threshold_{row}" not in self.errors:
                self.add_error(f"threshold_{row}", gettext("Say which number to compare with."))
            elif feature:
                given["conditions"].append({"feature": feature, "op": op, "threshold": threshold})
        return given

    @staticmethod
    def of(version):
        """What a version says, as the form begins with it."""
        first = {name: getattr(version, name) for name in ("name_zh", "name_en", "priority")}
        for row, condition in enumerate(version.conditions, start=1):
            first |= {f"{name}_{row}": condition[name] for name in ("feature", "op", "threshold")}
        return first


class NewRuleForm(RuleForm):
    """A rule that the house has not yet: also its subject, and what tells how bad it is."""

    group = forms.ChoiceField(label=_("Subject"), choices=Case.Group.choices)
    measure = forms.ChoiceField(
        label=_("What tells how bad it is"),
        choices=features,
        help_text=_("It is never changed, so that what people answered stays comparable."),
    )
    worse = forms.ChoiceField(
        label=_("Worse is"), choices=[("more", _("more of it")), ("less", _("less of it"))]
    )


class ProposeForm(forms.Form):
    """What is to become of a rule, and why."""

    act = forms.ChoiceField(choices=[(act, act) for act in ("activate", "restore", "retire")])
    version = forms.IntegerField(required=False)
    purpose = PurposeField()


class ReleaseForm(forms.Form):
    """Why a held rule may fill the queue after all."""

    reason = forms.CharField(
        label=_("Why its alerts should reach the queue"),
        min_length=10,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

"""What is proposed to a second person, why it is refused, and who stands in."""

from django import forms
from django.utils.translation import gettext_lazy as _

from servicing.domain.periods import BY_CODE, PERIODS
from servicing.forms.archive import DayInput
from servicing.forms.ledger import PurposeField
from servicing.models import Staff
from servicing.templatetags.periods import setting_name, setting_unit
from servicing.templatetags.staff import ROLES


class RefuseForm(forms.Form):
    reason = PurposeField(_("Why not"))


class RoleForm(forms.Form):
    """Which role a person is to have; nobody asks for the own."""

    person = forms.ModelChoiceField(label=_("Person"), queryset=Staff.objects.none())
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[("", _("no role")), *ROLES.items()],
        required=False,
    )
    purpose = PurposeField()

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        people = Staff.objects.filter(is_machine=False).exclude(pk=by.pk)
        self.fields["person"].queryset = people.order_by("name")  # type: ignore[attr-defined]


class ThresholdForm(forms.Form):
    """Another value for one of the guarded settings, from a day on."""

    code = forms.ChoiceField(
        label=_("Setting"),
        # When it is shown, because only then the language is known.
        choices=lambda: [
            (p.code, f"{setting_name(p.code)} ({setting_unit(p.code)})") for p in PERIODS if p.is_threshold
        ],
        help_text=_("These grade risk or guard against misuse, so a second person sets them."),
    )
    value = forms.IntegerField(label=_("Value"), min_value=0)
    from_on = forms.DateField(label=_("From"), widget=DayInput())
    purpose = PurposeField()

    def clean(self):
        given = super().clean() or {}
        setting, value = BY_CODE.get(given.get("code", "")), given.get("value")
        if setting and value is not None and not setting.low <= value <= setting.high:
            words = _("Choose a value from %(low)s to %(high)s.")
            self.add_error("value", words % {"low": setting.low, "high": setting.high})
        return given


class DeputyForm(forms.Form):
    """Who stands in for a lead, and on which days."""

    deputy = forms.ModelChoiceField(label=_("Deputy"), queryset=Staff.objects.none())
    from_on = forms.DateField(label=_("First day"), widget=DayInput())
    to_on = forms.DateField(label=_("Last day"), widget=DayInput())

    def __init__(self, *args, candidates, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["deputy"].queryset = candidates  # type: ignore[attr-defined]

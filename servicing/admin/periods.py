"""Settings and the working calendar: what is in force today, and the changes that made it so."""

from django import forms
from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.admin.audited import Audited
from servicing.domain import periods
from servicing.models import CalendarDay, Period
from servicing.templatetags.periods import setting_citation, setting_name, setting_unit


def has_begun(day):
    return day < timezone.localdate()


class PeriodForm(forms.ModelForm):
    """A value never works back: what was done in its days was done by the old one."""

    def clean_valid_from(self):
        if has_begun(self.cleaned_data["valid_from"]):
            raise forms.ValidationError(_("A setting begins today or later."))
        return self.cleaned_data["valid_from"]


@admin.register(Period)
class PeriodAdmin(Audited):
    list_display = ("setting", "value", "unit", "citation", "valid_from", "valid_to")

    def changelist_view(self, request, extra_context=None):
        changed = Period.objects.in_force(on=timezone.localdate()).order_by("valid_from")
        changed = {row.code: row for row in changed}
        in_force = [(default, changed.get(default.code)) for default in periods.PERIODS]
        return super().changelist_view(request, {"in_force": in_force} | (extra_context or {}))

    @admin.display(description=_("setting"), ordering="code")
    def setting(self, period):
        return setting_name(period.code)

    @admin.display(description=_("unit"))
    def unit(self, period):
        return setting_unit(period.code)

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "code":
            kwargs["choices"] = [
                (p.code, f"{setting_name(p.code)} ({p.value} {setting_unit(p.code)})")
                for p in periods.PERIODS
                if not p.is_threshold
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request):
        """The link beside a setting brings its code; what is in force is what one starts from."""
        default = periods.BY_CODE.get(request.GET.get("code", ""))
        if default is None:
            return {}
        return {
            "code": default.code,
            "value": default.value,
            "citation": setting_citation(default.citation),
            "valid_from": timezone.localdate(),
        }

    def get_form(self, request, obj=None, change=False, **kwargs):
        return super().get_form(request, obj, change, form=PeriodForm, **kwargs)

    def has_change_permission(self, request, obj=None):
        """What two people decide stays, and so does what was in force: another value begins anew."""
        stays = obj is not None and (periods.BY_CODE[obj.code].is_threshold or has_begun(obj.valid_from))
        return super().has_change_permission(request) and not stays

    has_delete_permission = has_change_permission


@admin.register(CalendarDay)
class CalendarDayAdmin(Audited):
    list_display = ("day", "is_workday", "note")

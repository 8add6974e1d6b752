"""Django's admin: people, products, schedule, calendar, settings. No borrower and no rule stands here."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_celery_beat import models as clock

from servicing.actions import ledger, staff
from servicing.domain import periods
from servicing.domain import staff as table
from servicing.models import CalendarDay, Period, Product, Staff


class Audited(admin.ModelAdmin):
    """Whoever may enter may change; each change is one ledger row in the same transaction."""

    def has_view_permission(self, request, obj=None):
        return request.user.may("admin.enter")

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission
    has_module_permission = has_view_permission

    def _record(self, request, what, target, detail=None):
        ledger.record(what=what, target=target, by=request.user, at=timezone.now(), detail=detail)

    def construct_change_message(self, request, form, formsets, add=False):
        """{field: [before, after]}; a password is named and never shown."""
        return {
            field: ["", ""]
            if "password" in field
            else [str(form.initial.get(field, "")), str(form.cleaned_data[field])]
            for field in form.changed_data
            if field in form.cleaned_data
        }

    def log_addition(self, request, obj, message):
        self._record(request, f"{obj._meta.model_name}.added", obj, {"change": message})

    def log_change(self, request, obj, message):
        self._record(request, f"{obj._meta.model_name}.changed", obj, {"change": message})

    def log_deletions(self, request, queryset):
        for obj in queryset:
            self._record(request, f"{obj._meta.model_name}.deleted", obj, {"was": str(obj)})

    def response_action(self, request, queryset):  # type: ignore[override]
        # Django's own action writes the trail and deletes in two calls: one transaction.
        with transaction.atomic():
            return super().response_action(request, queryset)


class StaffCreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Staff
        fields = ("username", "name")


class StaffChangeForm(UserChangeForm):
    password = None  # type: ignore[assignment]  # Django's way to leave a field out

    class Meta(UserChangeForm.Meta):
        model = Staff
        fields = ("username", "name", "is_active")  # type: ignore[assignment]


@admin.register(Staff)
class StaffAdmin(Audited, UserAdmin):
    """A role is granted by a second person, so it is shown here and not changed."""

    form, add_form = StaffChangeForm, StaffCreationForm
    list_display = ("username", "name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("username", "name", "is_active", "role", "last_login")}),)
    add_fieldsets = ((None, {"fields": ("username", "name", "password1", "password2")}),)
    readonly_fields = ("role", "last_login")
    actions = ("unlock",)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(is_machine=False).select_related("role")

    def has_delete_permission(self, request, obj=None):
        return False  # people leave traces; they are deactivated

    def user_change_password(self, request, id, form_url=""):
        # An admin who sets a password has the role of its owner; the operator's shell does it.
        raise PermissionDenied

    @admin.action(description=_("Unlock sign-in"))
    def unlock(self, request, queryset):
        for person in queryset:
            staff.unlock(person=person, by=request.user, at=timezone.now())
        self.message_user(request, _("Unlocked."), messages.SUCCESS)


@admin.register(Product)
class ProductAdmin(Audited):
    list_display = ("code", "name")
    search_fields = ("code", "name")

    def get_readonly_fields(self, request, obj=None):
        return ("code",) if obj else ()  # loans name their product by it

    def has_delete_permission(self, request, obj=None):
        return False  # and Django's own refusal would list those loans


@admin.register(Period)
class PeriodAdmin(Audited):
    list_display = ("code", "value", "unit", "citation", "valid_from", "valid_to")
    list_filter = ("code",)

    @admin.display(description=_("unit"))
    def unit(self, period):
        return periods.BY_CODE[period.code].unit

    def formfield_for_choice_field(self, db_field, request, **kwargs):
        if db_field.name == "code":
            kwargs["choices"] = [
                (p.code, f"{p.code} ({p.value} {p.unit})") for p in periods.PERIODS if not p.is_threshold
            ]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_change_permission(self, request, obj=None):
        is_threshold = obj is not None and periods.BY_CODE[obj.code].is_threshold
        return super().has_change_permission(request) and not is_threshold

    has_delete_permission = has_change_permission


@admin.register(CalendarDay)
class CalendarDayAdmin(Audited):
    list_display = ("day", "is_workday", "note")


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(Audited):
    """The roles and what the permission table gives them, to read."""

    list_display = ("name", "headcount", "rights")
    fields = ("name", "rights")

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description=_("people"))
    def headcount(self, role):
        return role.people.count()

    @admin.display(description=_("rights"))
    def rights(self, role):
        return ", ".join(right for right in table.RIGHTS if table.allows(role.name, right))


for _model in (
    clock.PeriodicTask,
    clock.IntervalSchedule,
    clock.CrontabSchedule,
    clock.ClockedSchedule,
    clock.SolarSchedule,
):
    admin.site.unregister(_model)


@admin.register(clock.PeriodicTask)
class ScheduleAdmin(Audited):
    """When the shipped tasks run; which task an entry runs is not for this page to change."""

    list_display = ("name", "enabled", "interval", "crontab", "last_run_at")
    fieldsets = ((None, {"fields": ("name", "task", "enabled", "interval", "crontab", "last_run_at")}),)
    readonly_fields = ("name", "task", "last_run_at")
    actions = ()
    search_fields = ("name",)

    def has_add_permission(self, request, obj=None):
        return False

    has_delete_permission = has_add_permission


@admin.register(clock.IntervalSchedule)
class IntervalAdmin(Audited):
    list_display = ("every", "period")


@admin.register(clock.CrontabSchedule)
class CrontabAdmin(Audited):
    list_display = ("__str__", "timezone")

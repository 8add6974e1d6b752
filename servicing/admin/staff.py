"""People and their roles; a role is granted by a second person, so it is shown here and not changed."""

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from servicing.actions import staff
from servicing.admin.audited import Audited
from servicing.domain import staff as table
from servicing.models import Staff
from servicing.templatetags.staff import right_name, role_name


class StaffCreationForm(AdminUserCreationForm):
    class Meta(AdminUserCreationForm.Meta):
        model = Staff
        fields = ("username", "name")


class StaffChangeForm(UserChangeForm):
    password = None  # type: ignore[assignment]  # Django's way to leave a field out

    class Meta(UserChangeForm.Meta):
        model = Staff
        fields = ("username", "name", "is_active")  # type: ignore[assignment]


class RoleFilter(admin.RelatedFieldListFilter):
    """Roles by their names instead of their codes."""

    def field_choices(self, field, request, model_admin):
        return [(pk, role_name(code)) for pk, code in super().field_choices(field, request, model_admin)]


@admin.register(Staff)
class StaffAdmin(Audited, UserAdmin):
    form, add_form = StaffChangeForm, StaffCreationForm
    # UserAdmin's own talks about further options that a person does not have here.
    add_form_template = None
    list_display = ("username", "name", "role_words", "is_active", "last_login")
    list_filter = (("role", RoleFilter), "is_active")
    search_fields = ("username", "name")
    ordering = ("username",)
    filter_horizontal = ()
    fieldsets = ((None, {"fields": ("username", "name", "is_active", "role_words", "last_login")}),)
    add_fieldsets = ((None, {"fields": ("username", "name", "password1", "password2")}),)
    readonly_fields = ("role_words", "last_login")
    actions = ("unlock",)

    def get_queryset(self, request):
        return super().get_queryset(request).filter(is_machine=False).select_related("role")

    @admin.display(description=_("role"), ordering="role__name")
    def role_words(self, person):
        return role_name(person.role_code) if person.role_code else _("no role")

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


admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(Audited):
    """The roles and what the permission table gives them, to read."""

    list_display = ("role", "headcount", "count")
    fields = ("role", "headcount", "rights")

    def has_add_permission(self, request, obj=None):
        return False

    has_change_permission = has_delete_permission = has_add_permission

    @admin.display(description=_("role"), ordering="name")
    def role(self, role):
        return role_name(role.name)

    @admin.display(description=_("people"))
    def headcount(self, role):
        return role.people.count()

    @admin.display(description=_("rights"))
    def count(self, role):
        return len(self._held(role))

    @admin.display(description=_("rights"))
    def rights(self, role):
        return format_html_join("", "<p>{}</p>", ((right_name(right),) for right in self._held(role)))

    def _held(self, role):
        return [right for right in table.RIGHTS if table.allows(role.name, right)]

"""People who work here, and the machines that act for the house."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from servicing.domain import staff as table

# Nobody signs in by these names, so they may be words.
MACHINES = {
    "clock": _("the schedule"),
    "operator": _("the shell"),
    "core": _("the loan core"),
    "public": _("the customer"),
}


class StaffManager(BaseUserManager):
    def get_by_natural_key(self, username):
        return self.get(username=username)


class Staff(AbstractBaseUser):
    """One person and at most one role: no admin can also be a query user, by construction."""

    username = models.CharField(_("username"), max_length=64, unique=True)
    name = models.CharField(_("full name"), max_length=64, blank=True)
    role = models.ForeignKey(
        Group, verbose_name=_("role"), null=True, blank=True, on_delete=models.PROTECT, related_name="people"
    )
    is_machine = models.BooleanField(_("acts for the house, cannot sign in"), default=False)
    is_active = models.BooleanField(_("may sign in"), default=True)
    joined_at = models.DateTimeField(auto_now_add=True)

    objects = StaffManager()

    USERNAME_FIELD = "username"

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_machine=False) | models.Q(role=None, is_active=False),
                name="a_machine_has_no_role_and_no_sign_in",
            )
        ]

    def __str__(self):
        return str(MACHINES.get(self.username, self.name or self.username))

    @property
    def role_code(self) -> str:
        return self.role.name if self.role else ""

    def may(self, right: str) -> bool:
        """Whether the permission table gives this person the right, as of now."""
        return self.is_active and table.allows(self.role_code, right)

    # Django's admin asks these; the answers come from the same table.
    is_superuser = False

    @property
    def is_staff(self) -> bool:
        return self.may("admin.enter")

    def has_perm(self, perm, obj=None) -> bool:
        return self.may(perm)

    def has_module_perms(self, app_label) -> bool:
        return self.may("admin.enter")


class SavedViewQuerySet(models.QuerySet):
    def visible_to(self, person):
        """The own ones, and what a lead shares with the team that the person belongs to."""
        leads = [lead for lead, team in table.TEAMS.items() if person.role_code in team]
        shared = models.Q(is_shared=True, person__role__name__in=leads, person__is_active=True)
        return self.filter(models.Q(person=person) | shared).select_related("person").order_by("name", "pk")


class SavedView(models.Model):
    """Filters and order of one list under a name; never what somebody typed to find a person."""

    person = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+")
    view = models.CharField(max_length=64, help_text="the route name of the list")
    name = models.CharField(_("name"), max_length=40)
    query = models.CharField(max_length=500, blank=True)
    is_default = models.BooleanField(_("open the list with it"), default=False)
    is_shared = models.BooleanField(_("share with my team"), default=False)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "view", "name"], name="one_saved_view_a_name"),
            models.UniqueConstraint(
                fields=["person", "view"],
                condition=models.Q(is_default=True),
                name="one_default_view_a_list",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self):
        return self.name

"""People who work here, and the machines that act for the house."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, Group
from django.db import models
from django.utils.translation import gettext_lazy as _

from servicing.domain import staff as table

# Nobody signs in by these names, so they may be words.
MACHINES = {"clock": _("the schedule"), "operator": _("the shell"), "core": _("the loan core")}


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

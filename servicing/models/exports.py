"""Files that leave the house: which rows, for whom, what for, and until when."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# The view of the list whose rows are settlements.
SETTLED_LOANS = "servicing:loan-list"


class ExportQuerySet(models.QuerySet):
    def for_export_page(self):
        return self.select_related("by", "approval")

    def approved_for(self, person, *, at):
        """What a second person has allowed and can still be fetched."""
        return self.filter(by=person, approval__isnull=False, expires_at__gt=at).order_by("expires_at")

    def free_of(self, person, *, since):
        """What a person took without a second person."""
        return self.filter(by=person, approval=None, at__gt=since)

    def with_settlement(self, settlement):
        """Lists of settled loans since this version was frozen that held it."""
        return self.filter(view=SETTLED_LOANS, at__gte=settlement.frozen_at, ids__contains=[settlement.pk])


class Export(models.Model):
    """One file. The rows are fixed when it is asked for; what they hold is masked when it is fetched."""

    class Format(models.TextChoices):
        XLSX = "xlsx", _("Excel workbook (XLSX)")
        CSV = "csv", _("text table (CSV)")

    class Reason(models.TextChoices):
        REVIEW = "review", _("review within the house")
        RECONCILE = "reconcile", _("comparison with another system")
        AUDIT = "audit", _("audit")
        AUTHORITY = "authority", _("request of an authority")
        BORROWER = "borrower", _("request of the borrower")
        MEND = "mend", _("rejected rows are mended")

    view = models.CharField(max_length=64, help_text="the route name of the list")
    title = models.CharField(max_length=64)
    filters = models.JSONField(default=list, help_text="[[label, value]] as the list was narrowed")
    format = models.CharField(max_length=4, choices=Format)
    reason = models.CharField(max_length=16, choices=Reason)
    words = models.CharField(max_length=200)
    ids = ArrayField(models.BigIntegerField(), help_text="rows in their order")
    people = ArrayField(models.BigIntegerField(), help_text="the borrowers behind them, each once")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    approval = models.OneToOneField(
        "servicing.Approval", null=True, on_delete=models.PROTECT, related_name="export"
    )
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ready_at=None, expires_at=None)
                | Q(ready_at__isnull=False, expires_at__gt=models.F("ready_at")),
                name="a_ready_export_says_until_when",
            ),
            models.CheckConstraint(condition=~Q(words=""), name="export_says_what_for"),
        ]
        indexes = [
            models.Index(fields=["by", "-at"], name="export_by_person"),
            GinIndex(fields=["ids"], name="export_by_row"),
        ]

    def __str__(self):
        return f"E{self.pk}"

    def is_open(self, *, at):
        """Whether the file can be fetched now."""
        return self.ready_at is not None and self.ready_at <= at < self.expires_at

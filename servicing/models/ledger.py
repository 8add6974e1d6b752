"""The append-only trail: who did or saw what, and when; chained by the database at commit."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

# Acts that changed nothing but the trail itself and somebody's own files and views.
LOOKS = (
    "borrower.searched",
    "borrower.viewed",
    "borrower.revealed",
    "borrower.refused",
    "borrower.guessed",
    "export.asked",
    "export.fetched",
    "export.traced",
    "reject.fetched",
    "reject.exported",
    "staff.signed_in",
    "staff.signed_out",
    "view.saved",
    "view.deleted",
)


class LedgerQuerySet(models.QuerySet):
    def about(self, target):
        return self.filter(target_type=target._meta.label_lower, target_id=str(target.pk))

    def guessing(self, *, since):
        """Of those who searched in vain too often."""
        return self.filter(what="borrower.guessed", at__gte=since).select_related("by").order_by("-pk")

    def for_ledger_page(self):
        return self.select_related("by", "link").order_by("-pk")


class LedgerEntry(models.Model):
    """One act. Rows are only ever inserted; triggers refuse everything else."""

    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=64)
    target_type = models.CharField(max_length=64, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id", "-id"], name="ledger_by_target"),
            models.Index(fields=["by", "-id"], name="ledger_by_person"),
            models.Index(fields=["what", "-id"], name="ledger_by_act"),
            models.Index(fields=["by", "what", "at"], name="ledger_of_a_day"),
            # Entries come in the order of their instants, so that a few pages of the table hold a day.
            BrinIndex(fields=["at"], name="ledger_by_instant", pages_per_range=16),
        ]
        constraints = [models.CheckConstraint(condition=~models.Q(what=""), name="ledger_entry_says_what")]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.what} {self.target_type}:{self.target_id}"


class LedgerLinkQuerySet(models.QuerySet):
    def newest_change(self):
        """Place of the newest entry that may have changed what pages show, in the order of commits; or 0."""
        acts = self.exclude(entry__what__in=LOOKS).order_by("-position")
        return acts.values_list("position", flat=True).first() or 0


class LedgerLink(models.Model):
    """An entry's place in the chain: sha256(previous hash + entry). Written by the database alone."""

    position = models.BigIntegerField(primary_key=True)
    entry = models.OneToOneField(LedgerEntry, on_delete=models.PROTECT, related_name="link")
    prev = models.BinaryField(max_length=32)
    hash = models.BinaryField(max_length=32)

    objects = LedgerLinkQuerySet.as_manager()

    def __str__(self):
        return f"{self.position} {bytes(self.hash).hex()[:12]}"


class LedgerHead(models.Model):
    """The newest link, in one row, which is locked as the last act of each transaction."""

    position = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="ledger_has_one_head")]

    def __str__(self):
        return str(self.position)

"""Files on their way in: staged row by row, checked, applied; what is refused stays with its reason."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportBatch(models.Model):
    """Files that belong together, known by the digest of their content."""

    class Status(models.TextChoices):
        STAGING = "staging", _("being read")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("waits for a second person")
        APPLYING = "applying", _("being applied")
        APPLIED = "applied", _("applied")
        REFUSED = "refused", _("refused")

    class Door(models.TextChoices):
        BROWSER = "browser", _("browser")
        SHELL = "shell", _("shell")

    digest = models.CharField(max_length=64)
    layout = models.CharField(max_length=32)
    name = models.CharField(max_length=200)
    door = models.CharField(max_length=7, choices=Door)
    status = models.CharField(max_length=8, choices=Status, default=Status.STAGING)
    run = models.ForeignKey("servicing.Run", null=True, on_delete=models.PROTECT, related_name="+")
    staged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    staged_at = models.DateTimeField()
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    refusal = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["layout", "digest"],
                condition=~models.Q(status="refused"),
                name="the_same_files_come_in_once",
            ),
            models.CheckConstraint(
                condition=models.Q(applied_by=None)
                | models.Q(door="shell")
                | ~models.Q(applied_by=models.F("staged_by")),
                name="who_stages_in_the_browser_does_not_apply",
            ),
        ]

    def __str__(self):
        return self.name


class StagedRow(models.Model):
    """One row of one file as it came. `parent` is the borrower of a loan, the loan of everything else."""

    class Kind(models.TextChoices):
        BORROWER = "borrower", _("borrower")
        LOAN = "loan", _("loan")
        INSTALMENT = "instalment", _("instalment")
        PAYMENT = "payment", _("payment")
        GUARANTOR = "guarantor", _("guarantor")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    kind = models.CharField(max_length=10, choices=Kind)
    key = models.CharField(max_length=64)
    parent = models.CharField(max_length=64, blank=True)
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    data = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["batch", "kind", "key"], name="staged_by_key"),
            models.Index(fields=["batch", "kind", "parent"], name="staged_by_parent"),
        ]

    def __str__(self):
        return f"{self.file}:{self.line}"


class Reject(models.Model):
    """A row that was not taken, where it stands, and why; the reason is a code, words come on the page."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rejects")
    file = models.CharField(max_length=100)
    line = models.IntegerField()
    column = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=64)
    key = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "file", "line", "column", "reason"], name="one_reject_a_place_and_reason"
            )
        ]

    def __str__(self):
        return f"{self.file}:{self.line} {self.reason}"

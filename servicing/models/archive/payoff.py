"""What has to be done after a payoff."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive.borrowers import sample
from servicing.models.archive.loans import Loan


class PayoffStepQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status=PayoffStep.Status.OPEN)

    def overdue(self, *, on):
        return self.open().filter(due_on__lt=on)

    def visible_to(self, person, *, on):
        """Steps of the loans that a person may open."""
        if not person.may("borrower.view"):
            return self.none()
        return self.filter(sample(person, on=on, path="loan__borrower__"))

    def for_today_page(self):
        """What waits longest first, in one query."""
        return self.select_related("loan", "loan__borrower").order_by("due_on", "pk")


class PayoffStep(models.Model):
    """One thing to be done after a payoff; it belongs to a version of the loan's settlement.

    `amount` is what was to be refunded, or how many guarantors stood for the loan, when last looked at.
    """

    class Kind(models.TextChoices):
        MANDATE = "mandate", _("debit mandate revoked")
        REMINDERS = "reminders", _("reminders and collectors recalled")
        REFUND = "refund", _("overpayment refunded")
        GUARANTOR = "guarantor", _("guarantor released")
        RECORD = "record", _("credit record drafted")

    class Status(models.TextChoices):
        OPEN = "open", _("to do")
        DONE = "done", _("done")
        NOT_NEEDED = "not_needed", _("not needed any more")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="steps")
    version = models.IntegerField()
    kind = models.CharField(max_length=9, choices=Kind)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    done_on = models.DateField(null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    done_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    objects = PayoffStepQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "version", "kind"], name="one_step_a_kind_and_version"),
            models.CheckConstraint(
                condition=Q(status="open", done_on=None, done_by=None, done_at=None)
                | ~Q(status="open") & Q(done_on__isnull=False, done_by__isnull=False, done_at__isnull=False),
                name="closed_step_says_who_and_when",
            ),
        ]
        indexes = [models.Index(fields=["due_on", "id"], name="step_to_do", condition=Q(status="open"))]

    def __str__(self):
        return f"{self.loan_id} v{self.version} {self.kind} {self.status}"

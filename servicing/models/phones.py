"""A new phone number of a borrower, from the call in which it was named until somebody else confirmed it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower


class PhoneChange(models.Model):
    """The number itself stands here only while it waits; once confirmed it is the borrower's own."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits to be confirmed")
        CONFIRMED = "confirmed", _("confirmed")
        DROPPED = "dropped", _("dropped")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    phone_cipher = models.BinaryField(null=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    # None where it waited too long.
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower"], condition=Q(status="waiting"), name="one_waiting_phone_a_borrower"
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", phone_cipher__isnull=False, ended_at=None, ended_by=None)
                | ~Q(Q(status="waiting") | Q(phone_cipher__isnull=False) | Q(ended_at=None)),
                name="a_phone_that_waits_no_more_is_not_kept_here",
            ),
            models.CheckConstraint(
                condition=~Q(status="confirmed") | (Q(ended_by__isnull=False) & ~Q(ended_by=F("noted_by"))),
                name="who_notes_a_phone_does_not_confirm_it",
            ),
        ]

    def __str__(self):
        return f"{self.borrower_id} {self.status}"

"""Objections to credit data: each with its clock, its mark, and one of three endings."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower, Loan
from servicing.models.archive.borrowers import sample


class ObjectionQuerySet(models.QuerySet):
    def unresolved(self):
        return self.filter(status=Objection.Status.OPEN)

    def visible_to(self, person, *, on):
        """What is open for those who check it, everything for those who oversee, else the own."""
        if not person.may("objection.view"):
            return self.none()
        if person.may("response.browse"):
            return self.filter(sample(person, on=on, path="borrower__"))
        if person.may("objection.propose"):
            return self.filter(Q(status=Objection.Status.OPEN) | Q(opened_by=person) | Q(closed_by=person))
        return self.filter(opened_by=person)

    def for_list_page(self):
        return self.select_related("borrower", "loan")

    def for_detail_page(self):
        return self.select_related("borrower", "loan", "opened_by", "closed_by")


class Objection(models.Model):
    """A person disputes what a credit record says. The data is marked as in dispute from the first day.

    `marked_at` is when the mark was set, `unmarked_at` when it came off; where nothing could be confirmed it
    stays, as the record of both sides. `findings` are what the check found, `reply` what the person was told.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("under check")
        CORRECTED = "corrected", _("corrected")
        NO_ERROR = "no_error", _("no error, mark removed")
        UNCONFIRMED = "unconfirmed", _("cannot be confirmed, recorded")

    number = models.CharField(max_length=12, unique=True)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    loan = models.ForeignKey(Loan, null=True, on_delete=models.PROTECT, related_name="+")
    words = models.TextField(max_length=4000)
    received_at = models.DateTimeField()
    received_on = models.DateField()
    due_on = models.DateField()
    marked_at = models.DateTimeField()
    unmarked_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=11, choices=Status, default=Status.OPEN)
    findings = models.TextField(max_length=2000, blank=True)
    reply = models.TextField(max_length=4000, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_at=None, closed_by=None, findings="", reply="")
                | ~Q(Q(status="open") | Q(closed_at=None) | Q(closed_by=None) | Q(findings="") | Q(reply="")),
                name="closed_objection_says_who_when_and_what",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["corrected", "no_error"], unmarked_at__isnull=False)
                | Q(status__in=["open", "unconfirmed"], unmarked_at=None),
                name="the_mark_stands_until_it_may_go",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], name="objection_in_line", condition=Q(status="open")),
            models.Index(fields=["borrower", "-id"], name="objection_by_borrower"),
        ]

    def __str__(self):
        return self.number

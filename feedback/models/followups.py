"""What is still to be done about a response, and what colleagues tell each other about it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models.responses import Response
from servicing.models import Staff


class Note(models.Model):
    """An internal note: for colleagues, never for the customer. Rows are never changed."""

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="notes")
    # By which a form that is sent twice makes one; found under the lock of the response.
    key = models.CharField(max_length=32, blank=True)
    words = models.TextField(max_length=2000)
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.response_id} {self.at:%Y-%m-%d}"


class FollowUpQuerySet(models.QuerySet):
    def open(self):
        return self.filter(done_at=None)

    def due(self, *, on):
        return self.open().filter(due_on__lte=on)


class FollowUp(models.Model):
    """Something promised, with the working day by which it is done and whoever does it."""

    class Kind(models.TextChoices):
        """What the house promises by itself; what a person promises stands in words."""

        PROMISE = "promise", _("promise")
        LONGER = "longer", _("tell the customer that it takes longer, and why")

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PROMISE)
    key = models.CharField(max_length=32, blank=True)
    words = models.CharField(max_length=200, blank=True)
    due_on = models.DateField()
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(kind="promise") | ~Q(words=""), name="promise_says_what"),
            models.CheckConstraint(
                condition=Q(done_at=None, done_by=None) | Q(done_at__isnull=False, done_by__isnull=False),
                name="done_follow_up_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(fields=["owner", "due_on"], name="follow_up_in_line", condition=Q(done_at=None)),
        ]

    def __str__(self):
        return f"{self.response_id} {self.due_on}"

    @property
    def text(self):
        return self.words or self.get_kind_display()

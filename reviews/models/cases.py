"""Cases: what a person decides about a borrower, and the decisions."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from reviews.models.alerts import Alert
from servicing.models import Borrower, Staff


class CaseQuerySet(models.QuerySet):
    def unresolved(self):
        return self.filter(status=Case.Status.OPEN)

    def unowned(self):
        return self.unresolved().filter(owner=None)

    def owned_by(self, person):
        return self.unresolved().filter(owner=person)

    def overdue(self, *, on):
        return self.unresolved().filter(due_on__lt=on)

    def visible_to(self, person):
        """All cases for those who browse, the own queue and what stands in line for those who decide."""
        if person.may("case.browse"):
            return self.all()
        if person.may("case.queue"):
            return self.filter(Q(owner=person) | Q(owner=None))
        return self.none()

    def in_line(self):
        """The order of the queue: most pressing first, then first come."""
        return self.order_by("-priority", "due_on", "pk")

    def _live_alerts(self):
        return Alert.objects.live().filter(case=models.OuterRef("pk"))

    def with_alerts(self):
        """Adds `alert_count` and, for an open case, `has_alerts_gone`: none of them fires any more.

        Where a person asked for the review, there need be none.
        """
        every = Alert.objects.filter(case=models.OuterRef("pk")).order_by().values("case")
        return self.annotate(
            # Counted for the rows of the page alone: joined, all cases would be counted first.
            alert_count=models.Subquery(every.annotate(number=models.Count("pk")).values("number")),
            has_alerts_gone=models.Case(
                models.When(
                    Q(status="open") & ~Q(group="human") & ~models.Exists(self._live_alerts()), then=True
                ),
                default=False,
                output_field=models.BooleanField(),
            ),
        )

    def for_queue_page(self):
        return self.select_related("borrower", "owner").with_alerts().in_line()

    def for_case_page(self):
        return self.select_related(
            "borrower__source", "borrower__history", "owner", "decision__by"
        ).with_alerts()


class Case(models.Model):
    """At most one open per borrower and reason group; an alert joins the open case of its group."""

    class Group(models.TextChoices):
        REPAYMENT = "repayment", _("repayment behaviour")
        BORROWING = "borrowing", _("borrowing")
        RECORD = "record", _("data and record")
        HUMAN = "human", _("human review asked for")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    group = models.CharField(max_length=16, choices=Group)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    priority = models.IntegerField()
    owner = models.ForeignKey(Staff, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "group"],
                condition=Q(status="open"),
                name="one_open_case_a_borrower_and_group",
            ),
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, owner__isnull=False)
                | Q(status="open", closed_at=None),
                name="closed_case_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(owner=None, taken_at=None) | Q(owner__isnull=False, taken_at__isnull=False),
                name="taken_case_says_who_and_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["-priority", "due_on", "id"],
                name="case_in_line",
                condition=Q(status="open", owner=None),
            ),
            models.Index(fields=["owner"], name="case_by_owner", condition=Q(status="open")),
            models.Index(fields=["opened_on"], name="case_by_day"),
        ]

    def __str__(self):
        return f"C{self.pk}"


class Decision(models.Model):
    """What a person decided, why, and exactly what they saw. One closes a case; rows are never changed."""

    class Verdict(models.TextChoices):
        DISMISS = "dismiss", _("dismiss: no concern")
        WATCH = "watch", _("watch")

    class Reason(models.TextChoices):
        EXPLAINED = "explained", _("explained by the facts")
        MINOR = "minor", _("too small to matter")
        DATA_ERROR = "data_error", _("the data is wrong")
        PATTERN = "pattern", _("a pattern worth following")
        FIRST_SIGN = "first_sign", _("a first sign, not yet a pattern")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="decision")
    verdict = models.CharField(max_length=8, choices=Verdict)
    reason = models.CharField(max_length=16, choices=Reason)
    note = models.TextField(blank=True)
    seen = models.JSONField(help_text="the alerts and their evidence as shown")
    by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self):
        return f"{self.case_id} {self.verdict}"

"""What waits for a second person, and who stands in for whom."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Count, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _


class ApprovalQuerySet(models.QuerySet):
    def waiting(self, *, at):
        return self.filter(status=Approval.Status.WAITING, lapses_at__gte=at)

    def overdue(self, *, at):
        return self.filter(status=Approval.Status.WAITING, lapses_at__lt=at)

    def for_desk_page(self):
        return self.select_related("proposed_by", "decided_by", "deputy_for")

    def approved_by_pair(self, *, since):
        """{(approver's id, proposer's id): how many} since an instant."""
        rows = self.filter(status=Approval.Status.APPROVED, decided_at__gte=since)
        pairs = rows.order_by().values_list("decided_by", "proposed_by").annotate(Count("pk"))
        return {(approver, proposer): count for approver, proposer, count in pairs}


class Approval(models.Model):
    """Something that one person proposes and another approves, exactly as it was shown."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for a second person")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    kind = models.CharField(max_length=32)
    subject = models.CharField(max_length=64, help_text="what it is about, as noun:key")
    shown = models.JSONField(help_text="what the second person sees; personal data only masked")
    digest = models.CharField(max_length=64, help_text="sha256 of the canonical JSON of what is shown")
    purpose = models.CharField(max_length=200)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    lapses_at = models.DateTimeField()
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    deputy_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"],
                condition=Q(status="waiting"),
                name="one_waiting_approval_a_kind_and_subject",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "refused"]) | ~Q(decided_by=F("proposed_by")),
                name="who_proposes_does_not_decide",
            ),
            models.CheckConstraint(
                condition=Q(deputy_for=None) | ~Q(deputy_for=F("proposed_by")),
                name="nobody_decides_for_who_proposed",
            ),
            models.CheckConstraint(
                condition=~Q(status="withdrawn") | Q(decided_by=F("proposed_by")),
                name="who_proposed_withdraws",
            ),
            models.CheckConstraint(
                condition=Q(status="waiting", decided_by=None, decided_at=None)
                | Q(status="lapsed", decided_by=None, decided_at__isnull=False)
                | Q(
                    status__in=["approved", "refused", "withdrawn"],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                ),
                name="decided_approval_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(reason=""), name="refused_approval_says_why"
            ),
            models.CheckConstraint(
                condition=~Q(status="approved") | Q(decided_at__lte=F("lapses_at")),
                name="nothing_is_approved_after_it_lapsed",
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="approval_says_what_for"),
        ]
        indexes = [
            models.Index(fields=["lapses_at"], name="approval_waiting", condition=Q(status="waiting")),
            models.Index(fields=["decided_by", "decided_at"], name="approval_by_decider"),
        ]

    def __str__(self):
        return f"A{self.pk}"


class DeputyQuerySet(models.QuerySet):
    def in_force(self, *, on):
        return self.filter(recalled_at=None, from_on__lte=on, to_on__gte=on)

    def current(self, *, on):
        """Those in force and those to come."""
        return self.filter(recalled_at=None, to_on__gte=on).select_related("person", "deputy")

    def about(self, person):
        return self.filter(Q(person=person) | Q(deputy=person))


class Deputy(models.Model):
    """Who approves in somebody's place, from the first to the last of these days."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    from_on = models.DateField()
    to_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    recalled_at = models.DateTimeField(null=True)

    objects = DeputyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deputies"
        constraints = [
            models.CheckConstraint(condition=~Q(person=F("deputy")), name="nobody_is_the_own_deputy"),
            models.CheckConstraint(condition=Q(to_on__gte=F("from_on")), name="deputy_ends_after_beginning"),
            # The person as a range of one: PostgreSQL compares ranges without an extension.
            ExclusionConstraint(
                name="one_deputy_a_person_and_day",
                expressions=[
                    (Func("person", "person", Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (Func("from_on", "to_on", Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(recalled_at=None),
            ),
        ]

    def __str__(self):
        return f"{self.deputy_id} for {self.person_id}, {self.from_on} to {self.to_on}"

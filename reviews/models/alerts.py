"""Alerts: a rule that fires for a borrower, with the evidence frozen as it was seen."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reviews.models.rules import RuleVersion
from servicing.models import Borrower, Run, Staff


class AlertQuerySet(models.QuerySet):
    def live(self):
        """Everything whose rule still fires, answered or not."""
        return self.exclude(status=Alert.Status.CLOSED)

    def waiting(self):
        return self.filter(status=Alert.Status.WAITING)

    def for_list_page(self):
        return self.select_related("borrower", "case").order_by("-pk")

    def by_rule(self):
        """Rows (rule, status, number), ordered by rule and status."""
        return (
            self.values_list("rule", "status").annotate(number=models.Count("pk")).order_by("rule", "status")
        )


class Alert(models.Model):
    """One rule, one borrower, from the day it fired until the day it stopped."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting for the queue")
        OPEN = "open", _("in a case")
        ANSWERED = "answered", _("answered")
        CLOSED = "closed", _("no longer fires")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=32)
    rule_version = models.IntegerField()
    group = models.CharField(max_length=16)
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    severity = models.IntegerField(help_text="the rule's measure, so that larger is worse")
    answered_severity = models.IntegerField(null=True)
    priority = models.IntegerField()
    is_opening = models.BooleanField(default=False, help_text="part of the opening balance of a first import")
    evidence = models.JSONField(help_text="feature values when the alert opened; never rewritten")
    latest = models.JSONField(help_text="the same features as of the newest recheck")
    opened_on = models.DateField()
    refreshed_on = models.DateField()
    closed_on = models.DateField(null=True)
    case = models.ForeignKey(
        "reviews.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="alerts"
    )

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "rule"],
                condition=~models.Q(status="closed"),
                name="one_live_alert_a_borrower_and_rule",
            ),
            models.CheckConstraint(
                condition=models.Q(status="closed", closed_on__isnull=False)
                | ~models.Q(status="closed") & models.Q(closed_on=None),
                name="closed_alert_says_when",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="open") | models.Q(case__isnull=False),
                name="open_alert_stands_in_a_case",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="answered") | models.Q(answered_severity__isnull=False),
                name="answered_alert_keeps_what_was_answered",
            ),
        ]
        indexes = [
            models.Index(fields=["rule", "-id"], name="alert_by_rule"),
            models.Index(
                fields=["rule", "status"], name="live_alert_by_rule", condition=~models.Q(status="closed")
            ),
            models.Index(fields=["opened_on", "id"], name="alert_by_day"),
            models.Index(fields=["-id"], name="alert_of_news", condition=models.Q(is_opening=False)),
            models.Index(
                fields=["is_opening", "-priority", "id"],
                name="alert_in_line",
                condition=models.Q(status="waiting"),
            ),
            models.Index(fields=["case"], name="alert_by_case"),
        ]

    def __str__(self):
        return f"{self.rule} {self.borrower_id}"


class RuleHoldQuerySet(models.QuerySet):
    def current(self):
        """Holds of the rules as they are now: another version of a rule is another rule."""
        active = RuleVersion.objects.active()
        return self.filter(
            models.Exists(
                active.filter(rule__code=models.OuterRef("rule"), number=models.OuterRef("version"))
            )
        )

    def standing(self):
        """Current holds that nobody has lifted."""
        return self.current().filter(released_at=None)


class RuleHold(models.Model):
    """A rule that fires too often to reach the queue until the lead lets it."""

    rule = models.CharField(max_length=32)
    version = models.IntegerField()
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="+")
    fired = models.IntegerField()
    borrowers = models.IntegerField()
    held_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)

    objects = RuleHoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "version"], name="one_hold_a_rule_and_version"),
            models.CheckConstraint(
                condition=models.Q(released_at=None, released_by=None)
                | models.Q(released_at__isnull=False, released_by__isnull=False) & ~models.Q(reason=""),
                name="released_hold_says_who_when_and_why",
            ),
        ]

    def __str__(self):
        return self.rule

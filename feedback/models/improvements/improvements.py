"""What is changed so that an obstacle goes away, and what came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.domain.improvements.states import MEASURED
from feedback.models.improvements.obstacles import Obstacle
from servicing.models import Staff


class ImprovementQuerySet(models.QuerySet):
    def measured(self):
        """Those whose fix is in force, and is measured on."""
        return self.filter(status__in=MEASURED)

    def for_page(self):
        return self.select_related("obstacle", "owner").prefetch_related("obstacle__signatures")

    def for_board(self):
        return self.select_related("obstacle", "owner").order_by("-changed_at", "-pk")


class Improvement(models.Model):
    """`fall` is the fall of the rate, in percent, that was planned; from it and from what was before the fix
    follows after how many `weeks` it is judged.
    """

    class Kind(models.TextChoices):
        PROCESS = "process", _("process")
        PRODUCT = "product", _("product")
        PRICE = "price", _("price")

    class Cause(models.TextChoices):
        INTERFACE = "interface", _("interface with a bank or a channel")
        APP = "app", _("error in the app")
        WORDING = "wording", _("words that mislead")
        LIMIT = "limit", _("limit or rule of ours")
        PRICE = "price", _("price or fee")
        PROCESS = "process", _("step that is missing or too many")
        STAFF = "staff", _("training of staff")
        PARTNER = "partner", _("partner or third party")
        OTHER = "other", _("something else")

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        FIXED = "fixed", _("fixed, being measured")
        PROVEN = "proven", _("proven")
        NOT_PROVEN = "not_proven", _("not proven")
        WORSE = "worse", _("worse")
        DROPPED = "dropped", _("dropped")

    obstacle = models.ForeignKey(Obstacle, on_delete=models.PROTECT, related_name="improvements")
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=7, choices=Kind)
    cause = models.CharField(max_length=9, choices=Cause)
    change = models.TextField(max_length=2000)
    owner = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    fall = models.SmallIntegerField()
    planned_on = models.DateField(null=True)
    fixed_on = models.DateField(null=True)
    weeks = models.SmallIntegerField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    began_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = ImprovementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", fixed_on=None, weeks=None)
                | Q(status="dropped")
                | Q(
                    status__in=["fixed", "proven", "not_proven", "worse"],
                    fixed_on__isnull=False,
                    weeks__isnull=False,
                ),
                name="fixed_improvement_says_when",
            ),
            models.CheckConstraint(
                condition=Q(fall__gte=1, fall__lte=95), name="planned_fall_is_a_percentage"
            ),
            models.CheckConstraint(condition=~Q(title="") & ~Q(change=""), name="improvement_says_what"),
        ]

    def __str__(self):
        return self.title


class Measurement(models.Model):
    """The rate before and after a fix in windows of so many weeks, frozen as it was found.

    `verdict` is empty between two looks. A limit without a value is open. `by_week` has rows [first day,
    tried, met, low, high].
    """

    class Unit(models.TextChoices):
        FAILURES = "failures", _("customers a day whose payment failed this way, of those who tried")
        WORDS = "words", _("customers a day who said so, of those who paid or tried to")

    class Verdict(models.TextChoices):
        PROVEN = "proven", _("proven")
        NOT_PROVEN = "not_proven", _("not proven")
        WORSE = "worse", _("worse")
        TOO_LITTLE = "too_little", _("not enough data")

    improvement = models.ForeignKey(Improvement, on_delete=models.PROTECT, related_name="measurements")
    fixed_on = models.DateField()
    weeks = models.SmallIntegerField()
    unit = models.CharField(max_length=8, choices=Unit)
    tried_before = models.IntegerField()
    met_before = models.IntegerField()
    tried_after = models.IntegerField()
    met_after = models.IntegerField()
    design = models.FloatField()
    ratio = models.FloatField(null=True)
    ratio_low = models.FloatField(null=True)
    ratio_high = models.FloatField(null=True)
    difference = models.FloatField()
    difference_low = models.FloatField()
    difference_high = models.FloatField()
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    more_weeks = models.SmallIntegerField()
    by_week = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["-fixed_on", "-weeks"]
        constraints = [
            models.UniqueConstraint(
                fields=["improvement", "fixed_on", "weeks"], name="one_measurement_a_fix_and_window"
            ),
        ]

    def __str__(self):
        return f"{self.improvement_id} {self.fixed_on} {self.weeks}"

    @property
    def rate_before(self):
        return self.met_before / self.tried_before if self.tried_before else 0.0

    @property
    def rate_after(self):
        return self.met_after / self.tried_after if self.tried_after else 0.0

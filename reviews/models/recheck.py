"""What a recheck found: one row per borrower and day, in a partition per day."""

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value

from reviews.domain.features import BY_CODE, TICKING
from servicing.models import Borrower, Product


class DaysBefore(models.Func):
    """How many days one date lies before another."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = models.IntegerField()


class SnapshotQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(as_of=day)

    def of(self, borrower):
        """Newest first."""
        return self.filter(borrower=borrower).order_by("-as_of")

    def standing(self, day, *, since=date.min):
        """How borrowers stand on a day: the newest row of each up to it, where it still holds on the day.

        `since` is a day up to it on which everybody was judged. `carried` are the days since the row's own.
        """
        newer = Snapshot.objects.filter(
            borrower=OuterRef("borrower"), as_of__gt=OuterRef("as_of"), as_of__range=(since, day)
        )
        holding = self.filter(Q(holds_until=None) | Q(holds_until__gt=day), as_of__range=(since, day))
        on = Value(day, output_field=models.DateField())
        return holding.exclude(Exists(newer)).annotate(carried=DaysBefore(on, F("as_of")))


class Snapshot(models.Model):
    """The features of a borrower as of a day, the numbers of the rules that fired, and the points.

    It holds until the day before `holds_until` (empty: for good) unless a new fact comes in: on each of these
    days the judgement would be the same, but that ticking features are larger by the days that have passed.

    The table is partitioned by `as_of`; partitions are made by the function snapshot_partition(day).
    """

    pk = models.CompositePrimaryKey("as_of", "borrower_id")
    as_of = models.DateField()
    borrower = models.ForeignKey(
        Borrower, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    # Empty where it is not known, and where the snapshot is older than the feature.
    settled_loans = models.SmallIntegerField()
    worst_dpd = models.SmallIntegerField()
    last_days_late = models.SmallIntegerField()
    average_days_late = models.SmallIntegerField(null=True)
    late_share = models.SmallIntegerField()
    early_share = models.SmallIntegerField()
    last_days_early = models.SmallIntegerField(null=True)
    adverse_ends = models.SmallIntegerField(null=True)
    days_since_payoff = models.SmallIntegerField()
    new_loans_30 = models.SmallIntegerField()
    new_loans_90 = models.SmallIntegerField()
    new_loans_180 = models.SmallIntegerField(null=True)
    quickest_return = models.SmallIntegerField(null=True)
    current_dpd = models.SmallIntegerField(null=True)
    open_loans = models.SmallIntegerField(null=True)
    failed_payments_90 = models.SmallIntegerField()
    inquiries_30 = models.SmallIntegerField(null=True)
    inquiries_90 = models.SmallIntegerField(null=True)
    inquiries_365 = models.SmallIntegerField(null=True)
    inquirers_30 = models.SmallIntegerField(null=True)
    inquirers_90 = models.SmallIntegerField(null=True)
    inquirers_365 = models.SmallIntegerField(null=True)
    loans_elsewhere_90 = models.SmallIntegerField(null=True)
    overdue_elsewhere = models.SmallIntegerField(null=True)
    overdue_lenders_365 = models.SmallIntegerField(null=True)
    balance_elsewhere = models.IntegerField(null=True)
    balance_growth_180 = models.SmallIntegerField(null=True)
    lenders_elsewhere = models.SmallIntegerField(null=True)
    public_records = models.SmallIntegerField(null=True)
    guarantee_claims = models.SmallIntegerField(null=True)
    fired = ArrayField(models.SmallIntegerField())
    score = models.SmallIntegerField(null=True)
    # That of the loan settled last.
    product = models.ForeignKey(
        Product, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    edition = models.IntegerField()
    holds_until = models.DateField(null=True)
    judged_at = models.DateTimeField()

    # Days from `as_of` to the day on which it stands; `standing` finds them.
    carried = 0

    objects = SnapshotQuerySet.as_manager()

    def __str__(self):
        return f"{self.as_of} {self.borrower_id}"

    @property
    def stands_on(self):
        return self.as_of + timedelta(days=self.carried)

    def figures(self):
        """{feature: value} as of the day on which it stands."""
        return {code: self.figure(code) for code in BY_CODE}

    def figure(self, code):
        value = getattr(self, code)
        ticks = value is not None and code in TICKING and value >= TICKING[code]
        return value + self.carried if ticks else value

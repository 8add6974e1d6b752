"""What was tried and what failed on each day, added up once, so that no page looks at payments."""

from datetime import timedelta

from django.db import models
from django.db.models import Q, Sum

SPAN = 28  # days of a trend, on both of its sides


def spans(on):
    """The days behind a page, both included: ((first, last) of the last four weeks, the same before)."""
    first, day = on - timedelta(days=SPAN), timedelta(days=1)
    return (first, on - day), (first - timedelta(days=SPAN), first - day)


class FactQuerySet(models.QuerySet):
    def between(self, first, last):
        return self.filter(day__range=(first, last))

    def totals(self, *names, keys, on):
        """Rows of `keys` with sums of the last four weeks and of the four before: `name`, `name_before`."""
        (first, last), (first_before, last_before) = spans(on)
        now, before = Q(day__range=(first, last)), Q(day__range=(first_before, last_before))
        # Those before first: afterwards the name is that of the sum.
        sums = {f"{name}_before": Sum(name, filter=before, default=0) for name in names}
        sums |= {name: Sum(name, filter=now, default=0) for name in names}
        return self.between(first_before, last).values(*keys).annotate(**sums).order_by(*keys)


class Fact(models.Model):
    """`customers` are those of this day, each once; `hours` and `versions` say how many attempts each had."""

    day = models.DateField()
    channel = models.CharField(max_length=32, blank=True)
    attempts = models.IntegerField()
    customers = models.IntegerField()
    hours = models.JSONField(default=dict)
    versions = models.JSONField(default=dict)

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True


class ChannelDay(Fact):
    """What borrowers tried through one channel on a day, whether it failed or not."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["day", "channel"], name="one_fact_a_day_and_channel"),
        ]

    def __str__(self):
        return f"{self.day} {self.channel}"


class FailureDay(Fact):
    """What failed through one channel with one error on a day. `amount` is of loans in yuan."""

    error_code = models.CharField(max_length=32, blank=True)
    amount = models.DecimalField(max_digits=16, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "error_code", "day"], name="one_fact_a_day_channel_and_error"
            ),
        ]
        indexes = [models.Index(fields=["day"], name="failure_by_day")]

    def __str__(self):
        return f"{self.day} {self.channel} {self.error_code}"


class FactDay(models.Model):
    """A day whose facts are known, or have to be added up (again) while `is_due`."""

    day = models.DateField(primary_key=True)
    is_due = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["day"], name="fact_day_due", condition=Q(is_due=True))]

    def __str__(self):
        return str(self.day)


class FactMark(models.Model):
    """The newest payment that was there at the latest look of a day.

    The first look of a later day goes back behind it, so that a payment whose commit is younger than its
    number is not missed.
    """

    day = models.DateField(primary_key=True)
    newest = models.BigIntegerField()

    def __str__(self):
        return f"{self.day} {self.newest}"

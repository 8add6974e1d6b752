"""Open loans of people who settled before: which of them are due soon, late, or missed their first payment.

The database itself keeps each loan's oldest unpaid instalment (a trigger, so that no writer can forget it).
Its day does not change as time goes by, so lateness is counted and sorted from one small index.
"""

from collections import Counter
from datetime import timedelta

from django.db import models
from django.db.models import (
    Aggregate,
    Case,
    Count,
    DateField,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Greatest, Least
from django.db.models.lookups import GreaterThan

from servicing.domain.archive import bucket, standing
from servicing.models.archive import Borrower, Loan, Pause, Settlement
from servicing.models.archive.borrowers import sample

BUCKETS = "1234567"


class OldestDueQuerySet(models.QuerySet):
    """After `monitored`, `days` is how many days past due each loan is."""

    def monitored(self, *, on):
        """Those whose borrower has a settled loan, as they stand on a day."""
        return self.filter(former_kind__isnull=False).annotate(days=days_past_due(on))

    def visible_to(self, person, *, on, own):
        """All, an auditor the day's sample, a risk officer the borrowers `own` of the own cases."""
        if person.may("monitor.browse"):
            return self.filter(sample(person, on=on, path="borrower__"))
        return self.filter(borrower__in=own) if person.may("monitor.view") else self.none()

    def expected(self):
        """Those whose money is still waited for: not written off."""
        return self.filter(written_off_on=None)

    def late(self, *, on):
        """Past due, and past the days of grace."""
        return self.expected().filter(due_on__lt=on, days__gt=0)

    def soon(self, *, on, days):
        """Due today or within so many days."""
        return self.expected().filter(due_on__gte=on, due_on__lte=on + timedelta(days=days))

    def first_missed(self, *, on):
        return self.late(on=on).filter(number=1)

    def second_missed(self, *, on):
        """The first instalment was paid, the second is late."""
        return self.late(on=on).filter(number=2)

    def in_bucket(self, mark, *, on):
        """Late by the days of one mark of the strip: "1" is 1 to 30 days, … "7" more than 180."""
        first = 30 * BUCKETS.index(mark) + 1
        late = self.late(on=on).filter(due_on__lte=on - timedelta(days=first), days__gte=first)
        return late if mark == BUCKETS[-1] else late.filter(days__lt=first + 30)

    def for_monitor_page(self):
        """All that the list shows of the loan itself, in one query."""
        return self.select_related("loan", "loan__product", "borrower")

    def counted(self, *, on, soon):
        """{late, fresh, first, second, soon}: how many loans of each kind."""
        return self.drawn(on=on, soon=soon)[0]

    def drawn(self, *, on, soon):
        """(the same, {(mark of the bucket, former kind): late loans} behind the chart), in one pass."""
        rows = self.expected().filter(due_on__lte=on + timedelta(days=soon)).order_by()
        groups = rows.annotate(is_ahead=Q(due_on__gte=on))
        groups = groups.values_list("is_ahead", "days", "number", "former_kind")
        counts: Counter[str] = Counter(late=0, fresh=0, first=0, second=0, soon=0)
        late: Counter[tuple] = Counter()
        for is_ahead, days, number, kind, loans in groups.annotate(loans=Count("pk")):
            counts["soon"] += loans if is_ahead else 0
            if days > 0:
                late[bucket(days), kind] += loans
                counts["late"] += loans
                counts["fresh"] += loans if days == 1 else 0
                counts["first"] += loans if number == 1 else 0
                counts["second"] += loans if number == 2 else 0
        return dict(counts), dict(late)


class OldestDue(models.Model):
    """The oldest unpaid instalment in force of a loan, and whether it was written off.

    `former_kind` and `former_on` say how the borrower's latest settled loan had ended, and when; empty where
    none is settled. Written by the database alone.
    """

    loan = models.OneToOneField(Loan, primary_key=True, on_delete=models.PROTECT, related_name="oldest_due")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+", db_index=False)
    number = models.IntegerField()
    due_on = models.DateField()
    grace_days = models.IntegerField()
    written_off_on = models.DateField(null=True)
    former_kind = models.CharField(max_length=11, null=True, choices=Settlement.Kind)
    former_on = models.DateField(null=True)

    objects = OldestDueQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["due_on", "loan"],
                name="oldest_due_of_former",
                include=["borrower", "number", "grace_days", "written_off_on", "former_kind"],
                condition=Q(former_kind__isnull=False),
            ),
            models.Index(fields=["borrower"], name="oldest_due_by_borrower"),
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.number}"


def standings(rows, *, on):
    """{loan: (standing, reminders sent, when the latest was sent)} of a page of rows, in four queries.

    By the same arithmetic as the page of one loan, so that the two never say different things.
    """
    loans = Loan.objects.filter(pk__in=[row.loan_id for row in rows])
    counted = loans.annotate(sent=Count("reminders"), latest=Max("reminders__sent_at"))
    return {
        loan.pk: (
            standing(
                loan.instalments.all(),
                loan.payments.all(),
                on=on,
                written_off_on=loan.written_off_on,
                pauses=loan.pauses.all(),
            ),
            loan.sent,
            loan.latest,
        )
        for loan in counted.prefetch_related("instalments", "payments", "pauses")
    }


class Days(Func):
    """Whole days between two dates."""

    template, arg_joiner, output_field = "(%(expressions)s)", " - ", IntegerField()


class DaysOfRanges(Aggregate):
    """How many days lie in ranges, both ends included, each day counted once."""

    template = (
        "(select sum(upper(days) - lower(days)) "
        "from unnest(range_agg(daterange(%(expressions)s, '[]'))) as days)"
    )
    output_field = IntegerField()


class DayAfter(Func):
    template, output_field = "(%(expressions)s + 1)", DateField()


def days_past_due(on):
    """The same as the domain's: the day after the due date is the first, pauses deducted, none in grace."""
    day = Cast(Value(on), DateField())
    mine = Pause.objects.filter(loan=OuterRef("loan")).order_by()
    first = DayAfter(OuterRef("due_on"))
    inside = mine.filter(starts_on__lte=day, ends_on__gte=first).values("loan")
    clipped = DaysOfRanges(Greatest("starts_on", first), Least("ends_on", day))
    paused = inside.annotate(days=clipped).values("days")
    days, left = Days(day, F("due_on")), Days(day, F("due_on")) - Coalesce(Subquery(paused), 0)
    return Case(
        When(GreaterThan(F("due_on"), day), then=0),
        When(~GreaterThan(days, F("grace_days")), then=0),
        # Hardly any loan is paused, and to know that is much cheaper than to add up its pauses.
        When(~Exists(mine), then=days),
        When(GreaterThan(left, F("grace_days")), then=left),
        default=0,
        output_field=IntegerField(),
    )

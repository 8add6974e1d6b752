"""What pages count without counting it: differences that the database notes as rows come and go."""

from django.db import models
from django.db.models import Q, Sum

from servicing.domain.archive import DIGITS
from servicing.domain.staff import SAMPLED


class TallyQuerySet(models.QuerySet):
    def visible_to(self, person, *, on):
        """All, for an auditor those of the day's sample, for nobody without the right nothing."""
        if not person.may("archive.chart"):
            return self.none()
        digit = DIGITS[on.toordinal() % len(DIGITS)]
        return self.filter(digit=digit) if person.role_code in SAMPLED else self

    def settled_borrowers(self):
        """How many borrowers have a settled loan."""
        return self.filter(kind="").aggregate(sum=Sum("number"))["sum"] or 0

    def by_month_and_kind(self):
        """(first day of the month, kind, loans), oldest first: the rows behind the chart."""
        rows = self.exclude(kind="").values_list("month", "kind").annotate(loans=Sum("number"))
        return rows.exclude(loans=0).order_by("month", "kind")


class Tally(models.Model):
    """So many more or fewer current settlements of a month and kind, or, without these, settled borrowers.

    `digit` is the last of the borrower's reference, which an auditor's sample is drawn by. Nobody waits for
    anybody: each statement adds rows of its own, and the sum of all is exact at any moment. Written by the
    database alone, which also folds them.
    """

    month = models.DateField(null=True)
    kind = models.CharField(max_length=11)
    digit = models.CharField(max_length=1)
    number = models.BigIntegerField()

    objects = TallyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="", month=None) | ~Q(kind="") & Q(month__isnull=False),
                name="tally_of_loans_says_month_and_kind",
            )
        ]

    def __str__(self):
        return f"{self.month} {self.kind} {self.digit}: {self.number}"

"""Calls: how often somebody compared what a caller says with what is on file, and what fitted."""

from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from servicing.models.archive import Borrower

# Whoever guesses comes again; so long each try counts, whoever of us was on the line.
DAY = timedelta(days=1)


class CallQuerySet(models.QuerySet):
    def of_day(self, borrower, *, at):
        """All calls about a borrower in the day before an instant, of whomever of us."""
        return self.filter(borrower=borrower, began_at__gt=at - DAY, began_at__lte=at)


class Call(models.Model):
    """One person of ours on the line with one borrower, or somebody who says so; never what was said."""

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField()
    tries = models.SmallIntegerField(default=0)
    matched = ArrayField(models.CharField(max_length=11), default=list)

    objects = CallQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(tries__gte=0), name="tries_of_a_call_count_up")]
        indexes = [models.Index(fields=["borrower", "by", "-began_at"], name="call_by_borrower")]

    def __str__(self):
        return f"{self.borrower_id} {self.began_at:%H:%M}"

"""Holds: no offer for a borrower until a day, because two people said so."""

from django.db import models
from django.db.models import F, Q

from servicing.models import Borrower, Staff
from servicing.models.archive.borrowers import sample


class HoldQuerySet(models.QuerySet):
    def in_force(self, *, on):
        return self.filter(Q(lifted_on=None) | Q(lifted_on__gt=on), from_on__lte=on, until_on__gte=on)

    def visible_to(self, person, *, on):
        if not person.may("hold.view"):
            return self.none()
        return self.filter(sample(person, on=on, path="borrower__"))

    def for_hold_page(self):
        return self.select_related("borrower", "placed_by", "confirmed_by", "lifted_by")


class Hold(models.Model):
    """One person of risk placed it, another one confirmed it; no machine ever does either.

    It holds from `from_on` to `until_on`, both included, or to the day before it is lifted. Its reason is
    for risk alone.
    """

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField()
    placed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    lifted_on = models.DateField(null=True)
    lifted_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(placed_by=F("confirmed_by")), name="hold_is_of_two_people"),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="hold_ends_after_it_begins"),
            models.CheckConstraint(condition=~Q(reason=""), name="hold_says_why"),
            models.CheckConstraint(
                condition=Q(lifted_on=None, lifted_by=None)
                | Q(lifted_on__isnull=False, lifted_by__isnull=False),
                name="lifted_hold_says_who",
            ),
        ]

    def __str__(self):
        return f"H{self.pk}"

"""How the whole book stood on a day: written by the run itself, so that no chart has to look at snapshots."""

from django.db import models
from django.db.models import F, Sum

from servicing.models import Product, Shard


class Fact(models.Model):
    """So many borrowers with one latest product, month of the latest payoff, band of points now and before.

    A band is 0 low, 1 middle, 2 high; empty where no card was in force, and before where nobody was judged.
    """

    product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cohort = models.DateField()
    band = models.SmallIntegerField(null=True)
    band_before = models.SmallIntegerField(null=True)
    borrowers = models.IntegerField()

    class Meta:
        abstract = True


class PortfolioShare(Fact):
    """What one shard of a run found; the end of the run adds them up."""

    shard = models.ForeignKey(Shard, on_delete=models.CASCADE, related_name="+")

    def __str__(self):
        return f"{self.shard_id} {self.cohort}"


class PortfolioDayQuerySet(models.QuerySet):
    def on(self, day):
        return self.filter(as_of=day)

    def newest_days(self, number):
        """So many days of which there are facts, newest first; each found by one step into the index."""
        days: list = []
        while len(days) < number:
            older = self.filter(as_of__lt=days[-1]) if days else self
            day = older.order_by("-as_of").values_list("as_of", flat=True).first()
            if day is None:
                break
            days.append(day)
        return days

    def borrowers(self):
        return self.aggregate(number=Sum("borrowers"))["number"] or 0

    def by_band(self):
        """Rows (day, band, borrowers), oldest first."""
        rows = self.values_list("as_of", "band").annotate(number=Sum("borrowers"))
        return rows.order_by("as_of", "band")

    def moves(self):
        """Rows (band before, band, borrowers) of those whose band was known before and is now."""
        known = self.exclude(band_before=None).exclude(band=None)
        rows = known.values_list("band_before", "band").annotate(number=Sum("borrowers"))
        return rows.order_by("band_before", "band")

    def by(self, name):
        """Rows (product id or cohort, band, borrowers) of one of these days."""
        return self.values_list(F(name), "band").annotate(number=Sum("borrowers")).order_by(name, "band")


class PortfolioDay(Fact):
    """The same of all borrowers on a day; `band_before` is that of the run before."""

    as_of = models.DateField()

    objects = PortfolioDayQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["as_of", "product", "cohort", "band", "band_before"],
                nulls_distinct=False,
                name="one_fact_a_day_product_cohort_and_bands",
            )
        ]

    def __str__(self):
        return f"{self.as_of} {self.cohort}"

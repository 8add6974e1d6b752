"""What others know of a borrower: one row for each thing that a source said."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower, Source
from servicing.models.processing import Consent


class ObservationQuerySet(models.QuerySet["Observation"]):
    def readable(self, borrower, *, on):
        """What may be read of a borrower on a day, newest first; nothing while processing is restricted.

        By consent as the recheck reads: see processing.MAY_BE_READ.
        """
        word = Consent.objects.newest(borrower)
        if borrower.restrictions.in_force(on=on).exists() or (word and not word.holds(on=on)):
            return self.none()
        rows = self.filter(borrower=borrower, withdrawn_on=None, known_on__lte=on)
        if word is None or word.given_on > on:
            rows = rows.filter(source__declares_consent=True)
        return rows.select_related("source").order_by("-observed_on", "-pk")


class Observation(models.Model):
    """One thing that a source said of a borrower, on the day on which it was so.

    A newer row of the same source, kind and lender supersedes the older one from the day on which the newer
    is known; of two rows of one day the higher id is the newer. `asked` says that the source was asked.

    A row counts from `known_on` to the day before `withdrawn_on`, on which its import was undone. What such
    a row had superseded stands again: the row itself as if the other had never come, from `restored_on` on,
    and for the days before a copy of it as it stood then, withdrawn on that day.
    """

    class Kind(models.TextChoices):
        ASKED = "asked", _("source asked")
        INQUIRY = "inquiry", _("inquiry by a lender")
        LOAN = "loan", _("new loan elsewhere")
        OVERDUE = "overdue", _("overdue elsewhere")
        BALANCE = "balance", _("balance elsewhere")
        RECORD = "record", _("public record")
        GUARANTEE = "guarantee", _("claim on a guarantor")

    borrower = models.ForeignKey(
        Borrower, on_delete=models.PROTECT, related_name="observations", db_index=False
    )
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=9, choices=Kind)
    lender = models.CharField(max_length=32, blank=True)
    observed_on = models.DateField()
    ended_on = models.DateField(null=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    days = models.IntegerField(null=True)
    known_on = models.DateField()
    superseded_on = models.DateField(null=True)
    restored_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    arrived_at = models.DateTimeField()

    objects = ObservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=Q(withdrawn_on=None),
                name="one_observation_a_source_and_number",
            ),
            models.CheckConstraint(
                condition=Q(known_on__gte=F("observed_on")), name="observation_is_known_after_it_was_so"
            ),
            models.CheckConstraint(
                condition=Q(superseded_on=None) | Q(superseded_on__gte=F("known_on")),
                name="observation_is_superseded_after_it_was_known",
            ),
            models.CheckConstraint(
                condition=Q(restored_on=None) | Q(restored_on__gte=F("known_on")),
                name="observation_is_restored_after_it_was_known",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=Coalesce("restored_on", "known_on")),
                name="observation_is_withdrawn_after_it_counted",
            ),
            models.CheckConstraint(
                condition=Q(ended_on=None) | Q(ended_on__gte=F("observed_on")),
                name="observation_ends_after_it_was_so",
            ),
            models.CheckConstraint(
                condition=Q(kind="balance", amount__isnull=False, amount__gte=0)
                | ~Q(kind="balance") & (Q(amount=None) | Q(amount__gte=0)),
                name="balance_names_an_amount",
            ),
            models.CheckConstraint(
                condition=Q(kind="overdue", days__isnull=False, days__gte=1)
                | ~Q(kind="overdue") & Q(days=None),
                name="overdue_names_its_days",
            ),
            models.CheckConstraint(
                condition=Q(kind="asked") | ~Q(lender=""), name="observation_names_a_lender"
            ),
        ]
        indexes = [
            models.Index(
                fields=["borrower", "kind", "lender", "observed_on"],
                name="observation_by_borrower",
                include=[
                    "source",
                    "ended_on",
                    "amount",
                    "days",
                    "known_on",
                    "superseded_on",
                    "restored_on",
                    "withdrawn_on",
                ],
            )
        ]

    def __str__(self):
        return f"{self.borrower_id} {self.kind} {self.observed_on}"

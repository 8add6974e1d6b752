"""How loans ended, frozen at payoff, version beside version."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive.borrowers import Borrower, sample
from servicing.models.archive.loans import Loan


class SettlementQuerySet(models.QuerySet):
    def current(self):
        return self.filter(superseded_at=None)

    def visible_to(self, person, *, on):
        """What a person may browse: all, an auditor the day's sample; nothing without the right."""
        if not person.may("archive.browse"):
            return self.none()
        return self.filter(sample(person, on=on, path="borrower__"))

    def for_archive_page(self):
        """All that the list of settled loans shows, in one query."""
        return self.select_related("loan", "loan__product", "loan__source", "borrower")


class Settlement(models.Model):
    """How a loan ended, frozen in the payoff transaction. A correction is a new version beside it.

    A version REOPENED repeats the figures of the one it closes and is never current. `reported` is
    [{what, name, on}] of what had gone out from the version before: certificates, done steps, fetched files.
    It counts from the day `known_on` to the day before `superseded_on`.
    """

    class Kind(models.TextChoices):
        """Ordered by precedence: where several are true, the first one names the settlement."""

        TRANSFERRED = "transferred", _("debt transferred")
        REFINANCED = "refinanced", _("refinanced by a new loan")
        RECOVERED = "recovered", _("recovered after write-off")
        GUARANTOR = "guarantor", _("paid by the guarantor")
        WAIVED = "waived", _("settled with a waiver")
        LATE = "late", _("repaid late")
        EARLY = "early", _("repaid early")
        NORMAL = "normal", _("repaid as agreed")
        # Not an end: the version that closes a settlement which turned out not to be one.
        REOPENED = "reopened", _("opened again")

    # How a loan can end: all but the last.
    ENDS = Kind.choices[:-1]

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="settlements")
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="settlements")
    version = models.IntegerField(default=1)
    kind = models.CharField(max_length=11, choices=Kind)
    settled_on = models.DateField()
    final_due_on = models.DateField()
    disbursed_on = models.DateField()
    days_late = models.IntegerField(help_text="days after the final due date; negative is early")
    worst_dpd = models.IntegerField()
    times_late = models.IntegerField()
    instalments = models.IntegerField()
    failed_payments = models.IntegerField()
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    overpaid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    profile = models.CharField(max_length=60, help_text="last 60 months, oldest first: see the glossary")
    reported = models.JSONField(default=list)
    frozen_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)
    known_on = models.DateField()
    superseded_on = models.DateField(null=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "version"], name="one_settlement_a_loan_and_version"),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(superseded_at=None), name="one_current_settlement_a_loan"
            ),
            models.CheckConstraint(
                condition=Q(superseded_at=None, superseded_on=None)
                | Q(
                    superseded_at__isnull=False, superseded_on__isnull=False, superseded_on__gte=F("known_on")
                ),
                name="superseded_settlement_says_from_which_day",
            ),
            models.CheckConstraint(
                condition=Q(known_on__gte=F("settled_on")), name="settlement_is_known_after_it_happened"
            ),
            models.CheckConstraint(
                condition=Q(worst_dpd__gte=0, overpaid__gte=0), name="settlement_is_not_negative"
            ),
            models.CheckConstraint(
                # Beside a NULL alone, a comparison would be unknown, and the database lets the unknown pass.
                condition=~Q(kind="reopened") | Q(superseded_at__isnull=False, superseded_at=F("frozen_at")),
                name="reopened_version_is_never_current",
            ),
        ]
        indexes = [
            models.Index(
                fields=["borrower", "settled_on"],
                name="settlement_by_borrower",
                include=["loan", "disbursed_on", "days_late", "worst_dpd", "times_late", "kind"],
                condition=Q(superseded_at=None),
            ),
            models.Index(
                fields=["borrower", "superseded_on"],
                name="settlement_replaced",
                condition=Q(superseded_on__isnull=False),
            ),
            # One for each order of the list, and one for its most asked filter in the usual order.
            *(
                models.Index(
                    fields=[*fields, "-id"], name=f"settlement_by_{name}", condition=Q(superseded_at=None)
                )
                for name, fields in {
                    "day": ["-settled_on"],
                    "kind": ["kind", "-settled_on"],
                    "lateness": ["-days_late"],
                    "worst": ["-worst_dpd"],
                    "money": ["-paid"],
                }.items()
            ),
        ]

    def __str__(self):
        return f"{self.loan_id} v{self.version} {self.kind}"

    @property
    def days_early(self) -> int:
        return max(-self.days_late, 0)

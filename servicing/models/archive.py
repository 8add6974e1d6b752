"""Borrowers, loans and what became of them. Money is exact, dates are the source's business dates."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _

from servicing.domain.archive import DIGITS
from servicing.domain.staff import SAMPLED


def sample(person, *, on, path=""):
    """A condition on the borrower at `path`: no limit, or for an auditor about 1 in 32, others each day."""
    if person.role_code in SAMPLED:
        return Q(**{f"{path}reference__endswith": DIGITS[on.toordinal() % len(DIGITS)]})
    return Q()


class Source(models.Model):
    """Where loans come from; its zone decides which day an instant falls on."""

    code = models.SlugField(max_length=32, unique=True)
    name = models.CharField(max_length=64)
    zone = models.CharField(max_length=64, default="Asia/Shanghai")

    def __str__(self):
        return self.name


class Product(models.Model):
    """A loan product of a source."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self):
        return self.name


class BorrowerQuerySet(models.QuerySet):
    def settled(self, *, on):
        """Borrowers with at least one loan settled on or before the day."""
        return self.filter(history__first_settled_on__lte=on)

    def visible_to(self, person, *, on):
        """Whom a person may open: everybody, an auditor the day's sample; nobody without the right."""
        return self.filter(sample(person, on=on)) if person.may("borrower.view") else self.none()


class Borrower(models.Model):
    """A person as one source knows them. Identity may be missing and is only ever kept encrypted."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)
    reference = models.CharField(max_length=12, unique=True)
    name_cipher = models.BinaryField(null=True)
    national_id_cipher = models.BinaryField(null=True)
    phone_cipher = models.BinaryField(null=True)
    national_id_index = models.BinaryField(max_length=16, null=True)
    phone_index = models.BinaryField(max_length=16, null=True)
    created_at = models.DateTimeField()

    objects = BorrowerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_borrower_a_source_and_id"),
            models.UniqueConstraint(fields=["national_id_index"], name="one_borrower_a_national_id"),
        ]
        indexes = [models.Index(fields=["phone_index"], name="borrower_by_phone")]

    def __str__(self):
        return self.reference


class LoanQuerySet(models.QuerySet):
    def settled(self):
        return self.filter(status=Loan.Status.SETTLED)

    def visible_to(self, person, *, on):
        """The loans of the borrowers whom a person may open."""
        if not person.may("borrower.view"):
            return self.none()
        return self.filter(sample(person, on=on, path="borrower__"))

    def for_loan_page(self):
        return self.select_related("borrower", "borrower__source", "product")


class Loan(models.Model):
    """One contract. `currency` is ISO 4217; amounts are in it, with two decimals."""

    class Status(models.TextChoices):
        OPEN = "open", _("still open")
        SETTLED = "settled", _("settled")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="loans")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)
    currency = models.CharField(max_length=3, default="CNY")
    principal = models.DecimalField(max_digits=14, decimal_places=2)
    total_due = models.DecimalField(max_digits=14, decimal_places=2)
    disbursed_on = models.DateField()
    disbursed_at = models.DateTimeField(null=True)
    written_off_on = models.DateField(null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    settled_on = models.DateField(null=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_loan_a_source_and_number"),
            models.CheckConstraint(condition=Q(principal__gt=0), name="loan_lends_something"),
            models.CheckConstraint(
                condition=Q(status="settled", settled_on__isnull=False) | Q(status="open", settled_on=None),
                name="settled_loan_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["borrower", "disbursed_on"], name="loan_by_borrower", include=["id"]),
            models.Index(fields=["external_id"], name="loan_by_number"),
        ]

    def __str__(self):
        return self.external_id


class Instalment(models.Model):
    """What is due on one day; `cleared_on` is the day on which it was paid in full."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments")
    number = models.IntegerField()
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    cleared_on = models.DateField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "number"], name="one_instalment_a_loan_and_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_asks_something"),
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.number}"


class Payment(models.Model):
    """Money that came, or failed to come. `origin` says whose it was or what stood in for it."""

    class Origin(models.TextChoices):
        BORROWER = "borrower", _("borrower")
        GUARANTOR = "guarantor", _("guarantor")
        WAIVER = "waiver", _("waiver")
        RECOVERY = "recovery", _("recovery after write-off")
        REFINANCING = "refinancing", _("refinancing")
        TRANSFER = "transfer", _("debt transfer")

    class Outcome(models.TextChoices):
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="payments")
    external_id = models.CharField(max_length=64)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid_at = models.DateTimeField()
    paid_on = models.DateField()
    origin = models.CharField(max_length=11, choices=Origin, default=Origin.BORROWER)
    outcome = models.CharField(max_length=9, choices=Outcome, default=Outcome.SUCCEEDED)
    channel = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["paid_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "external_id"], name="one_payment_a_loan_and_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_moves_something"),
            models.CheckConstraint(
                condition=Q(outcome="failed") | Q(error_code=""), name="only_a_failed_payment_has_an_error"
            ),
        ]
        indexes = [
            models.Index(fields=["loan", "paid_on"], name="payment_failed", condition=Q(outcome="failed"))
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.external_id}"


class Guarantor(models.Model):
    """A person who stands for a loan; identity encrypted like a borrower's."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="guarantors")
    external_id = models.CharField(max_length=64)
    name_cipher = models.BinaryField(null=True)
    phone_cipher = models.BinaryField(null=True)
    released_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "external_id"], name="one_guarantor_a_loan_and_id")
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.external_id}"


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

    def by_month_and_kind(self):
        """(first day of the month, kind, loans), oldest first: the rows behind the chart."""
        months = self.annotate(month=TruncMonth("settled_on")).values_list("month", "kind")
        return months.annotate(loans=models.Count("pk")).order_by("month", "kind")


class Settlement(models.Model):
    """How a loan ended, frozen in the payoff transaction. A correction is a new version beside it."""

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
    profile = models.CharField(max_length=24, help_text="last 24 months, oldest first: see the glossary")
    frozen_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True)

    objects = SettlementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["loan", "version"], name="one_settlement_a_loan_and_version"),
            models.UniqueConstraint(
                fields=["loan"], condition=Q(superseded_at=None), name="one_current_settlement_a_loan"
            ),
            models.CheckConstraint(
                condition=Q(worst_dpd__gte=0) & Q(worst_dpd__gte=F("days_late")),
                name="worst_lateness_is_at_least_the_last",
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
                fields=["-settled_on", "-id"],
                name="settlement_by_day",
                include=["kind"],
                condition=Q(superseded_at=None),
            ),
        ]

    def __str__(self):
        return f"{self.loan_id} v{self.version} {self.kind}"

    @property
    def days_early(self) -> int:
        return max(-self.days_late, 0)


class BorrowerHistory(models.Model):
    """All settlements of a borrower rolled up at payoff; `next_lapse_on` is when it must be rebuilt."""

    borrower = models.OneToOneField(
        Borrower, primary_key=True, on_delete=models.PROTECT, related_name="history"
    )
    settled_loans = models.IntegerField()
    late_loans = models.IntegerField()
    early_loans = models.IntegerField()
    worst_dpd = models.IntegerField()
    failed_payments = models.IntegerField()
    first_settled_on = models.DateField(db_index=True)
    last_settled_on = models.DateField()
    last_days_late = models.IntegerField()
    next_lapse_on = models.DateField(null=True)
    rolled_at = models.DateTimeField()

    def __str__(self):
        return str(self.borrower_id)


class Stamp(models.Model):
    """A borrower about whom a fact came in and who has not been judged again since."""

    borrower = models.OneToOneField(Borrower, primary_key=True, on_delete=models.PROTECT, related_name="+")
    stamped_at = models.DateTimeField()

    def __str__(self):
        return str(self.borrower_id)

"""Loans and the facts about them. Money is exact, dates are the source's business dates."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive.borrowers import Borrower, Product, Source, sample


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
    """One contract. `currency` is ISO 4217; amounts are in it, with two decimals.

    `annual_rate` 0.072 is 7.2 % a year, empty where the core does not say.

    `mandate_revoked_on` and `recalled_on` (reminders and collectors) were told before the payoff.
    """

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
    grace_days = models.IntegerField(default=0)
    annual_rate = models.DecimalField(max_digits=9, decimal_places=8, null=True)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    settled_on = models.DateField(null=True)
    mandate_revoked_on = models.DateField(null=True)
    recalled_on = models.DateField(null=True)
    known_on = models.DateField()

    objects = LoanQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_loan_a_source_and_number"),
            models.CheckConstraint(condition=Q(principal__gt=0), name="loan_lends_something"),
            models.CheckConstraint(
                condition=Q(known_on__gte=F("disbursed_on")), name="loan_is_known_after_it_began"
            ),
            models.CheckConstraint(condition=Q(grace_days__gte=0), name="grace_of_a_loan_is_not_negative"),
            models.CheckConstraint(
                condition=Q(annual_rate=None) | Q(annual_rate__gte=0, annual_rate__lte=1),
                name="annual_rate_is_a_share_of_one",
            ),
            models.CheckConstraint(
                condition=Q(status="settled", settled_on__isnull=False) | Q(status="open", settled_on=None),
                name="settled_loan_says_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["borrower", "disbursed_on"], name="loan_by_borrower", include=["id", "known_on"]
            ),
            models.Index(fields=["external_id"], name="loan_by_number"),
        ]

    def __str__(self):
        return self.external_id

    @property
    def zone(self):
        """The zone of the loan's business dates."""
        return self.source.zone_info


class InstalmentQuerySet(models.QuerySet):
    def in_force(self):
        """The plan as it stands: no row that another agreement has replaced."""
        return self.filter(replaced_on=None)


class Instalment(models.Model):
    """What is due on one day; `cleared_on` is the day on which it was paid in full.

    A row is in force on the days from `agreed_on` (empty: from the beginning) to the day before
    `replaced_on`. `grace_days` are its own; a loan's grace is written into each of its rows.
    """

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="instalments")
    number = models.IntegerField()
    due_on = models.DateField()
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    grace_days = models.IntegerField(default=0)
    agreed_on = models.DateField(null=True)
    replaced_on = models.DateField(null=True)
    cleared_on = models.DateField(null=True)

    objects = InstalmentQuerySet.as_manager()

    class Meta:
        ordering = ["number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["loan", "number"],
                condition=Q(replaced_on=None),
                name="one_instalment_in_force_a_loan_and_number",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_asks_something"),
            models.CheckConstraint(condition=Q(grace_days__gte=0), name="grace_is_not_negative"),
            models.CheckConstraint(
                condition=Q(replaced_on=None) | Q(agreed_on=None) | Q(replaced_on__gte=F("agreed_on")),
                name="instalment_is_replaced_after_it_was_agreed",
            ),
            models.CheckConstraint(
                condition=Q(replaced_on=None) | Q(cleared_on=None),
                name="replaced_instalment_is_not_cleared",
            ),
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.number}"


class Payment(models.Model):
    """Money that came, failed to come, or went back. `origin` says whose it was or what stood in for it.

    A reversed payment counts as if it had never come; the row stays. A failed one names the borrower, so that
    the failures of many borrowers are found without their loans.
    """

    class Origin(models.TextChoices):
        BORROWER = "borrower", _("borrower")
        GUARANTOR = "guarantor", _("guarantor")
        WAIVER = "waiver", _("waiver")
        RECOVERY = "recovery", _("recovery after write-off")
        REFINANCING = "refinancing", _("refinancing")
        TRANSFER = "transfer", _("debt transfer")
        REFUND = "refund", _("refund to the borrower")

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
    app_version = models.CharField(max_length=32, blank=True, db_default="")
    reversed_on = models.DateField(null=True)
    reversed_at = models.DateTimeField(null=True)
    known_on = models.DateField()
    borrower = models.ForeignKey(
        Borrower, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    class Meta:
        ordering = ["paid_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "external_id"], name="one_payment_a_loan_and_number"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_moves_something"),
            models.CheckConstraint(
                condition=Q(outcome="failed") | Q(error_code=""), name="only_a_failed_payment_has_an_error"
            ),
            models.CheckConstraint(
                condition=Q(reversed_on=None, reversed_at=None)
                | Q(reversed_on__isnull=False, reversed_at__isnull=False),
                name="reversed_payment_says_when",
            ),
            models.CheckConstraint(
                condition=Q(reversed_on=None) | Q(outcome="succeeded"),
                name="only_money_that_moved_is_reversed",
            ),
            models.CheckConstraint(
                condition=Q(outcome="failed", borrower__isnull=False) | Q(outcome="succeeded", borrower=None),
                name="failed_payment_names_the_borrower",
            ),
            models.CheckConstraint(
                condition=Q(known_on__gte=F("paid_on")), name="payment_is_known_after_it_happened"
            ),
        ]
        indexes = [
            models.Index(
                fields=["borrower", "paid_on"],
                name="payment_failed_by_borrower",
                include=["known_on"],
                condition=Q(outcome="failed"),
            ),
            # What failed in one way, and all that was tried on a day.
            models.Index(
                fields=["channel", "error_code", "paid_on"],
                name="payment_failed_by_error",
                condition=Q(outcome="failed"),
            ),
            models.Index(fields=["paid_on"], name="payment_by_day"),
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


class Pause(models.Model):
    """Days, both ends included, that do not count as days past due. They change no amount."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="pauses")
    starts_on = models.DateField()
    ends_on = models.DateField()
    reason = models.CharField(max_length=200)

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "starts_on"], name="one_pause_a_loan_and_first_day"),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="pause_ends_after_it_begins"
            ),
        ]

    def __str__(self):
        return f"{self.loan_id} {self.starts_on}–{self.ends_on}"


class Reminder(models.Model):
    """A message or call about a loan, as the sender numbers it."""

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="reminders")
    external_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    sent_on = models.DateField()
    channel = models.CharField(max_length=32)

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["loan", "external_id"], name="one_reminder_a_loan_and_number")
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.external_id}"

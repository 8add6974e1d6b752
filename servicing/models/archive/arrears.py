"""The oldest unpaid instalment of each open loan, version by version: how late a loan was known to be."""

from django.db import models
from django.db.models import F, Q

from servicing.models.archive.borrowers import Borrower
from servicing.models.archive.loans import Loan


class Arrear(models.Model):
    """Which instalment a loan waits for, on the days from `known_on` to the day before `superseded_on`.

    The present version says what OldestDue says; a loan that owes nothing has none.
    """

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="arrears", db_index=False)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+", db_index=False)
    oldest_due_on = models.DateField()
    number = models.IntegerField()
    grace_days = models.IntegerField()
    known_on = models.DateField()
    superseded_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["loan"], condition=Q(superseded_on=None), name="one_current_arrear_a_loan"
            ),
            models.CheckConstraint(
                condition=Q(superseded_on=None) | Q(superseded_on__gte=F("known_on")),
                name="arrear_is_superseded_after_it_was_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["borrower"],
                name="arrear_by_borrower",
                include=["oldest_due_on", "grace_days", "known_on", "superseded_on"],
            ),
            models.Index(fields=["loan"], name="arrear_by_loan"),
        ]

    def __str__(self):
        return f"{self.loan_id}/{self.number} {self.known_on}"

"""Certificates that say how a loan ended, as it truly did."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicing.models.archive.loans import Loan
from servicing.models.archive.settlements import Settlement

Kind = Settlement.Kind
# What a certificate says of each end. Only the last three say that the borrower repaid in full.
STATEMENTS = {
    Kind.TRANSFERRED: _(
        "The claim was transferred to another creditor. Nothing is owed to this lender any more; "
        "the borrower did not repay the loan in full to this lender."
    ),
    Kind.REFINANCED: _(
        "The loan was paid off by a new loan that took its place; the borrower did not repay it in full."
    ),
    Kind.RECOVERED: _(
        "The loan had been written off as a loss and money was recovered afterwards; "
        "the borrower did not repay it in full as agreed."
    ),
    Kind.GUARANTOR: _(
        "The loan was paid off with money of the guarantor; the borrower did not repay it in full."
    ),
    Kind.WAIVED: _(
        "A part of the debt was waived and the rest was paid; the borrower did not repay it in full."
    ),
    Kind.LATE: _("The borrower repaid the loan in full, after its final due date."),
    Kind.EARLY: _("The borrower repaid the loan in full, before its final due date."),
    Kind.NORMAL: _("The borrower repaid the loan in full, as agreed."),
}


# Why a certificate is revoked where no person has said why.
REOPENED = "reopened"


class State(models.TextChoices):
    """What a certificate is worth today."""

    VALID = "valid", _("valid")
    SUPERSEDED = "superseded", _("superseded by a later record")
    REVOKED = "revoked", _("revoked")


def says(settlement):
    """What a certificate says of a settlement: a correction of anything else leaves it true."""
    return settlement.kind, settlement.settled_on, settlement.paid


class Certificate(models.Model):
    """A numbered statement of how a loan ended. Its code is computed when needed and stands nowhere."""

    number = models.CharField(max_length=20, unique=True)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="certificates")
    settlement = models.ForeignKey(Settlement, on_delete=models.PROTECT, related_name="certificates")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)
    revoke_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["settlement"], condition=Q(revoked_at=None), name="one_valid_certificate_a_settlement"
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None, revoke_reason="")
                | Q(revoked_at__isnull=False, revoked_by__isnull=False) & ~Q(revoke_reason=""),
                name="revoked_certificate_says_who_when_and_why",
            ),
        ]

    def __str__(self):
        return self.number

    @property
    def state(self):
        """Of a certificate with its settlement."""
        if self.revoked_at:
            return State.REVOKED
        if self.settlement.superseded_at is None:
            return State.VALID
        now = self.loan.settlements.current().first()
        return State.VALID if now and says(now) == says(self.settlement) else State.SUPERSEDED

    @property
    def why_revoked(self):
        """The reason in words; the code stands for what no person has said."""
        return _("the loan was opened again") if self.revoke_reason == REOPENED else self.revoke_reason

    @property
    def statement(self):
        """How the loan ended, in a sentence that never calls repaid what was not."""
        return STATEMENTS[Kind(self.settlement.kind)]

"""What happened to a borrower, as moments on one time axis. Each column offers its own part."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.models.archive import Loan, Payment, Settlement
from servicing.models.ledger import LedgerEntry


@dataclass(frozen=True)
class Moment:
    """One line of the axis: a day, words, and where the moment can be opened. `tone` is a colour class.

    `kind` is the toggle under which it is found; a quiet moment is the usual thing and may be folded away.
    """

    on: date
    kind: str
    text: str
    icon: str
    tone: str = ""
    at: datetime | None = None
    amount: object = None
    currency: str = ""
    loan_id: int | None = None
    case_id: int | None = None
    who: str = ""
    rule: str = ""
    is_quiet: bool = False


def loans(borrower, viewer):
    """Loans as they were paid out."""
    return [
        Moment(loan.disbursed_on, "loan", _("Loan %(number)s paid out") % {"number": loan.external_id},
               "banknote", amount=loan.principal, currency=loan.currency, loan_id=loan.pk)
        for loan in Loan.objects.filter(borrower=borrower)
    ]  # fmt: skip


def payments(borrower, viewer):
    """Payments that came."""
    rows = Payment.objects.filter(loan__borrower=borrower, outcome=Payment.Outcome.SUCCEEDED)
    return [
        Moment(row.paid_on, "payment",
               _("A payment for loan %(number)s came: %(origin)s")
               % {"number": row.loan.external_id, "origin": row.get_origin_display()},
               "coins", at=row.paid_at, amount=row.amount, currency=row.loan.currency, loan_id=row.loan_id,
               is_quiet=row.origin == Payment.Origin.BORROWER)
        for row in rows.select_related("loan")
    ]  # fmt: skip


def failed_payments(borrower, viewer):
    """Payments that were tried and did not come."""
    rows = Payment.objects.filter(loan__borrower=borrower, outcome=Payment.Outcome.FAILED)
    return [
        Moment(row.paid_on, "payment",
               _("A payment of loan %(number)s failed") % {"number": row.loan.external_id},
               "circle-x", "warn", row.paid_at, row.amount, row.loan.currency, row.loan_id)
        for row in rows.select_related("loan")
    ]  # fmt: skip


def settlements(borrower, viewer):
    """How each loan ended, as the current version says."""
    rows = Settlement.objects.current().filter(borrower=borrower).select_related("loan")
    return [
        Moment(row.settled_on, "settlement",
               _("Loan %(number)s settled: %(kind)s")
               % {"number": row.loan.external_id, "kind": row.get_kind_display()},
               "circle-check", "bad" if row.days_late > 30 else "warn" if row.days_late > 0 else "good",
               amount=row.paid, currency=row.loan.currency, loan_id=row.loan_id)
        for row in rows
    ]  # fmt: skip


LOOKS = {"borrower.viewed": "eye", "borrower.revealed": "lock-open"}


def looks(borrower, viewer):
    """Who looked at this borrower: only for those who may read the ledger."""
    if not viewer.may("ledger.view"):
        return []
    rows = LedgerEntry.objects.about(borrower).filter(what__in=LOOKS).select_related("by")
    words = {"borrower.viewed": _("Dossier opened"), "borrower.revealed": _("A field was shown")}
    return [
        Moment(timezone.localdate(row.at), "look", words[row.what], LOOKS[row.what],
               "note", row.at, who=str(row.by))
        for row in rows.order_by("-pk")[:200]
    ]  # fmt: skip

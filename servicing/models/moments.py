"""What happened to a borrower, as moments on one time axis. Each column offers its own part."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from servicing.models.archive import (
    Certificate,
    ClassOverride,
    Guarantor,
    Instalment,
    Loan,
    Pause,
    Payment,
    PayoffStep,
    Reminder,
    Settlement,
)
from servicing.models.external import Observation
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
    response: str = ""


def of_loan(loan, on, kind, words, icon, tone="", *, fill=None, **more):
    """A moment of a loan; `words` have a hole for its number, and those that `fill` names."""
    more |= {"currency": loan.currency, "loan_id": loan.pk}
    return Moment(on, kind, words % {"number": loan.external_id, **(fill or {})}, icon, tone, **more)


def loans(borrower, viewer):
    """Loans as they were paid out, and as they were written off."""
    found = []
    for loan in Loan.objects.filter(borrower=borrower):
        words = _("Loan %(number)s paid out")
        found.append(of_loan(loan, loan.disbursed_on, "loan", words, "banknote", amount=loan.principal))
        if loan.written_off_on:
            words = _("Loan %(number)s written off")
            found.append(of_loan(loan, loan.written_off_on, "loan", words, "file-x", "bad"))
    return found


def plans(borrower, viewer):
    """Days on which a new plan was agreed, and pauses as they begin."""
    agreed = Instalment.objects.filter(loan__borrower=borrower, agreed_on__isnull=False)
    agreed = agreed.order_by("loan", "agreed_on").distinct("loan", "agreed_on").select_related("loan")
    pauses = Pause.objects.filter(loan__borrower=borrower).select_related("loan")
    words = _("A new plan for loan %(number)s was agreed")
    found = [of_loan(row.loan, row.agreed_on, "loan", words, "list-restart", "note") for row in agreed]
    for row in pauses:
        words, fill = _("Loan %(number)s: days past due paused until %(day)s"), {"day": row.ends_on}
        found.append(of_loan(row.loan, row.starts_on, "loan", words, "pause", "note", fill=fill))
    return found


def guarantors(borrower, viewer):
    """Guarantors as they were released."""
    rows = Guarantor.objects.filter(loan__borrower=borrower, released_on__isnull=False)
    words = _("A guarantor of loan %(number)s was released")
    return [
        of_loan(row.loan, row.released_on, "loan", words, "user-check", "good")
        for row in rows.select_related("loan")
    ]


def payments(borrower, viewer):
    """Payments that came, and money that went back to the borrower."""
    rows = Payment.objects.filter(loan__borrower=borrower, outcome=Payment.Outcome.SUCCEEDED)
    came, back = (
        _("A payment for loan %(number)s came: %(origin)s"),
        _("Money of loan %(number)s was refunded"),
    )
    found = []
    for row in rows.select_related("loan"):
        words, icon = (back, "undo-2") if row.origin == Payment.Origin.REFUND else (came, "coins")
        found.append(
            of_loan(
                row.loan, row.paid_on, "payment", words, icon, fill={"origin": row.get_origin_display()},
                at=row.paid_at, amount=row.amount,
                is_quiet=row.origin == Payment.Origin.BORROWER and not row.reversed_on,
            )
        )  # fmt: skip
    return found


def failed_payments(borrower, viewer):
    """Payments that were tried and did not come, and those that were taken back."""
    rows = Payment.objects.filter(loan__borrower=borrower).select_related("loan")
    failed, back = _("A payment of loan %(number)s failed"), _("A payment of loan %(number)s was reversed")
    return [
        of_loan(
            row.loan, row.paid_on, "payment", failed, "circle-x", "warn", at=row.paid_at, amount=row.amount
        )
        for row in rows.filter(outcome=Payment.Outcome.FAILED)
    ] + [
        of_loan(
            row.loan, row.reversed_on, "payment", back, "rotate-ccw", "bad",
            at=row.reversed_at, amount=row.amount,
        )
        for row in rows.filter(reversed_on__isnull=False)
    ]  # fmt: skip


def settlements(borrower, viewer):
    """How each loan ended as the current version says, and each time that an end turned out to be none."""
    rows = Settlement.objects.filter(borrower=borrower).select_related("loan")
    found = []
    for row in rows.filter(superseded_at=None):
        words, fill = (
            _("Loan %(number)s settled: %(kind)s; in total, by all"),
            {"kind": row.get_kind_display()},
        )
        tone = "bad" if row.days_late > 30 else "warn" if row.days_late > 0 else "good"
        found.append(
            of_loan(
                row.loan,
                row.settled_on,
                "settlement",
                words,
                "circle-check",
                tone,
                fill=fill,
                amount=row.paid,
            )
        )
    for row in rows.filter(superseded_at__isnull=False):
        reopened, words = row.kind == Settlement.Kind.REOPENED, _("Settlement of loan %(number)s superseded")
        if reopened:
            words = _("Loan %(number)s is open again: its payoff was taken back")
        at = row.frozen_at if reopened else row.superseded_at
        icon, tone = ("folder-open", "bad") if reopened else ("history", "note")
        found.append(of_loan(row.loan, timezone.localdate(at), "settlement", words, icon, tone, at=at))
    return found


def reminders(borrower, viewer):
    """What was sent to remind."""
    rows = Reminder.objects.filter(loan__borrower=borrower).select_related("loan")
    words = _("Reminder for loan %(number)s sent by %(channel)s")
    return [
        of_loan(
            row.loan, row.sent_on, "reminder", words, "mail", fill={"channel": row.channel}, at=row.sent_at
        )
        for row in rows
    ]


def steps(borrower, viewer):
    """Steps after a payoff as they were done."""
    rows = PayoffStep.objects.filter(loan__borrower=borrower, status=PayoffStep.Status.DONE)
    words = _("Loan %(number)s: %(step)s")
    return [
        of_loan(
            row.loan, row.done_on, "payoff", words, "check", "good",
            fill={"step": row.get_kind_display()}, at=row.done_at, who=str(row.done_by),
        )
        for row in rows.select_related("loan", "done_by")
    ]  # fmt: skip


def certificates(borrower, viewer):
    """Certificates as they were issued and revoked."""
    rows = Certificate.objects.filter(loan__borrower=borrower)
    issued, revoked = _("Certificate %(name)s issued for loan %(number)s"), _("Certificate %(name)s revoked")
    found = []
    for row in rows.select_related("loan", "issued_by", "revoked_by"):
        fill = {"name": row.number}
        on, who = timezone.localdate(row.issued_at), str(row.issued_by)
        found.append(
            of_loan(row.loan, on, "payoff", issued, "file-badge", fill=fill, at=row.issued_at, who=who)
        )
        if row.revoked_at:
            on, who = timezone.localdate(row.revoked_at), str(row.revoked_by)
            found.append(
                of_loan(row.loan, on, "payoff", revoked, "ban", "bad", fill=fill, at=row.revoked_at, who=who)
            )
    return found


def overrides(borrower, viewer):
    """Classes that a person has set; only for those who see days past due as numbers."""
    if not viewer.may("overdue.days"):
        return []
    rows = ClassOverride.objects.filter(loan__borrower=borrower).select_related("loan", "by")
    words = _("Class of loan %(number)s set: %(grade)s")
    return [
        of_loan(
            row.loan, row.from_on, "grade", words, "scale", "note",
            fill={"grade": row.get_grade_display()}, at=row.at, who=str(row.by),
        )
        for row in rows
    ]  # fmt: skip


def observations(borrower, viewer):
    """What others said, as far as it may be read; only for those who see what the house makes of it."""
    if not viewer.may("case.view"):
        return []
    words, of_nobody = _("%(source)s: %(kind)s (%(lender)s)"), _("%(source)s: %(kind)s")
    return [
        Moment(
            row.observed_on, "observation",
            (words if row.lender else of_nobody)
            % {"source": row.source, "kind": row.get_kind_display(), "lender": row.lender},
            "radio-tower", "note", amount=row.amount, currency="CNY",
        )
        for row in Observation.objects.readable(borrower, on=timezone.localdate())
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

"""What can happen to one loan. Each verb holds the borrower and the loan, writes the fact, and brings what
follows from it up to date: cleared days, settlement, history, steps, and the mark that judges the borrower
again. The same fact twice changes nothing; another content under the same number raises Differs, and a day
on which it cannot have happened raises Problem.
"""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger
from servicing.actions.archive.facts import due_of
from servicing.actions.archive.holding import Differs, Unknown, happened, held, same
from servicing.actions.archive.knowledge import known_on
from servicing.actions.archive.payoff import follow
from servicing.domain.archive import arrears
from servicing.domain.privacy import blur
from servicing.models import Instalment, Payment

ACTS = {"succeeded": "payment.came", "failed": "payment.failed"}


@transaction.atomic
def pay(*, loan, paid, by, at):
    """Money came, failed to come, or went back (origin refund): `paid` is PaymentFacts; returns the row."""
    loan = held(loan)
    wanted = paid._asdict()
    # A reversal is told by itself, and the app's version is no part of what was paid.
    for name in ("reversed_on", "app_version"):
        wanted.pop(name)
    there = loan.payments.filter(external_id=paid.external_id).first()
    if there:
        return same(there, wanted, "payment")
    row = write_payment(loan, paid, by=by, at=at)
    follow(loan, by=by, at=at)
    return row


def write_payment(loan, paid, *, by, at):
    """A new payment of a held loan and what the trail says of it; nothing follows from it yet."""
    happened("paid_on", paid.paid_on, since=loan.disbursed_on, zone=loan.zone, at=at)
    row = Payment.objects.create(
        loan=loan,
        borrower_id=loan.borrower_id if paid.outcome == Payment.Outcome.FAILED else None,
        known_on=known_on(loan.source, paid.paid_on, at=at),
        **paid._asdict() | {"reversed_on": None},
    )
    what = "payment.refunded" if row.origin == Payment.Origin.REFUND else ACTS[row.outcome]
    ledger.record(what=what, target=loan, by=by, at=at, detail=money(row))
    if paid.reversed_on:
        write_reversal(loan, row, on=paid.reversed_on, by=by, at=at)
    return row


def write_reversal(loan, row, *, on, by, at):
    happened("reversed_on", on, since=row.paid_on, zone=loan.zone, at=at, early="before_payment")
    row.reversed_on, row.reversed_at = on, at
    row.save(update_fields=["reversed_on", "reversed_at"])
    detail = money(row) | {"reversed_on": on.isoformat()}
    ledger.record(what="payment.reversed", target=loan, by=by, at=at, detail=detail)


def write_loss(loan, *, on, by, at):
    happened("written_off_on", on, since=loan.disbursed_on, zone=loan.zone, at=at)
    loan.written_off_on = on
    loan.save(update_fields=["written_off_on"])
    ledger.record(what="loan.written_off", target=loan, by=by, at=at, detail={"on": on.isoformat()})


def write_rate(loan, annual_rate, *, by, at):
    """The rate of a contract that had come without one; nothing that is kept follows from it."""
    loan.annual_rate = annual_rate
    loan.save(update_fields=["annual_rate"])
    ledger.record(what="loan.rate_told", target=loan, by=by, at=at, detail={"annual_rate": str(annual_rate)})


def money(row):
    return {"payment": blur(row.external_id), "amount": str(row.amount), "on": row.paid_on.isoformat()}


@transaction.atomic
def reverse(*, loan, external_id, on, by, at):
    """A payment or refund turned out to be none; returns the row. Raises Unknown, and Differs for another day
    than it was reversed on before, or for a payment that had failed.
    """
    loan = held(loan)
    row = loan.payments.filter(external_id=external_id).first()
    if row is None:
        raise Unknown("payment")
    if row.reversed_on:
        return same(row, {"reversed_on": on}, "reversal")
    if row.outcome == Payment.Outcome.FAILED:
        raise Differs("reversal")
    write_reversal(loan, row, on=on, by=by, at=at)
    follow(loan, by=by, at=at)
    return row


@transaction.atomic
def write_off(*, loan, on, by, at):
    """The lender wrote the loan off on this day; raises Differs for a second day."""
    loan = held(loan)
    if loan.written_off_on:
        return same(loan, {"written_off_on": on}, "write_off")
    write_loss(loan, on=on, by=by, at=at)
    follow(loan, by=by, at=at)
    return loan


@transaction.atomic
def replan(*, loan, dues, from_on, reason, by, at):
    """From this day on the whole plan is `dues`, those paid already included; returns the loan.

    Rows that stay as they were stay; the others are replaced, never rewritten. What is in force from that day
    changes nothing. Raises Differs for a plan that is older than the one in force.
    """
    loan = held(loan)
    happened("from_on", from_on, since=loan.disbursed_on, zone=loan.zone, at=at)
    wanted = {due_of(due)[:4] for due in dues}
    plan = list(loan.instalments.all())
    if wanted == {due_of(row)[:4] for row in plan if arrears.in_force(row, from_on)}:
        return loan
    if any(day and day > from_on for row in plan for day in (row.agreed_on, row.replaced_on)):
        raise Differs("plan")
    standing = {due_of(row)[:4]: row for row in plan if row.replaced_on is None}
    gone = [row.pk for key, row in standing.items() if key not in wanted]
    loan.instalments.filter(pk__in=gone).update(replaced_on=from_on, cleared_on=None)
    Instalment.objects.bulk_create(
        Instalment(
            loan=loan, number=number, due_on=due_on, amount=amount, grace_days=grace, agreed_on=from_on
        )
        for number, due_on, amount, grace in sorted(wanted - set(standing))
    )
    detail = {"from": from_on.isoformat(), "reason": reason, "replaced": len(gone), "due": len(wanted)}
    ledger.record(what="loan.replanned", target=loan, by=by, at=at, detail=detail)
    follow(loan, by=by, at=at)
    return loan


@transaction.atomic
def pause(*, loan, starts_on, ends_on, reason, by, at):
    """These days, both included, do not count as days past due; returns the row."""
    loan = held(loan)
    there = loan.pauses.filter(starts_on=starts_on).first()
    if there:
        return same(there, {"ends_on": ends_on, "reason": reason}, "pause")
    row = loan.pauses.create(starts_on=starts_on, ends_on=ends_on, reason=reason)
    detail = {"from": starts_on.isoformat(), "to": ends_on.isoformat(), "reason": reason}
    ledger.record(what="loan.paused", target=loan, by=by, at=at, detail=detail)
    follow(loan, by=by, at=at)
    return row


@transaction.atomic
def remind(*, loan, external_id, sent_at, channel, by, at):
    """A reminder went out; its day is that of the source's zone. Nothing else follows from it."""
    loan = held(loan)
    there = loan.reminders.filter(external_id=external_id).first()
    if there:
        return same(there, {"sent_at": sent_at, "channel": channel}, "reminder")
    row = loan.reminders.create(
        external_id=external_id,
        sent_at=sent_at,
        sent_on=timezone.localdate(sent_at, loan.zone),
        channel=channel,
    )
    detail = {"reminder": blur(external_id), "on": row.sent_on.isoformat(), "channel": channel}
    ledger.record(what="reminder.sent", target=loan, by=by, at=at, detail=detail)
    return row


@transaction.atomic
def release_guarantor(*, loan, external_id, on, by, at):
    """A guarantor stands for the loan no longer; raises Unknown, and Differs for a second day."""
    loan = held(loan)
    row = loan.guarantors.filter(external_id=external_id).first()
    if row is None:
        raise Unknown("guarantor")
    if row.released_on:
        return same(row, {"released_on": on}, "release")
    happened("released_on", on, since=loan.disbursed_on, zone=loan.zone, at=at)
    row.released_on = on
    row.save(update_fields=["released_on"])
    detail = {"guarantor": blur(external_id), "on": on.isoformat()}
    ledger.record(what="guarantor.released", target=loan, by=by, at=at, detail=detail)
    follow(loan, by=by, at=at)
    return row

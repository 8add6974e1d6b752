"""What has to be done after a payoff: begun with it, ticked by machines and people, gone if it is undone."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.archive.holding import held
from servicing.models import PayoffStep

ALWAYS = (PayoffStep.Kind.MANDATE, PayoffStep.Kind.REMINDERS, PayoffStep.Kind.RECORD)


class NotAllowed(Exception):
    """A step that this person may not tick; the message is a code."""


def due_on(at):
    """By when a step that begins now has to be done."""
    today = timezone.localdate(at)
    return periods.due(today, days=periods.value("payoff.step_due", on=today))


def needed(*, overpaid, guarantors):
    """The kinds of step that a payoff has."""
    kinds = list(ALWAYS)
    if overpaid > 0:
        kinds.append(PayoffStep.Kind.REFUND)
    if guarantors:
        kinds.append(PayoffStep.Kind.GUARANTOR)
    return kinds


def begin(settlement, *, at):
    """The steps that every payoff has; `refresh` adds those that only some have."""
    due = due_on(at)
    PayoffStep.objects.bulk_create(
        PayoffStep(loan_id=settlement.loan_id, version=settlement.version, kind=kind, due_on=due)
        for kind in ALWAYS
    )


def refresh(settlement, *, overpaid, by, at):
    """Let the refund and the guarantors of a payoff that has steps follow the facts."""
    mine = PayoffStep.objects.filter(loan_id=settlement.loan_id, version=settlement.version)
    if not mine.exists():
        return
    released = settlement.loan.guarantors.values_list("released_on", flat=True)
    follow(settlement, PayoffStep.Kind.REFUND, is_due=overpaid > 0, by=by, at=at)
    follow(settlement, PayoffStep.Kind.GUARANTOR, is_due=None in released, by=by, at=at)


def follow(settlement, kind, *, is_due, by, at):
    """Open a step while it is due, and close it once it is not."""
    mine = PayoffStep.objects.filter(loan_id=settlement.loan_id, version=settlement.version, kind=kind)
    if not is_due:
        close(mine, status=PayoffStep.Status.DONE, by=by, at=at)
    elif not mine.open().exists():
        # What was done once and is due again is to be done again.
        PayoffStep.objects.update_or_create(
            loan_id=settlement.loan_id,
            version=settlement.version,
            kind=kind,
            defaults={
                "status": PayoffStep.Status.OPEN,
                "due_on": due_on(at),
                "done_on": None,
                "done_by": None,
                "done_at": None,
            },
        )


def close(steps, *, status, by, at, on=None, note=""):
    """Close those that are open; how many."""
    return steps.open().update(
        status=status, done_on=on or timezone.localdate(at), done_by=by, done_at=at, note=note
    )


def drop(settlement, *, by, at):
    """The payoff was none: what is still open need not be done."""
    mine = PayoffStep.objects.filter(loan_id=settlement.loan_id, version=settlement.version)
    close(mine, status=PayoffStep.Status.NOT_NEEDED, by=by, at=at)


def carry(old, new, *, at):
    """What was done and what is open stays so under a corrected settlement; a done record is drafted anew."""
    mine = PayoffStep.objects.filter(loan_id=old.loan_id, version=old.version)
    if not mine.exists():
        return
    record = PayoffStep.Kind.RECORD
    mine.exclude(kind=record, status=PayoffStep.Status.DONE).update(version=new.version)
    PayoffStep.objects.get_or_create(
        loan_id=new.loan_id, version=new.version, kind=record, defaults={"due_on": due_on(at)}
    )


@transaction.atomic
def step_done(*, loan, kind, on, by, at, note=""):
    """Tick a step of the loan's present payoff; the step, or None where there is nothing of this kind to do.

    Ticking twice changes nothing. Raises NotAllowed for a person without the right.
    """
    if not by.is_machine and not by.may("payoff.tick"):
        raise NotAllowed("right")
    loan = held(loan)
    current = loan.settlements.current().first()
    step = current and loan.steps.filter(version=current.version, kind=kind).first()
    if step and step.status == PayoffStep.Status.OPEN:
        close(loan.steps.filter(pk=step.pk), status=PayoffStep.Status.DONE, by=by, at=at, on=on, note=note)
        step.refresh_from_db()
        detail = {"kind": kind, "version": step.version, "on": on.isoformat()}
        ledger.record(what="step.done", target=loan, by=by, at=at, detail=detail)
    return step

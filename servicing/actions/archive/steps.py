"""What has to be done after a payoff: begun with it, ticked by machines and people, gone if it is undone."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.archive.holding import held
from servicing.models import PayoffStep

ALWAYS = (PayoffStep.Kind.MANDATE, PayoffStep.Kind.REMINDERS, PayoffStep.Kind.RECORD)
# What can be told before the payoff: the loan's column, and the entry in the trail.
TOLD = {PayoffStep.Kind.MANDATE: "mandate_revoked_on", PayoffStep.Kind.REMINDERS: "recalled_on"}
ACTS = {PayoffStep.Kind.MANDATE: "mandate.revoked", PayoffStep.Kind.REMINDERS: "reminders.recalled"}


class NotAllowed(Exception):
    """A step that this person may not tick; the message is a code."""


def due_on(day):
    """By when a step has to be done whose time runs from this day."""
    return periods.due(day, days=periods.value("payoff.step_due", on=day))


def needed(*, overpaid, guarantors):
    """{kind of step that a payoff has: amount}; `guarantors` is how many stand for the loan."""
    sometimes = {PayoffStep.Kind.REFUND: overpaid, PayoffStep.Kind.GUARANTOR: guarantors}
    return dict.fromkeys(ALWAYS, 0) | {kind: amount for kind, amount in sometimes.items() if amount > 0}


def begin(settlement, *, by, at, overpaid=0):
    """The steps of a payoff. Their time runs from its day, however late we were told of it.

    What was told before the payoff closes its step at once.
    """
    due, loan = due_on(settlement.settled_on), settlement.loan
    kinds = needed(overpaid=overpaid, guarantors=loan.guarantors.filter(released_on=None).count())
    steps = PayoffStep.objects.bulk_create(
        PayoffStep(loan=loan, version=settlement.version, kind=kind, due_on=due, amount=amount)
        for kind, amount in kinds.items()
    )
    for step in steps:
        if told_on := told_before(loan, step.kind):
            close(loan.steps.filter(pk=step.pk), by=by, at=at, on=told_on)


def told_before(loan, kind):
    """The day on which this was done before the payoff, or None; who was reminded since is to be recalled."""
    told_on = getattr(loan, TOLD[kind]) if kind in TOLD else None
    if told_on and kind == PayoffStep.Kind.REMINDERS and loan.reminders.filter(sent_on__gt=told_on).exists():
        return None
    return told_on


def refresh(settlement, *, overpaid, by, at):
    """Let the refund follow the facts, and the guarantors of a payoff that has steps.

    The time of what a later fact adds runs from the day on which we know it.
    """
    loan = settlement.loan
    mine = {step.kind: step for step in loan.steps.filter(version=settlement.version)}
    wanted = {PayoffStep.Kind.REFUND: overpaid}
    if PayoffStep.Kind.RECORD in mine:
        wanted[PayoffStep.Kind.GUARANTOR] = loan.guarantors.filter(released_on=None).count()
    for kind, amount in wanted.items():
        follow(settlement, kind, mine.get(kind), amount=amount, by=by, at=at)


def follow(settlement, kind, step, *, amount, by, at):
    """Open a step while it is due, close it once it is not; one that was done is opened by more than then."""
    loan, version = settlement.loan, settlement.version
    if step is None:
        if amount > 0:
            due = due_on(timezone.localdate(at))
            loan.steps.create(version=version, kind=kind, due_on=due, amount=amount)
        return
    if amount <= 0:
        close(loan.steps.filter(pk=step.pk), by=by, at=at)
    elif amount > step.amount and step.status != PayoffStep.Status.OPEN:
        reopen(step, amount=amount, by=by, at=at)
    if step.amount != amount:
        loan.steps.filter(pk=step.pk).update(amount=amount)


def reopen(step, *, amount, by, at):
    """What was done is to be done again; the trail keeps who had done it, and when."""
    was = {"by": step.done_by.username, "on": step.done_on.isoformat()}
    step.status, step.due_on = PayoffStep.Status.OPEN, due_on(timezone.localdate(at))
    step.done_on = step.done_by = step.done_at = None
    step.save(update_fields=["status", "due_on", "done_on", "done_by", "done_at"])
    detail = {"kind": step.kind, "version": step.version, "value": str(amount), "was": was}
    ledger.record(what="step.reopened", target=step.loan, by=by, at=at, detail=detail)


def close(steps, *, by, at, on=None, note=""):
    """Those that are open are done, each with its entry in the trail."""
    on = on or timezone.localdate(at)
    for step in steps.open().select_related("loan"):
        step.status, step.done_on, step.done_by, step.done_at = PayoffStep.Status.DONE, on, by, at
        step.note = note
        step.save(update_fields=["status", "done_on", "done_by", "done_at", "note"])
        detail = {"kind": step.kind, "version": step.version, "on": on.isoformat()}
        ledger.record(what="step.done", target=step.loan, by=by, at=at, detail=detail)


def drop(settlement, *, by, at):
    """The payoff was none: what is still open need not be done. The kinds of these steps."""
    mine = settlement.loan.steps.filter(version=settlement.version).open().order_by("kind")
    kinds = list(mine.values_list("kind", flat=True))
    mine.update(
        status=PayoffStep.Status.NOT_NEEDED, done_on=timezone.localdate(at), done_by=by, done_at=at, note=""
    )
    return kinds


def carry(old, new, *, at):
    """What was done and what is open stays so under a corrected settlement; a done record is drafted anew."""
    mine = PayoffStep.objects.filter(loan_id=old.loan_id, version=old.version)
    record = PayoffStep.Kind.RECORD
    has_record = mine.filter(kind=record).exists()
    mine.exclude(kind=record, status=PayoffStep.Status.DONE).update(version=new.version)
    if not has_record:  # it came in as history: at most a refund is open
        return
    due = due_on(timezone.localdate(at))
    PayoffStep.objects.get_or_create(
        loan_id=new.loan_id, version=new.version, kind=record, defaults={"due_on": due}
    )


@transaction.atomic
def step_done(*, loan, kind, on, by, at, note=""):
    """Tick a step of the loan's present payoff; the step, or None where there is nothing of this kind to do.

    Ticking twice changes nothing. What a machine tells before the payoff is kept for it. Raises NotAllowed
    for a person without the right ("right"), or with a day before the payoff or after today ("day").
    """
    if not by.is_machine and not by.may("payoff.tick"):
        raise NotAllowed("right")
    loan = held(loan)
    current = loan.settlements.current().first()
    if current is None:
        if by.is_machine and kind in TOLD:
            tell_before(loan, kind, on=on, by=by, at=at)
        return None
    mine = loan.steps.filter(version=current.version, kind=kind)
    if mine.open().exists() and not by.is_machine and not current.settled_on <= on <= timezone.localdate(at):
        raise NotAllowed("day")
    close(mine, by=by, at=at, on=on, note=note)
    return mine.first()


def tell_before(loan, kind, *, on, by, at):
    """Keep the latest day on which it was done; an earlier one told later changes nothing."""
    known = getattr(loan, TOLD[kind])
    if known and known >= on:
        return
    setattr(loan, TOLD[kind], on)
    loan.save(update_fields=[TOLD[kind]])
    ledger.record(what=ACTS[kind], target=loan, by=by, at=at, detail={"on": on.isoformat()})

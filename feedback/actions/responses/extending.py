"""A complaint gets more time: 30 days where it is complex, 30 more where a second person agrees."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.actions.responses.clocks import due
from feedback.actions.responses.following import promised
from feedback.actions.responses.handling import NotAllowed, held
from feedback.models import FollowUp, Response
from servicing.actions import controls, ledger
from servicing.actions.controls.desk import Kind
from servicing.domain.privacy import blur, says_something


@transaction.atomic
def make_complex(*, response, reason, by, at):
    """Note that it is complex, and why; twice is once. Raises NotAllowed as `held` does, "kind", "reason",
    "late".
    """
    row = held(response, by=by)
    if row.is_complex:
        return row
    if wrong := _wrong(row, at=at):
        raise NotAllowed(wrong)
    if not says_something(reason):
        raise NotAllowed("reason")
    row.is_complex = True
    _reckon(row, what="response.complex", by=by, at=at, detail={"reason": blur(reason)[:200]})
    promised(row, kind=FollowUp.Kind.LONGER, days=1, by=by, at=at)
    return row


def _wrong(row, *, at):
    if row.kind != Response.Kind.COMPLAINT:
        return "kind"
    return "late" if row.due_on < timezone.localdate(at) else None


def last_day_of(head, **more):
    """The day on which the first of its voices must be answered: what it is given counts for each of them,
    from the day on which that one came; what one had been given of its own, and the day of a hotline, stay.
    """
    return min(
        due(
            voice.kind, voice.received_on, hotline_due_on=voice.hotline_due_on,
            **{name: given or getattr(voice, name) for name, given in more.items()},
        )
        for voice in (head, *head.voices.all())
    )  # fmt: skip


def _reckon(row, *, what, by, at, detail):
    before = row.due_on
    row.due_on = last_day_of(row, is_complex=row.is_complex, is_extended=row.is_extended)
    row.save(update_fields=["is_complex", "is_extended", "due_on"])
    days = {"was": before.isoformat(), "due_on": row.due_on.isoformat()}
    ledger.record(what=what, target=row, by=by, at=at, detail=detail | days)


def shown(row):
    """What the second person sees: the day now, and the day it would be."""
    after = last_day_of(row, is_complex=True, is_extended=True)
    return {
        "about": row.reference,
        "where": row.where,
        "received_on": row.received_on.isoformat(),
        "before": row.due_on.isoformat(),
        "after": after.isoformat(),
        "is_extended": row.is_extended,
    }


def propose_extension(*, response, purpose, by, at):
    """Ask for 30 days more; raises NotAllowed ("closed", "kind", "simple", "extended", "late", "reason"),
    and what the desk refuses.
    """
    row = Response.objects.get(pk=response.pk)
    if wrong := _not_extendable(row, at=at):
        raise NotAllowed(wrong)
    if not says_something(purpose):
        raise NotAllowed("reason")
    subject = f"response:{row.reference}"
    return controls.propose(
        kind=EXTENSION.code, subject=subject, shown=shown(row), purpose=purpose, by=by, at=at
    )


def _not_extendable(row, *, at):
    if row.status != Response.Status.OPEN:
        return "closed"
    if wrong := _wrong(row, at=at):
        return wrong
    if not row.is_complex:
        return "simple"
    return "extended" if row.is_extended else None


def complaint_of(approval):
    """The locked complaint that a proposal is about."""
    return Response.objects.select_for_update(of=("self",)).get(reference=approval.shown["about"])


def extend(*, approval, by, at):
    """Give it the days that were approved, and have the customer told."""
    row = complaint_of(approval)
    if wrong := _not_extendable(row, at=at):
        raise controls.NotAllowed(wrong)
    row.is_extended = True
    _reckon(row, what="response.extended", by=by, at=at, detail={"approval": approval.pk})
    promised(row, kind=FollowUp.Kind.LONGER, days=1, by=by, at=at)


def now(approval):
    return shown(Response.objects.get(reference=approval.shown["about"]))


REFUSALS = {
    "closed": _("It is answered already."),
    "kind": _("Only a complaint can be given more time."),
    "simple": _("Only a complex complaint can be given more time."),
    "extended": _("It has been given more time already."),
    "late": _("Its last day is over; more time must be given before."),
}
EXTENSION = Kind(
    "extension",
    _("more time for a complaint"),
    "response.extend",
    "response.approve",
    extend,
    now,
    refusals=REFUSALS,
    lock=complaint_of,
)

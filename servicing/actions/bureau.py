"""An objection to credit data is marked at once, checked, and ends in one of three ways with a reply."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.actions import ledger, privacy
from servicing.actions.controls.desk import Kind, NotAllowed, propose
from servicing.domain import bureau
from servicing.domain.archive import lettered
from servicing.domain.privacy import kept
from servicing.gateways import queue
from servicing.models import Objection


@transaction.atomic
def dispute(*, borrower, loan, words, received_at, due_on, by, at):
    """Open an objection, due when whoever heard it must answer, and mark the data as in dispute."""
    (row_id,) = privacy.reserve(1, table="servicing_objection")
    row = Objection.objects.create(
        pk=row_id,
        number=lettered("Y", row_id),
        borrower=borrower,
        loan=loan,
        words=kept(words),
        received_at=received_at,
        received_on=timezone.localdate(received_at),
        due_on=due_on,
        marked_at=at,
        opened_by=by,
    )
    detail = {"loan": loan and loan.external_id, "due_on": row.due_on.isoformat()}
    ledger.record(what="objection.opened", target=row, by=by, at=at, detail=detail)
    return row


def shown(row, ending, findings, reply):
    """What the second person sees of an ending."""
    return {
        "about": row.number,
        "borrower": str(row.borrower),
        "due_on": row.due_on.isoformat(),
        "ending": ending,
        "findings": findings,
        "reply": reply,
    }


def propose_end(*, objection, ending, findings, reply, by, at):
    """Ask that an objection end so; raises NotAllowed ("right", "waits", or what the ending lacks)."""
    row = Objection.objects.select_related("borrower").get(pk=objection.pk)
    findings, reply = kept(findings)[:2000], kept(reply)[:4000]
    if wrong := bureau.refusal(row.status, ending, findings, reply):
        raise NotAllowed(wrong)
    seen = shown(row, ending, findings, reply)
    purpose = seen["findings"]
    return propose(
        kind=END.code, subject=f"objection:{row.number}", shown=seen, purpose=purpose, by=by, at=at
    )


def carry_out(*, approval, by, at):
    """End it as it was approved."""
    seen = approval.shown
    ending, findings, reply = seen["ending"], seen["findings"], seen["reply"]
    _end(seen["about"], ending, findings, reply, by=by, at=at, approval=approval)


@transaction.atomic
def end(*, objection, ending, findings, reply, by, at):
    """End it alone, as the privacy officer may; raises NotAllowed ("right", or what the ending lacks)."""
    if not by.may("objection.close"):
        raise NotAllowed("right")
    return _end(objection.number, ending, findings, reply, by=by, at=at)


def _end(number, ending, findings, reply, *, by, at, approval=None):
    row = Objection.objects.select_for_update(of=("self",)).get(number=number)
    findings, reply = kept(findings)[:2000], kept(reply)[:4000]
    if wrong := bureau.refusal(row.status, ending, findings, reply):
        raise NotAllowed(wrong)
    row.status, row.closed_by, row.closed_at = ending, by, at
    row.findings, row.reply = findings, reply
    row.unmarked_at = at if ending in bureau.TAKES_THE_MARK_OFF else None
    row.save(update_fields=["status", "closed_by", "closed_at", "findings", "reply", "unmarked_at"])
    detail = {"verdict": ending} | ({"approval": approval.pk} if approval else {})
    ledger.record(what="objection.closed", target=row, by=by, at=at, detail=detail)
    queue.nudge("objections")
    return row


def now(approval):
    seen = approval.shown
    row = Objection.objects.select_related("borrower").get(number=seen["about"])
    return shown(row, seen["ending"], seen["findings"], seen["reply"])


REFUSALS = {
    "closed": _("This objection is closed already."),
    "ending": _("Choose how it ends."),
    "findings": _("Say what the check found."),
    "reply": _("Write what the person is told."),
}
END = Kind(
    "objection",
    _("end of an objection"),
    "objection.propose",
    "objection.approve",
    carry_out,
    now,
    refusals=REFUSALS,
)

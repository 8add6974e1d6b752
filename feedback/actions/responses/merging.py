"""The same matter told by several is answered once, and each of them keeps their words."""

from django.db import transaction

from feedback.actions.responses.handling import NotAllowed
from feedback.models import Response
from servicing.actions import ledger


@transaction.atomic
def merge(*, response, into, by, at):
    """Put a response, and those that were merged into it, under another open one of its kind.

    The other one is due when the first of them is. Trees stay flat and the rows are locked in the order of
    their ids, so that no two merges can make a loop. Raises NotAllowed ("right", "closed", "same", "kind",
    "objection").
    """
    if not by.may("response.steer"):
        raise NotAllowed("right")
    if response.pk == into.pk:
        raise NotAllowed("same")
    rows = Response.objects.filter(pk__in=[response.pk, into.pk]).select_for_update(of=("self",))
    held = {row.pk: row for row in rows.order_by("pk")}
    row, head = held[response.pk], held[into.pk]
    if {row.status, head.status} != {Response.Status.OPEN}:
        raise NotAllowed("closed")
    if row.kind != head.kind:
        raise NotAllowed("kind")
    # Each objection has a record and a reply of its own.
    if row.kind == Response.Kind.OBJECTION:
        raise NotAllowed("objection")
    row.voices.update(merged_into=head)
    row.status, row.merged_into = Response.Status.MERGED, head
    row.save(update_fields=["status", "merged_into"])
    days = [day for day in (head.due_on, row.due_on) if day]
    head.due_on = min(days, default=None)
    head.save(update_fields=["due_on"])
    detail = {"reference": head.reference, "due_on": head.due_on and head.due_on.isoformat()}
    ledger.record(what="response.merged", target=row, by=by, at=at, detail=detail)
    ledger.record(what="response.joined", target=head, by=by, at=at, detail={"reference": row.reference})
    return head

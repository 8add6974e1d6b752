"""What a person does about a message that got stuck: send it again, say that it left, or drop it."""

from django.db import transaction

from servicing.actions import ledger
from servicing.actions.messages.queueing import NotAllowed
from servicing.gateways.queue import nudge
from servicing.models import Message

Status = Message.Status


@transaction.atomic
def resend(*, message, by, at):
    """Into the line once more, under the same key; whether it may still be sent is asked when it is its turn.

    Raises NotAllowed ("right", "over").
    """
    message = stuck(message, by=by)
    message.status, message.why, message.next_at, message.settled_by = Status.QUEUED, "", None, by
    message.attempts = message.rounds = 0
    message.save(update_fields=["status", "why", "attempts", "rounds", "next_at", "settled_by"])
    trace(message, "message.resent", by=by, at=at)
    nudge("messages")
    return message


@transaction.atomic
def mark_sent(*, message, by, at):
    """It did leave, as the other side has said; raises NotAllowed ("right", "over")."""
    message = stuck(message, by=by)
    if message.status != Status.UNKNOWN:
        raise NotAllowed("over")
    return ended(message, Status.SENT, "", "message.marked", by=by, at=at)


@transaction.atomic
def drop(*, message, by, at):
    """It shall not be sent any more; raises NotAllowed ("right", "over")."""
    return ended(stuck(message, by=by), Status.WITHDRAWN, "person", "message.dropped", by=by, at=at)


def stuck(message, *, by):
    """The message, its row locked, if it still waits for a person; of two the second comes too late."""
    if not by.may("message.settle"):
        raise NotAllowed("right")
    found = Message.objects.select_for_update(no_key=True).stuck().filter(pk=message.pk).first()
    if found is None:
        raise NotAllowed("over")
    return found


def ended(message, status, why, what, *, by, at):
    message.status, message.why, message.body, message.settled_by = status, why, None, by
    message.sent_at = at if status == Status.SENT else None
    message.save(update_fields=["status", "why", "body", "settled_by", "sent_at"])
    trace(message, what, by=by, at=at)
    return message


def trace(message, what, *, by, at):
    detail = {"message": message.pk, "kind": message.kind}
    ledger.record(what=what, target=message.borrower, by=by, at=at, detail=detail)

"""A message is queued in the transaction of what it tells, and can be withdrawn until it is being sent.

Whoever queues, withdraws or claims holds the borrower's row first, then the message: so a no and a sending of
one borrower come one after the other.
"""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, privacy
from servicing.domain.messages import is_key, one_line
from servicing.domain.privacy import place
from servicing.gateways.queue import nudge
from servicing.models import Borrower, Message, OptOut, Restriction
from servicing.models.marketing import marketable


class NotAllowed(Exception):
    """A message that is refused; the message is a code that the page puts into words."""


def refusal(borrower, *, purpose, kind, on):
    """Why this borrower may not be sent this on a day, as a code; "" where nothing stands against it."""
    if Restriction.objects.in_force(on=on).filter(borrower=borrower).exists():
        return "restricted"
    if borrower.phone_cipher is None:
        return "no_phone"
    noes = OptOut.objects.in_force().about(borrower).values_list("purpose", flat=True)
    if (purpose if purpose == Message.Purpose.MARKETING else kind) in set(noes):
        return "opted_out"
    is_marketing = purpose == Message.Purpose.MARKETING
    if is_marketing and not marketable(on=on).filter(pk=borrower.pk).exists():
        return "no_consent"
    return ""


def spot(key):
    """Where the words of a message stand, to which they are sealed."""
    return place("servicing_message", "body", key)


def sealed(text, key):
    return privacy.keyring().seal(text, place=spot(key))


@transaction.atomic
def queue(*, borrower, purpose, kind, key, subject, body, by, at):
    """The message with this key, new or queued before: the same key is the same message.

    Raises NotAllowed ("restricted", "no_phone", "opted_out", "no_consent"), and ValueError for a key that
    could not be the name of a file.
    """
    if not is_key(key):
        raise ValueError(key)
    borrower = Borrower.objects.held(borrower.pk)
    if there := Message.objects.filter(key=key).first():
        return there
    if why := refusal(borrower, purpose=purpose, kind=kind, on=timezone.localdate(at)):
        raise NotAllowed(why)
    message = Message.objects.create(
        borrower=borrower, purpose=purpose, kind=kind, key=key, subject=one_line(subject)[:200],
        body=sealed(body, key), queued_at=at, queued_by=by,
    )  # fmt: skip
    detail = {"message": message.pk, "purpose": purpose, "kind": kind}
    ledger.record(what="message.queued", target=borrower, by=by, at=at, detail=detail)
    nudge("messages")
    return message


@transaction.atomic
def withdraw(*, borrower, purpose, why, by, at, kind=None):
    """Take back what waits for a borrower, of one kind or all of a purpose; the number of messages.

    What is being sent right now may still leave; if it does not, it is not tried again.
    """
    borrower = Borrower.objects.held(borrower.pk)
    rows = borrower.messages.filter(purpose=purpose, **({"kind": kind} if kind else {}))
    gone = rows.filter(status__in=[Message.Status.QUEUED, Message.Status.FAILED]).update(
        status=Message.Status.WITHDRAWN, why=why, body=None, next_at=None
    )
    rows.filter(status=Message.Status.SENDING).update(why=why)
    if gone:
        detail = {"purpose": purpose, "reason": why, "count": gone}
        ledger.record(what="message.withdrawn", target=borrower, by=by, at=at, detail=detail)
    return gone

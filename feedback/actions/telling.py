"""Tells those who reported something what became of it: each person once, in one step."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from feedback.models import Response, Told
from servicing.actions import ledger, messages
from servicing.domain.privacy import kept
from servicing.models import Borrower, Message, Restriction


class NotAllowed(Exception):
    """A telling that is refused; the message is a code that the page puts into words."""


@dataclass(frozen=True)
class Preview:
    """How many people would be told; of the others, whose data is only kept or who have no number, and how
    many voices nobody knows the owner of.
    """

    people: int
    silent: int
    unknown: int


def voices(responses):
    """These responses and all that were merged into one of them, oldest first."""
    ids = [row.pk for row in responses]
    return Response.objects.filter(Q(pk__in=ids) | Q(merged_into__in=ids)).order_by("pk")


def by_person(responses):
    """{borrower's id: the first response that they gave}, in the order in which the borrowers are held."""
    first: dict[int, Response] = {}
    for row in voices(responses).exclude(borrower=None).select_related("borrower"):
        first.setdefault(row.borrower_id, row)
    return dict(sorted(first.items()))


def preview(responses, *, on):
    """What telling them would come to on a day."""
    people = list(by_person(responses))
    kept = Restriction.objects.in_force(on=on).filter(borrower__in=people).values("borrower")
    told = Borrower.objects.filter(pk__in=people, phone_cipher__isnull=False).exclude(pk__in=kept).count()
    unknown = voices(responses).filter(borrower=None).count()
    return Preview(people=told, silent=len(people) - told, unknown=unknown)


@transaction.atomic
def tell(*, responses, words, by, at):
    """Queue one message for each person behind these responses; what was told, new and before.

    The same words about the same matter go to nobody twice. Raises NotAllowed ("right", "words", "nobody").
    """
    if not by.may("response.steer"):
        raise NotAllowed("right")
    words = kept(words)
    if not words:
        raise NotAllowed("words")
    mark, about = hashlib.sha256(words.encode()).hexdigest()[:16], voices(responses)
    # By whichever voice: an older one of the same person may have come to it since.
    before = Told.objects.filter(response__in=about, message__key__endswith=mark).select_related("message")
    known = {row.message.borrower_id: row for row in before}
    told = [
        (known[pk], False) if pk in known else _tell(row, words, mark, by=by, at=at)
        for pk, row in by_person(responses).items()
    ]
    if not any(told):
        raise NotAllowed("nobody")
    fresh = [row for row, is_new in filter(None, told) if is_new]
    if fresh:
        target = responses[0].merged_into or responses[0]
        ledger.record(what="response.told", target=target, by=by, at=at, detail={"count": len(fresh)})
    return [row for row, _is_new in filter(None, told)]


def _tell(row, words, mark, *, by, at):
    """(what was told, whether just now); None for somebody to whom nothing may be sent."""
    key = f"told-{row.pk}-{mark}"
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("About what you reported: %(reference)s") % {"reference": row.reference}
    try:
        message = messages.queue(
            borrower=row.borrower, purpose="service", kind=Message.Kind.TOLD, key=key, subject=subject,
            body=words, by=by, at=at,
        )  # fmt: skip
    except messages.NotAllowed:
        return None
    return Told.objects.get_or_create(message=message, defaults={"response": row})

"""Who looks after a response: taken, handed over, noted, answered."""

from django.db import transaction

from feedback.models import Note, Response
from servicing.actions import ledger
from servicing.domain.privacy import kept


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


def held(response, *, by):
    """The locked row of an open response that is the person's own, nobody's, or anybody's for who steers.

    Raises NotAllowed ("right", "closed", "owner").
    """
    if not by.may("response.answer"):
        raise NotAllowed("right")
    row = Response.objects.select_for_update(of=("self",)).get(pk=response.pk)
    if row.status != Response.Status.OPEN:
        raise NotAllowed("closed")
    if row.owner_id not in (None, by.pk) and not by.may("response.steer"):
        raise NotAllowed("owner")
    return row


@transaction.atomic
def take(*, response, by, at):
    """Look after it from now on; what is so already changes nothing."""
    row = held(response, by=by)
    return row if row.owner_id == by.pk else _give(row, by, by=by, at=at)


@transaction.atomic
def hand_over(*, response, person, by, at):
    """Give it to a colleague; raises NotAllowed as `held` does, and "person" for who may not answer."""
    row = held(response, by=by)
    if not person.may("response.answer"):
        raise NotAllowed("person")
    return row if row.owner_id == person.pk else _give(row, person, by=by, at=at)


def _give(row, person, *, by, at):
    detail = {"owner": row.owner_id, "to": person.pk}
    # What was promised about it goes along.
    row.follow_ups.filter(done_at=None, owner=row.owner).update(owner=person)
    row.owner = person
    row.save(update_fields=["owner"])
    ledger.record(what="response.handed_over", target=row, by=by, at=at, detail=detail)
    return row


@transaction.atomic
def note(*, response, words, key="", by, at):
    """Tell colleagues something, also after it was answered; the same form with the same words is one note.

    Raises NotAllowed ("right", "words").
    """
    if not by.may("response.answer"):
        raise NotAllowed("right")
    if not kept(words):
        raise NotAllowed("words")
    Response.objects.select_for_update(of=("self",)).get(pk=response.pk)
    told = {"response": response, "words": kept(words), "key": key}
    if key and (there := Note.objects.filter(**told, by=by).first()):
        return there
    row = Note.objects.create(**told, by=by, at=at)
    ledger.record(what="response.noted", target=response, by=by, at=at)
    return row


@transaction.atomic
def answer(*, response, words, by, at):
    """Answer it, and with it every voice that was merged into it.

    Raises NotAllowed as `held` does, "words", and "objection" where its record decides what is answered.
    """
    row = held(response, by=by)
    if not kept(words):
        raise NotAllowed("words")
    if row.objection_id is not None:
        raise NotAllowed("objection")
    return answered(row, words, by=by, at=at)


def answered(row, words, *, by, at):
    row.status, row.answer, row.answered_by, row.answered_at = Response.Status.ANSWERED, kept(words), by, at
    row.owner = row.owner or by
    row.save(update_fields=["status", "answer", "answered_by", "answered_at", "owner"])
    ledger.record(
        what="response.answered", target=row, by=by, at=at, detail={"voices": row.voices.count() + 1}
    )
    return row

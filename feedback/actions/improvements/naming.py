"""A person says what an obstacle is, and by which failures and words it is known."""

from django.db import IntegrityError, transaction

from feedback.domain.improvements import NotAllowed
from feedback.models import Obstacle, Signature
from servicing.actions import ledger
from servicing.domain.privacy import kept


class Taken(NotAllowed):
    """The signature belongs to another obstacle already."""


@transaction.atomic
def name(*, title, signatures, by, at, note="", heard_in=None):
    """A new obstacle; it is known by `signatures`, each a dict of the fields of Signature."""
    if not by.may("obstacle.name"):
        raise NotAllowed("right")
    title = kept(title)
    if not title:
        raise NotAllowed("title")
    if not signatures:
        raise NotAllowed("signature")
    obstacle = Obstacle.objects.create(
        title=title, note=kept(note), named_by=by, named_at=at, heard_in=heard_in
    )
    for signature in signatures:
        write(obstacle, signature)
    ledger.record(
        what="obstacle.named", target=obstacle, by=by, at=at, detail={"signatures": list(signatures)}
    )
    return obstacle


@transaction.atomic
def add_signature(*, obstacle, signature, by, at):
    """Something else by which the obstacle is known."""
    if not by.may("obstacle.name"):
        raise NotAllowed("right")
    row = write(Obstacle.objects.select_for_update().get(pk=obstacle.pk), signature)
    ledger.record(
        what="obstacle.signature_added", target=obstacle, by=by, at=at, detail={"signature": signature}
    )
    return row


def write(obstacle, signature):
    try:
        with transaction.atomic():
            return Signature.objects.create(obstacle=obstacle, **signature)
    except IntegrityError as error:
        raise Taken("taken") from error

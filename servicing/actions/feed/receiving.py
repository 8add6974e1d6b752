"""Deliveries come in: verified, numbered, sealed and stored, whatever is repeated or comes too early."""

import hashlib
import hmac
import json
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import ledger, periods, privacy
from servicing.domain.feed import reading
from servicing.domain.feed.days import day_of
from servicing.domain.feed.envelope import Forged, Seal, check
from servicing.domain.feed.messages import Malformed, Message, parse
from servicing.domain.privacy import blur, place
from servicing.gateways import feed as gateway
from servicing.gateways import queue
from servicing.models import Feed, FeedMessage, FeedRefusal, Payment, Source

WINDOW = timedelta(minutes=5)
NAMED = 20  # numbers that differ, in one entry of the trail


class Refused(Exception):
    """A delivery that changed nothing: a code of FeedReason, and the line where it went wrong; `faults` are
    [(line, code)] of its first lines that cannot be read.
    """

    def __init__(self, reason, line=None, faults=()):
        super().__init__(reason, line)
        self.reason, self.line, self.faults = reason, line, list(faults)


def deliver(*, source, seal, body, door, by, at, address=""):
    """Store the messages of a signed delivery; returns the first number that is still missing.

    Delivered again it changes nothing. Raises Refused, after it was noted, for one that is not taken; what
    nobody signed is not even noted when its address has knocked too often.
    """
    try:
        sender, seal, messages = opened(source, seal, body)
    except Refused as refused:
        if refused.reason == "forged" and is_throttled(source, address, at=at):
            raise Refused("too_many") from None
        note(refused, source=source, door=door, address=address, at=at)
        raise
    return store(sender, seal, messages, body=body, by=by, at=at)


def opened(source, seal, body):
    """(sender, seal, messages) of a delivery that is what it says it is; raises Refused."""
    sender = gateway.senders().get(source)
    try:
        seal = Seal.read(seal)
        # Without such a sender nobody's key fits, and the answer does not say which of the two it was.
        check(seal, body, source=source, keys=sender.keys if sender else {})
        if sender and seal.first < sender.first:
            raise Malformed(1, "before_first")
        return sender, seal, parse(body, first=seal.first, last=seal.last)
    except Forged:
        raise Refused("forged") from None
    except Malformed as error:
        raise Refused(error.reason, error.line, error.faults) from None


def note(refused, *, source, door, address, at):
    FeedRefusal.objects.create(
        source=source[:32], door=door, address=address[:64], reason=refused.reason, line=refused.line,
        faults=refused.faults, at=at,
    )  # fmt: skip


def is_throttled(source, address, *, at):
    """Whether so many forged deliveries came from this address for a source; unknown sources are one."""
    if not address:
        return False
    knocks = FeedRefusal.objects.filter(address=address[:64], reason="forged", at__gt=at - WINDOW)
    if source in (known := gateway.senders()):
        knocks = knocks.filter(source=source)
    else:
        knocks = knocks.exclude(source__in=known)
    return knocks.count() >= periods.value("feed.knocks", on=timezone.localdate(at))


@transaction.atomic
def store(sender, seal, messages, *, body, by, at):
    feed = feed_of(sender)
    with connection.cursor() as cursor:
        # Of two deliveries at once the second one sees what the first one stored. Not the feed's row:
        # whoever applies holds that one.
        cursor.execute("select pg_advisory_xact_lock(hashtext('feed'), %s)", [feed.pk])
    known = dict(
        feed.messages.filter(sequence__range=(seal.first, seal.last)).values_list("sequence", "digest")
    )
    texts = {message.sequence: message.canonical() for message in messages}
    digests = {number: digest_of(text) for number, text in texts.items()}
    fresh = [message for message in messages if message.sequence not in known]
    FeedMessage.objects.bulk_create(
        row(feed, message, texts[message.sequence], digests[message.sequence], at) for message in fresh
    )
    differing = [number for number, digest in known.items() if bytes(digest) != digests[number]]
    if differing:
        for message in messages:
            if message.sequence in differing:
                first = feed.messages.get(sequence=message.sequence)
                first.differs_at, first.second_digest = at, digests[message.sequence]
                first.second = shown(message) | {"codes": pairs(codes_of(first), reading.codes(message))}
                first.save(update_fields=["differs_at", "second_digest", "second"])
        detail = {"count": len(differing), "sequences": sorted(differing)[:NAMED], "key": seal.key}
        ledger.record(what="feed.differed", target=feed, by=by, at=at, detail=detail)
    if fresh:
        detail = {"first": seal.first, "last": seal.last, "new": len(fresh), "key": seal.key}
        detail["sha256"] = hashlib.sha256(body).hexdigest()
        ledger.record(what="feed.received", target=feed, by=by, at=at, detail=detail)
        queue.nudge("feed")
    return FeedMessage.objects.first_missing(feed)


def feed_of(sender):
    source, _ = Source.objects.get_or_create(
        code=sender.code, defaults={"name": sender.name, "zone": sender.zone}
    )
    feed, _ = Feed.objects.select_related("source").get_or_create(source=source)
    # Before its first message a feed begins where the keys file says.
    if sender.first > feed.next and Feed.objects.filter(pk=feed.pk, next=1, began_on=None).update(
        next=sender.first
    ):
        feed.next = sender.first
    return feed


def shown(message):
    """What is kept of another content, to be shown beside the first one: what the row of a message shows."""
    return {
        "kind": message.kind,
        "at": message.at.isoformat(),
        "loan": message.loan,
        "amount": None if (amount := reading.amount(message)) is None else str(amount),
    }


def codes_of(row):
    """The codes of a stored message; where its body is gone they stand in the archive."""
    if row.body is not None:
        return reading.codes(message_of(row))
    of_loan = Payment.objects.filter(loan__source=row.feed_id, loan__external_id=row.loan)
    found = row.fact and of_loan.filter(external_id=row.fact).values("channel", "error_code").first()
    return found | {"payment_id": row.fact} if found else {}


def pairs(first, second):
    """{code: [in the first content, in the second one]}; numbers of people are blurred."""
    names = [name for name in reading.CODES if first.get(name) or second.get(name)]
    return {name: [blur(side.get(name, "")) for side in (first, second)] for name in names}


def row(feed, message, text, digest, at):
    return FeedMessage(
        feed=feed,
        sequence=message.sequence,
        kind=message.kind,
        at=message.at,
        day=day_of(message.at, zone=feed.source.zone),
        loan=message.loan,
        digest=digest,
        body=privacy.keyring().seal(text, place=spot(feed.pk, message.sequence)),
        received_at=at,
        amount=reading.amount(message),
    )


def digest_of(text):
    """By which the same content is known again. Keyed: of plain digests one could guess the people."""
    return hmac.new(privacy.keyring().index_key, b"feed\0" + text.encode(), hashlib.sha256).digest()


def spot(feed, sequence):
    """The place to which the body of a message is bound."""
    return place("servicing_feedmessage", "body", f"{feed}:{sequence}")


def message_of(row):
    """The message in a stored row, in plain text."""
    text = privacy.keyring().open(row.body, place=spot(row.feed_id, row.sequence))
    sequence, kind, at, loan, data = json.loads(text)
    return Message(sequence, kind, datetime.fromisoformat(at), loan, data)


def tidy(*, at):
    """Forget refused deliveries after the time that the setting says, the files and the notes."""
    before = at - timedelta(days=periods.value("feed.refused", on=timezone.localdate(at)))
    FeedRefusal.objects.filter(at__lt=before).delete()
    gateway.clear(before=before.timestamp())

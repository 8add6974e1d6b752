"""Ways out for a person: a refused message again or left out, the first of two contents, a day as it is."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, staff
from servicing.actions.feed import applying, totals
from servicing.actions.feed.receiving import message_of
from servicing.domain.privacy import blur, says_something
from servicing.gateways import queue
from servicing.models import Feed, FeedDay, FeedMessage

Status = FeedMessage.Status
MOST = 1000  # numbers passed over at once


class NotAllowed(Exception):
    """A verb that needs another right, another moment or a reason; the message is a code."""


@transaction.atomic
def retry(*, message, by, at):
    """Try a refused message again, and then what waits behind it; returns how many were applied."""
    message = held(message, by=by)
    if message.status != Status.REFUSED:
        raise NotAllowed("status")
    applied = go_on(message, first=message, at=at)
    message.refresh_from_db()
    detail = {"sequence": message.sequence, "applied": applied, "reason": message.reason}
    ledger.record(what="feed.retried", target=message, by=by, at=at, detail=detail)
    return applied


@transaction.atomic
def skip(*, message, reason, by, at):
    """Leave a refused message out for good, for a reason; what waits behind it goes on."""
    message = held(message, by=by)
    if message.status != Status.REFUSED:
        raise NotAllowed("status")
    if not says_something(reason):
        raise NotAllowed("reason")
    message.status, message.applied_at, message.body, message.mended_by = Status.SKIPPED, at, None, by
    message.save(update_fields=["status", "applied_at", "body", "mended_by"])
    applied = go_on(message, at=at)
    detail = {"sequence": message.sequence, "kind": message.kind, "applied": applied, "words": blur(reason)}
    ledger.record(what="feed.skipped", target=message, by=by, at=at, detail=detail)
    return applied


@transaction.atomic
def keep(*, message, reason, by, at):
    """Settle that the first content of a number stands, though another one came under it."""
    message = held(message, by=by)
    if message.differs_at is None:
        raise NotAllowed("status")
    if not says_something(reason):
        raise NotAllowed("reason")
    second = bytes(message.second_digest or b"").hex()
    message.differs_at, message.second_digest, message.mended_by = None, None, by
    message.save(update_fields=["differs_at", "second_digest", "mended_by"])
    detail = {"sequence": message.sequence, "left_out": second, "words": blur(reason)}
    ledger.record(what="feed.kept", target=message, by=by, at=at, detail=detail)


@transaction.atomic
def pass_over(*, feed, last, reason, by, at):
    """Settle that the missing numbers up to `last` will never come, for a reason; what waits goes on.

    Each of them stands as left out: what comes under it nevertheless is shown as other content.
    """
    if not by.may("feed.mend"):
        raise NotAllowed("right")
    feed = Feed.objects.select_for_update().get(pk=feed.pk)
    numbers = range(feed.next, last + 1)
    if not 1 <= len(numbers) <= MOST or feed.messages.filter(sequence__range=(feed.next, last)).exists():
        raise NotAllowed("range")
    if not says_something(reason):
        raise NotAllowed("reason")
    FeedMessage.objects.bulk_create(
        FeedMessage(
            feed=feed, sequence=number, kind=FeedMessage.Kind.PASSED, at=at, received_at=at, applied_at=at,
            day=timezone.localdate(at), digest=b"", status=Status.SKIPPED, mended_by=by,
        )
        for number in numbers
    )  # fmt: skip
    first, feed.next = feed.next, last + 1
    feed.save(update_fields=["next"])
    detail = {"first": first, "last": last, "words": blur(reason)}
    ledger.record(what="feed.passed", target=feed, by=by, at=at, detail=detail)
    queue.nudge("feed")


@transaction.atomic
def accept(*, day, reason, by, at):
    """Accept that a day differs or was never closed, for a reason."""
    if not by.may("feed.mend"):
        raise NotAllowed("right")
    Feed.objects.select_for_update().get(pk=day.feed_id)
    day.refresh_from_db()
    if day.status not in (FeedDay.Status.DIFFERENT, FeedDay.Status.LATE):
        raise NotAllowed("status")
    if not says_something(reason):
        raise NotAllowed("reason")
    day.status, day.accepted_by = FeedDay.Status.ACCEPTED, by
    day.save(update_fields=["status", "accepted_by"])
    detail = {"day": day.day.isoformat(), "words": blur(reason)}
    ledger.record(what="feed.accepted", target=day, by=by, at=at, detail=detail)


def held(message, *, by):
    """The message as it is now, behind its feed's lock; raises NotAllowed without the right."""
    if not by.may("feed.mend"):
        raise NotAllowed("right")
    feed = Feed.objects.select_for_update().get(pk=message.feed_id)
    message = feed.messages.get(pk=message.pk)
    message.feed = feed
    return message


def go_on(message, *, at, first=None):
    """Apply what stands of the message's loan, in order, until one is refused; how many were applied."""
    feed, count = message.feed, 0
    rows = [first] if first else []
    if message.loan:
        rows = list(feed.messages.standing().filter(loan=message.loan).order_by("sequence"))
    by, told = staff.machine("core"), feed.messages.told([message.loan])
    for row in rows:
        applying.hold_borrowers(feed, [content := message_of(row)])
        applying.take(feed, row, content, told, by=by, at=at)
        applying.keep([row])
        if row.status == Status.REFUSED:
            break
        count += 1
    totals.recount(feed, {row.day for row in [message, *rows]}, at=at)
    return count

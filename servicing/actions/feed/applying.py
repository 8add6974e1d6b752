"""Messages get their turn, in order and once: a handful in one transaction, behind the feed's row lock."""

import logging
import time
import traceback
from collections import Counter
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from servicing.actions import archive, ledger, periods
from servicing.actions.archive.holding import Differs, Unknown, hold, one_fact
from servicing.actions.feed import totals, verbs
from servicing.actions.feed.receiving import message_of
from servicing.domain.feed.days import COUNTED
from servicing.domain.intake.layout import Problem
from servicing.models import Borrower, Feed, FeedMessage

log = logging.getLogger(__name__)
# Messages in one transaction: enough to share a commit, few enough that nobody waits for its borrowers.
HANDFUL = 20
# What became of a message; a body stays only where it is needed again.
KEEP = """
update servicing_feedmessage set status = %(status)s, applied_at = %(applied_at)s, total = %(total)s,
    fact = %(fact)s, amount = %(amount)s, reason = %(reason)s, field = %(field)s,
    body = case when %(status)s <> 'applied' then body end
where id = %(id)s
"""
FIELDS = ("id", "status", "applied_at", "total", "fact", "amount", "reason", "field")
Status = FeedMessage.Status


def work(*, by, at, until=None):
    """Give every message its turn that has come in order; how many were done.

    After `until`, an instant of time.monotonic(), no further handful is taken up. A feed that somebody
    else is at is left to them.
    """
    count = 0
    for pk in Feed.objects.order_by("pk").values_list("pk", flat=True):
        while until is None or time.monotonic() < until:
            done = handful(pk, by=by, at=at)
            if not done:
                break
            count += done
    return count


@transaction.atomic
def handful(pk, *, by, at):
    feed = Feed.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if feed is None or not (rows := in_order(feed)):
        return 0
    messages = [message_of(row) for row in rows]
    borrowers, numbers = hold_borrowers(feed, messages), {row.loan for row in rows} - {""}
    detail = {"first": feed.next, "last": rows[-1].sequence}
    with archive.together(borrowers, source=feed.pk, external_id__in=numbers, at=at):
        detail |= take_all(feed, rows, messages, numbers, by=by, at=at)
    keep(rows)
    feed.next, feed.began_on = rows[-1].sequence + 1, feed.began_on or rows[0].day
    feed.save(update_fields=["next", "began_on"])
    totals.recount(feed, {row.day for row in rows}, at=at)
    ledger.record(what="feed.applied", target=feed, by=by, at=at, detail=detail)
    return len(rows)


def take_all(feed, rows, messages, numbers, *, by, at):
    """Each in turn, behind whatever of its loan waits for a person; {status: how many}."""
    told = feed.messages.told(numbers)
    waits = set(feed.messages.standing().filter(loan__in=numbers).values_list("loan", flat=True))
    counts: Counter[str] = Counter()
    for row, message in zip(rows, messages, strict=True):
        if row.loan in waits:
            row.status = Status.HELD
        else:
            take(feed, row, message, told, by=by, at=at)
        if row.status != Status.APPLIED and row.loan:
            waits.add(row.loan)
        counts[str(row.status)] += 1
    return counts


def in_order(feed):
    """The next messages, up to the first number that is missing."""
    numbers = range(feed.next, feed.next + HANDFUL)
    found = list(feed.messages.filter(sequence__in=numbers).order_by("sequence"))
    return [row for row, number in zip(found, numbers, strict=False) if row.sequence == number]


def hold_borrowers(feed, messages):
    """Lock everybody whom the messages are about; their ids."""
    loans = {message.loan for message in messages if message.loan}
    opening = [message.data.get("borrower") for message in messages if message.kind == "loan.opened"]
    keys = {str(owner.get("borrower_id")) for owner in opening if isinstance(owner, dict)}
    of_source = Borrower.objects.filter(source=feed.pk)
    ids = set(of_source.filter(external_id__in=keys).values_list("pk", flat=True))
    ids |= set(of_source.filter(loans__external_id__in=loans).values_list("pk", flat=True))
    return hold(ids)


def take(feed, row, message, told, *, by, at):
    """Apply one message, or refuse it with its reason; what it had begun is undone then. `told` is what was
    counted of its loan before.
    """
    try:
        with one_fact(), transaction.atomic():
            refuse_what_lies_ahead(row, message)
            row.amount = verbs.apply(message, feed=feed, by=by, at=at)
    except OperationalError:
        raise  # a deadlock or a lost connection says nothing about the message: the handful comes again
    except Problem as problem:
        refuse(row, problem.reason, problem.column)
    except Unknown as unknown:
        refuse(row, verbs.UNKNOWN.get(str(unknown), "no_loan"), str(unknown))
    except Differs as differs:
        refuse(row, "on_file", str(differs))
    except Exception as error:
        # Its text may quote what the message said of a person, so only the place is kept.
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("message %s could not be applied: %s\n%s", row, type(error).__name__, place)
        refuse(row, "failed", type(error).__name__)
    else:
        row.status, row.applied_at, row.body, row.reason, row.field = Status.APPLIED, at, None, "", ""
        row.total, row.fact = COUNTED.get(row.kind, ""), str(message.data.get("payment_id", ""))
        # A fact counts once, however many numbers tell it.
        if (fact := (row.loan, row.total, row.fact)) in told:
            row.total = ""
        told.add(fact)


def keep(rows):
    """Write what became of messages."""
    with connection.cursor() as cursor:
        cursor.executemany(KEEP, [{name: getattr(row, name) for name in FIELDS} for row in rows])


def refuse_what_lies_ahead(row, message):
    """Raises Problem for a message that was sent before it happened; clocks may differ a little."""
    if message.at > row.received_at:
        minutes = periods.value("feed.ahead", on=timezone.localdate(row.received_at))
        if message.at > row.received_at + timedelta(minutes=minutes):
            raise Problem("at", "in_future")


def refuse(row, reason, field):
    row.status, row.reason, row.field = Status.REFUSED, reason, field[:64]

"""Whether the feed can be relied on: what is missing, different, late or refused, and since when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from servicing.actions import periods
from servicing.models import Feed, FeedDay, FeedMessage, FeedRefusal
from servicing.models.feed import STANDING
from servicing.models.feed_refusals import DOORS


@dataclass(frozen=True)
class Trouble:
    """One thing that makes the feed unreliable. `code` is gap, behind, refused, differs, different, late,
    bad_keys or bad_folder, and of one loan also waits, held or contested; `count` says how many messages or
    days, `first` is the first missing number, the first message of the loan or the oldest day.
    """

    source: str
    code: str
    since: datetime
    count: int
    first: int | date | None = None


def troubles(*, at):
    """Everything that makes what we know of open loans stale now, over all feeds."""
    return doors() + [trouble for state in states(at=at) for trouble in state["troubles"]]


# What keeps anything about any loan of a source from coming in; all else is about single loans or days.
STOPS = ("gap", "behind")


def of_loan(loan, *, at):
    """What makes the page of this loan stale: whatever stops the feed of its source, and its own messages
    that have come and are not applied, or came with two contents.
    """
    feed = Feed.objects.select_related("source").filter(pk=loan.source_id).first()
    if feed is None:
        return []
    here = [trouble for trouble in doors() if trouble.source in ("feed.json", feed.source.code)]
    missing = FeedMessage.objects.first_missing(feed)
    here += stops(feed, missing, in_line(feed, missing), late=late_from(at))
    own = {
        "waits": Q(sequence__gte=feed.next, status=FeedMessage.Status.WAITING),
        "held": Q(status__in=STANDING),
        "contested": Q(differs_at__isnull=False),
    }
    # What has just come and is about to have its turn is no trouble yet.
    if not any(trouble.code in STOPS for trouble in here):
        del own["waits"]
    asked = {
        f"{code}_{name}": verb(field, filter=condition)
        for code, condition in own.items()
        for name, verb, field in (("n", Count, "pk"), ("first", Min, "sequence"), ("at", Min, "received_at"))
    }
    anyhow = Q()
    for condition in own.values():
        anyhow |= condition
    found = feed.messages.filter(anyhow, loan=loan.external_id).aggregate(**asked)
    here += [
        Trouble(str(feed), code, found[f"{code}_at"], found[f"{code}_n"], found[f"{code}_first"])
        for code in own
    ]
    return [trouble for trouble in here if trouble.count]


def doors():
    """The doors that are out of order: a keys file or a drop folder."""
    rows = FeedRefusal.objects.filter(reason__in=DOORS).order_by("pk")
    return [Trouble(row.source or "feed.json", row.reason, row.at, 1) for row in rows]


def states(*, at):
    """[{feed, missing, newest, counts, troubles}] of all feeds: what their page and Today show."""
    late = late_from(at)
    return [state(feed, late=late) for feed in Feed.objects.select_related("source").order_by("pk")]


def late_from(at):
    """What came before this and has not had its turn is behind."""
    return at - timedelta(minutes=periods.value("feed.behind", on=timezone.localdate(at)))


def state(feed, *, late):
    missing = FeedMessage.objects.first_missing(feed)
    counts = counted(feed, missing)
    found = [
        *stops(feed, missing, counts, late=late),
        Trouble(str(feed), "refused", counts["refused_since"], counts["refused"]),
        Trouble(str(feed), "differs", counts["differs_since"], counts["differs"]),
    ]
    open_days = feed.days.filter(status__in=[FeedDay.Status.DIFFERENT, FeedDay.Status.LATE])
    days = open_days.order_by("status").values_list("status")
    for status, at, count, day in days.annotate(at=Min("checked_at"), n=Count("pk"), day=Min("day")):
        found.append(Trouble(str(feed), status, at, count, day))
    newest = feed.days.filter(closed_at__isnull=False).aggregate(day=Max("day"))["day"]
    return {
        "feed": feed,
        "missing": missing,
        "newest": newest,
        "counts": counts,
        "troubles": [trouble for trouble in found if trouble.count],
    }


def stops(feed, missing, counts, *, late):
    """What keeps everything about the loans of a feed from coming in."""
    found = [Trouble(str(feed), "gap", counts["beyond_since"], counts["beyond"], missing)]
    if counts["waiting_since"] and counts["waiting_since"] < late:
        found.append(Trouble(str(feed), "behind", counts["waiting_since"], counts["waiting"]))
    return [trouble for trouble in found if trouble.count]


def in_line(feed, missing):
    """How many messages wait for their turn or are beyond a gap, and since when."""
    waiting, beyond = Q(sequence__lt=missing), Q(sequence__gt=missing)
    return feed.messages.filter(sequence__gte=feed.next).aggregate(
        waiting=Count("pk", filter=waiting),
        waiting_since=Min("received_at", filter=waiting),
        beyond=Count("pk", filter=beyond),
        beyond_since=Min("received_at", filter=beyond),
    )


def counted(feed, missing):
    """The same, and how many are refused, held or differ."""
    refused = Q(status=FeedMessage.Status.REFUSED)
    standing = feed.messages.standing().aggregate(
        refused=Count("pk", filter=refused),
        refused_since=Min("received_at", filter=refused),
        held=Count("pk", filter=Q(status=FeedMessage.Status.HELD)),
    )
    differing = feed.messages.filter(differs_at__isnull=False)
    return (
        in_line(feed, missing)
        | standing
        | differing.aggregate(differs=Count("pk"), differs_since=Min("differs_at"))
    )

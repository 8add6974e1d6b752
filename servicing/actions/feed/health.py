"""Whether the feed can be relied on: what is missing, different, late or refused, and since when."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Max, Min, Q
from django.utils import timezone

from servicing.actions import periods
from servicing.models import Feed, FeedDay, FeedMessage, FeedRefusal
from servicing.models.feed_refusals import DOORS


@dataclass(frozen=True)
class Trouble:
    """One thing that makes the feed unreliable. `code` is gap, behind, refused, differs, different, late,
    bad_keys or bad_folder; `count` says how many messages or days, `first` is the first missing number or
    the oldest day.
    """

    source: str
    code: str
    since: datetime
    count: int
    first: int | date | None = None


def troubles(*, at):
    """Everything that makes what we know of open loans stale now, over all feeds."""
    return doors() + [trouble for state in states(at=at) for trouble in state["troubles"]]


def doors():
    """The doors that are out of order: a keys file or a drop folder."""
    rows = FeedRefusal.objects.filter(reason__in=DOORS).order_by("pk")
    return [Trouble(row.source or "feed.json", row.reason, row.at, 1) for row in rows]


def states(*, at):
    """[{feed, missing, newest, counts, troubles}] of all feeds: what their page and Today show."""
    minutes = periods.value("feed.behind", on=timezone.localdate(at))
    return [
        state(feed, late=at - timedelta(minutes=minutes))
        for feed in Feed.objects.select_related("source").order_by("pk")
    ]


def state(feed, *, late):
    missing = FeedMessage.objects.first_missing(feed)
    counts = counted(feed, missing)
    found = [
        Trouble(str(feed), "gap", counts["beyond_since"], counts["beyond"], missing),
        Trouble(str(feed), "refused", counts["refused_since"], counts["refused"]),
        Trouble(str(feed), "differs", counts["differs_since"], counts["differs"]),
    ]
    if counts["waiting_since"] and counts["waiting_since"] < late:
        found.append(Trouble(str(feed), "behind", counts["waiting_since"], counts["waiting"]))
    for status in (FeedDay.Status.DIFFERENT, FeedDay.Status.LATE):
        days = feed.days.filter(status=status).aggregate(n=Count("pk"), day=Min("day"), at=Min("checked_at"))
        found.append(Trouble(str(feed), status.value, days["at"], days["n"], days["day"]))
    newest = feed.days.filter(closed_at__isnull=False).aggregate(day=Max("day"))["day"]
    return {
        "feed": feed,
        "missing": missing,
        "newest": newest,
        "counts": counts,
        "troubles": [trouble for trouble in found if trouble.count],
    }


def counted(feed, missing):
    """How many messages wait, are beyond a gap, refused, held or differ, and since when."""
    waiting, beyond = Q(sequence__lt=missing), Q(sequence__gt=missing)
    line = feed.messages.filter(sequence__gte=feed.next).aggregate(
        waiting=Count("pk", filter=waiting),
        waiting_since=Min("received_at", filter=waiting),
        beyond=Count("pk", filter=beyond),
        beyond_since=Min("received_at", filter=beyond),
    )
    refused = Q(status=FeedMessage.Status.REFUSED)
    standing = feed.messages.standing().aggregate(
        refused=Count("pk", filter=refused),
        refused_since=Min("received_at", filter=refused),
        held=Count("pk", filter=Q(status=FeedMessage.Status.HELD)),
    )
    differing = feed.messages.filter(differs_at__isnull=False)
    return line | standing | differing.aggregate(differs=Count("pk"), differs_since=Min("differs_at"))

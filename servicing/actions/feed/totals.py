"""Each business day is closed by the core's own counts; a difference or a missing one stays visible."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.domain.feed.days import TOTALS, Total, last_expected, missing
from servicing.models import Feed, FeedDay

LOOK_BACK = timedelta(days=400)


def close(feed, day, declared, *, at):
    """Keep what the core counted for a day; a later count of the same day takes its place."""
    FeedDay.objects.update_or_create(
        feed=feed,
        day=day,
        defaults={
            "declared": spelled(declared),
            "found": {},
            "status": FeedDay.Status.DIFFERENT,
            "closed_at": at,
            "checked_at": at,
            "accepted_by": None,
        },
    )


def recount(feed, days, *, at):
    """Compare closed days again with what is applied by now, and those that were just closed. What a person
    accepted stays accepted until the numbers move.
    """
    due = Q(day__in=days) | Q(found={})
    for row in FeedDay.objects.filter(due, feed=feed, closed_at__isnull=False):
        found = spelled(feed.messages.found(row.day))
        if row.status == FeedDay.Status.ACCEPTED and row.found == found:
            continue
        row.found, row.checked_at, row.accepted_by = found, at, None
        row.status = FeedDay.Status.EQUAL if found == row.declared else FeedDay.Status.DIFFERENT
        row.save(update_fields=["found", "status", "checked_at", "accepted_by"])


def spelled(totals):
    """{name: [count, amount as text]} with all totals, so that equal days are equal texts."""
    whole = {name: totals.get(name, Total()) for name in TOTALS}
    return {name: [total.number, f"{total.amount:.2f}"] for name, total in whole.items()}


@transaction.atomic
def expect(*, by, at):
    """Note the business days that should have been closed by now and are not; how many are new."""
    hours = periods.value("feed.late", on=timezone.localdate(at))
    count = 0
    for feed in Feed.objects.select_related("source"):
        if feed.began_on is None:
            continue
        last = last_expected(at, zone=feed.source.zone, hours=hours)
        first = max(feed.began_on, last - LOOK_BACK)
        if not missing(days_of(feed, first), first=first, last=last):
            continue
        # Of two at once the second one finds what the first one noted.
        Feed.objects.select_for_update().get(pk=feed.pk)
        late = missing(days_of(feed, first), first=first, last=last)
        FeedDay.objects.bulk_create(
            FeedDay(feed=feed, day=day, status=FeedDay.Status.LATE, checked_at=at) for day in late
        )
        if late:
            detail = {"days": len(late), "from_on": late[0].isoformat(), "to_on": late[-1].isoformat()}
            ledger.record(what="feed.late", target=feed, by=by, at=at, detail=detail)
        count += len(late)
    return count


def days_of(feed, first):
    return set(feed.days.filter(day__gte=first).values_list("day", flat=True))

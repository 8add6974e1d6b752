"""Each business day is closed by the core's own counts; a difference or a missing one stays visible."""

from datetime import timedelta

from django.utils import timezone

from servicing.actions import periods
from servicing.domain.feed.days import TOTALS, Total, last_expected, missing
from servicing.models import Feed, FeedDay

LOOK_BACK = timedelta(days=400)


def close(feed, day, declared, *, at):
    """Keep what the core counted for a day, and compare; a later count of the same day takes its place."""
    FeedDay.objects.update_or_create(
        feed=feed,
        day=day,
        defaults={
            "declared": spelled(declared),
            "status": FeedDay.Status.DIFFERENT,
            "closed_at": at,
            "checked_at": at,
            "accepted_by": None,
        },
    )


def recount(feed, days, *, at):
    """Compare closed days again with what is applied by now. What a person accepted stays accepted until
    the numbers move.
    """
    for row in FeedDay.objects.filter(feed=feed, day__in=days, closed_at__isnull=False):
        found = spelled(feed.messages.found(row.day))
        if row.status == FeedDay.Status.ACCEPTED and row.found == found:
            continue
        row.found, row.checked_at = found, at
        row.status = FeedDay.Status.EQUAL if found == row.declared else FeedDay.Status.DIFFERENT
        row.save(update_fields=["found", "status", "checked_at"])


def spelled(totals):
    """{name: [count, amount as text]} with all totals, so that equal days are equal texts."""
    whole = {name: totals.get(name, Total()) for name in TOTALS}
    return {name: [total.number, f"{total.amount:.2f}"] for name, total in whole.items()}


def expect(*, at):
    """Note the business days that should have been closed by now and are not; how many are new."""
    hours = periods.value("feed.late", on=timezone.localdate(at))
    count = 0
    for feed in Feed.objects.select_related("source"):
        if feed.began_on is None:
            continue
        last = last_expected(at, zone=feed.source.zone, hours=hours)
        first = max(feed.began_on, last - LOOK_BACK)
        known = set(feed.days.filter(day__gte=first).values_list("day", flat=True))
        late = [
            FeedDay(feed=feed, day=day, status=FeedDay.Status.LATE, checked_at=at)
            for day in missing(known, first=first, last=last)
        ]
        count += len(FeedDay.objects.bulk_create(late, ignore_conflicts=True))
    return count

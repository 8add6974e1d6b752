"""The clock's door: what the beat and the nudges call."""

import time

from celery import shared_task
from django.utils import timezone

from servicing.actions import (
    archive,
    controls,
    drafts,
    feed,
    intake,
    jobs,
    phones,
    privacy,
    staff,
    throttle,
)
from servicing.actions.archive import tallies

# A task ends before the beat looks again, so that neither heartbeats nor other work wait behind a long run.
# It leaves the rest to the beat: a nudge at each end would go on beside those of the beat, and they add up.
SECONDS = 12
# A look at files and an undo are not cut short, however much there is: less than the broker waits for an end.
LONG = 3600


@shared_task(time_limit=LONG)
def import_work(**_later):
    """Check and apply what waits of the imports."""
    at = timezone.now()
    intake.work(at=at, on=timezone.localdate(at), until=time.monotonic() + SECONDS)


@shared_task
def feed_work(**_later):
    """Take in what lies in the drop folders, give messages their turn, and note days that are not closed."""
    at, by, until = timezone.now(), staff.machine("core"), time.monotonic() + SECONDS
    feed.collect(by=by, at=at)
    try:
        feed.work(by=by, at=at, until=until)
    finally:
        feed.expect(by=staff.machine("clock"), at=at)


@shared_task
def tick(**_later):
    """Leave the worker's heartbeat."""
    jobs.beat("worker")


@shared_task
def sweep(**_later):
    """Set aside shards that failed too often, let old proposals lapse, and tidy up what was left behind."""
    at = timezone.now()
    jobs.quarantine(by=staff.machine("clock"), at=at, on=timezone.localdate(at))
    controls.lapse(by=staff.machine("clock"), at=at)
    intake.clear_uploads(at=at)
    intake.forget_rejected(by=staff.machine("clock"), at=at)
    feed.tidy(at=at)
    throttle.tidy(at=at)
    drafts.tidy(at=at)
    phones.lapse(by=staff.machine("clock"), at=at)
    tallies.fold()
    privacy.reindex_once(by=staff.machine("clock"), at=at, until=time.monotonic() + SECONDS)


@shared_task
def rebuild_histories(**_later):
    """Roll up again the borrowers of whom an adverse fact has lapsed."""
    at = timezone.now()
    archive.rebuild_lapsed(on=timezone.localdate(at), by=staff.machine("clock"), at=at)

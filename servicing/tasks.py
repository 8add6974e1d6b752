"""The clock's door: what the beat and the nudges call."""

from celery import shared_task
from django.utils import timezone

from servicing.actions import archive, intake, jobs, staff

# Enough for some minutes; a task that has more to do nudges the next one.
SHARDS = 50


@shared_task
def import_work(*, limit=SHARDS, **_later):
    """Check and apply what waits of the imports."""
    at = timezone.now()
    intake.work(at=at, on=timezone.localdate(at), limit=limit)


@shared_task
def tick(**_later):
    """Leave the worker's heartbeat."""
    jobs.beat("worker")


@shared_task
def sweep(**_later):
    """Set aside shards that failed too often."""
    at = timezone.now()
    jobs.quarantine(by=staff.machine("clock"), at=at, on=timezone.localdate(at))


@shared_task
def rebuild_histories(**_later):
    """Roll up again the borrowers of whom an adverse fact has lapsed."""
    at = timezone.now()
    archive.rebuild_lapsed(on=timezone.localdate(at), by=staff.machine("clock"), at=at)

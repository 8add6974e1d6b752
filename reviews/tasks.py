"""The clock's door. Every task finds its work in the database, so it may run twice or not at all."""

import time

from celery import shared_task
from django.utils import timezone

from reviews.actions import recheck
from servicing.actions import staff
from servicing.tasks import SECONDS


@shared_task
def recheck_tonight(**_later):
    """Plan the recheck of all borrowers for this business day where that is still to be done."""
    recheck.tonight(by=staff.machine("clock"), at=timezone.now())


@shared_task
def recheck_work(**_later):
    """Do the shards that wait or whose worker is gone, and finish what is complete."""
    recheck.work(by=staff.machine("clock"), at=timezone.now(), until=time.monotonic() + SECONDS)
    recheck.keep(at=timezone.now())


@shared_task
def rejudge(**_later):
    """Judge the borrowers again about whom a fact came in."""
    recheck.judge_dirty(by=staff.machine("clock"), at=timezone.now(), until=time.monotonic() + SECONDS)

"""The clock's door. Every task finds its work in the database, so it may run twice or not at all."""

import time

from celery import shared_task
from django.utils import timezone

from feedback.actions import improvements, loyalty, responses, surveys
from servicing.actions import staff
from servicing.tasks import SECONDS


@shared_task
def follow_objections(**_later):
    """Answer what waited for the end of an objection."""
    responses.follow_objections(at=timezone.now())


@shared_task
def ask_after_payoffs(**_later):
    """Ask who may be asked how the payoff went."""
    surveys.plan(by=staff.machine("clock"), at=timezone.now())


@shared_task
def loyalty_work(**_later):
    """Judge tiers, draw for campaigns, let offers expire, queue messages and measure what is due."""
    at = timezone.now()
    loyalty.work(on=timezone.localdate(at), by=staff.machine("clock"), at=at)


@shared_task
def add_up_failures(**_later):
    """Add up what was tried and what failed on the days about which something came."""
    improvements.gather(at=timezone.now(), until=time.monotonic() + SECONDS)


@shared_task
def measure_improvements(**_later):
    """Measure the fixes of which another week is over."""
    improvements.measure(by=staff.machine("clock"), at=timezone.now(), until=time.monotonic() + SECONDS)

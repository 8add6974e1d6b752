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


def today():
    """Who and when: what the verbs of loyalty take from the clock."""
    at = timezone.now()
    return {"on": timezone.localdate(at), "by": staff.machine("clock"), "at": at}


@shared_task
def judge_tiers(**_later):
    """Judge everybody by the tiers, once a day and version."""
    loyalty.tiers.judge(**today())


@shared_task
def draw_campaigns(**_later):
    """Draw for the campaigns that run, once a day."""
    loyalty.drawing.draw_all(**today(), until=time.monotonic() + SECONDS)


@shared_task
def expire_offers(**_later):
    """Let offers end that nobody answered in time."""
    loyalty.offers.expire(**today())


@shared_task
def send_offers(**_later):
    """Queue the messages of campaigns."""
    loyalty.sending.send_due(**today(), until=time.monotonic() + SECONDS)


@shared_task
def measure_campaigns(**_later):
    """Measure the campaigns of which that is due."""
    loyalty.measuring.measure_due(**today(), until=time.monotonic() + SECONDS)


@shared_task
def add_up_failures(**_later):
    """Add up what was tried and what failed on the days about which something came."""
    improvements.gather(at=timezone.now(), until=time.monotonic() + SECONDS)


@shared_task
def measure_improvements(**_later):
    """Measure the fixes of which another week is over."""
    improvements.measure(by=staff.machine("clock"), at=timezone.now(), until=time.monotonic() + SECONDS)

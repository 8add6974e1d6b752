"""The clock's door. Every task finds its work in the database, so it may run twice or not at all."""

from celery import shared_task
from django.utils import timezone

from feedback.actions import responses


@shared_task
def follow_objections(**_later):
    """Answer what waited for the end of an objection."""
    responses.follow_objections(at=timezone.now())

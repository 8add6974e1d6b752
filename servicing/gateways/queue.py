"""The street to the broker. A message is a nudge: losing one costs time and nothing else."""

import logging

from celery import current_app
from django.conf import settings
from django.db import transaction

log = logging.getLogger(__name__)


def nudge(name, **kwargs):
    """After commit, ask a worker to look for work; `name` is a key of settings.NUDGES."""
    transaction.on_commit(lambda: _send(settings.NUDGES[name], kwargs), robust=True)


def _send(task, kwargs):
    try:
        current_app.send_task(task, kwargs=kwargs, retry=False)
    except Exception as error:  # whatever a broker can do wrong must not undo what was committed
        log.warning("broker away, the beat will find the work: %s", type(error).__name__)

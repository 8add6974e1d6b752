"""The street to the broker. A message is a nudge: losing one costs time and nothing else."""

import logging
from dataclasses import dataclass

from celery import current_app
from django.conf import settings
from django.db import connection, transaction

log = logging.getLogger(__name__)


def nudge(name, **kwargs):
    """After commit, ask a worker to look for work; `name` is a key of settings.NUDGES."""
    message = Nudge(settings.NUDGES[name], kwargs)
    # One is enough for a transaction. One that falls with a savepoint takes no other with it: whoever
    # asks now stands inside the same savepoint.
    if message not in (waiting[1] for waiting in connection.run_on_commit):
        transaction.on_commit(message, robust=True)


@dataclass(frozen=True)
class Nudge:
    """A message to the broker; called once its transaction is committed."""

    task: str
    kwargs: dict

    def __call__(self):
        try:
            current_app.send_task(self.task, kwargs=self.kwargs, retry=False)
        except Exception as error:  # whatever a broker can do wrong must not undo what was committed
            log.warning("broker away, the beat will find the work: %s", type(error).__name__)

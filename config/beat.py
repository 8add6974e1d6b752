"""The beat that shows it is alive; apart from the application because it needs Django's models."""

import logging
import time
from datetime import datetime

from django.db import Error, connection
from django_celery_beat.schedulers import DatabaseScheduler, ModelEntry

from servicing.actions import jobs

log = logging.getLogger(__name__)


class Entry(ModelEntry):
    """What ran later than it is yet by this machine's clock has just run: another beat's clock is ahead.

    Else a beat that takes over from one ten minutes ahead would say nothing for ten minutes.
    """

    last_run_at: datetime

    def is_due(self):
        self.last_run_at = min(self.last_run_at, self._default_now())
        return super().is_due()


class Scheduler(DatabaseScheduler):
    """The database's schedule, plus a heartbeat that only a turning wheel leaves."""

    Entry = Entry
    BEAT_EVERY = 10
    AGAIN_AFTER = 1

    def tick(self, *args, **kwargs):
        try:
            self.beat()
            return super().tick(*args, **kwargs)
        except Error as error:
            # A restarted database is back in seconds; whoever ended here would have to be started by hand.
            log.warning("database away, the beat asks again: %s", type(error).__name__)
            connection.close()
            return self.AGAIN_AFTER

    def beat(self):
        if time.monotonic() - getattr(self, "beat_at", -self.BEAT_EVERY) >= self.BEAT_EVERY:
            jobs.beat("beat")
            self.beat_at = time.monotonic()

"""The beat that shows it is alive; apart from the application because it needs Django's models."""

import time

from django_celery_beat.schedulers import DatabaseScheduler

from servicing.actions import jobs


class Scheduler(DatabaseScheduler):
    """The database's schedule, plus a heartbeat that only a turning wheel leaves."""

    BEAT_EVERY = 10

    def tick(self, *args, **kwargs):
        if time.monotonic() - getattr(self, "beat_at", -self.BEAT_EVERY) >= self.BEAT_EVERY:
            jobs.beat("beat")
            self.beat_at = time.monotonic()
        return super().tick(*args, **kwargs)

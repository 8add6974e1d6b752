from django.db import OperationalError
from django_celery_beat.schedulers import DatabaseScheduler

from config import beat


def test_a_database_that_is_away_does_not_end_the_beat(monkeypatch):
    answers = iter([OperationalError(), None])

    def heartbeat(_name):
        if error := next(answers):
            raise error

    monkeypatch.setattr(beat.jobs, "beat", heartbeat)
    monkeypatch.setattr(beat.connection, "close", lambda: None)
    monkeypatch.setattr(DatabaseScheduler, "tick", lambda *_: 5)
    scheduler = beat.Scheduler.__new__(beat.Scheduler)
    assert [scheduler.tick(), scheduler.tick()] == [1, 5]

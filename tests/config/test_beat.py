from datetime import timedelta

import time_machine
from django.db import OperationalError
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config import beat
from tests.cast import NOON


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


def test_a_beat_does_not_wait_for_the_clock_of_the_one_before_it(db):
    """That one was ten minutes ahead."""
    every = IntervalSchedule.objects.create(every=15, period="seconds")
    ran = NOON + timedelta(minutes=10)
    entry = beat.Scheduler.Entry(PeriodicTask(name="look", task="t", interval=every, last_run_at=ran))
    with time_machine.travel(NOON, tick=False) as clock:
        assert not entry.is_due().is_due
        clock.shift(15)
        assert entry.is_due().is_due

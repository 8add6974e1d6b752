"""The clock's door: named arguments, tolerant of later ones, safe to run twice."""

import os

import pytest
from django.utils import timezone

from config.celery import app
from servicing import tasks
from servicing.actions import intake
from servicing.gateways import files
from servicing.models import Heartbeat, ImportBatch, Run, Shard
from tests.cast import NOON
from tests.servicing.books import a_book

pytestmark = pytest.mark.django_db


def test_a_worker_checks_what_was_staged(wei, tmp_path):
    paths = files.folder(a_book(tmp_path))
    intake.stage(paths=paths, layout="native", name="book", door="browser", by=wei, at=NOON)
    tasks.import_work(something_new=1)
    tasks.import_work()
    assert ImportBatch.objects.get().status == "checked"


def test_a_worker_leaves_its_heartbeat(clock):
    tasks.tick(something_new=1)
    tasks.tick()
    assert Heartbeat.objects.get().name == "worker"


def test_the_sweep_sets_spent_shards_aside(clock):
    run = Run.objects.create(kind="import.check", slot="1", by=clock, started_at=NOON)
    Shard.objects.create(run=run, number=1, attempts=3)
    Shard.objects.create(run=run, number=2, attempts=2)
    tasks.sweep(something_new=1)
    assert list(run.shards.order_by("number").values_list("status", flat=True)) == ["quarantined", "waiting"]


def test_the_sweep_removes_what_a_killed_upload_left(clock, settings, tmp_path):
    settings.UPLOADS = tmp_path / "uploads"
    tasks.sweep()  # nothing has come in yet
    settings.UPLOADS.mkdir()
    for token, minutes in (("0" * 32, 61), ("1" * 32, 59)):
        (settings.UPLOADS / token).write_text("sealed")
        born = timezone.now().timestamp() - 60 * minutes
        os.utime(settings.UPLOADS / token, (born, born))
    tasks.sweep()
    assert [path.name for path in settings.UPLOADS.iterdir()] == ["1" * 32]


def test_the_broker_waits_longer_for_a_task_than_any_may_take(settings):
    found = [task for name, task in app.tasks.items() if name.startswith(("servicing.", "reviews."))]
    limits = {task.name: task.time_limit or settings.CELERY_TASK_TIME_LIMIT for task in found}
    assert max(limits.values()) == limits["servicing.tasks.import_work"] == tasks.LONG
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"] > tasks.LONG

"""A recheck whose worker is killed and whose broker forgets everything ends as if nothing had happened."""

import os
import signal
import time

import pytest
import redis
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config.celery import app
from reviews.actions import recheck
from reviews.models import Alert, Snapshot
from servicing.gateways import queue
from servicing.models import LedgerEntry, Period, Run, Shard
from tests.conftest import WORKER, owner, process, wait_until
from tests.reviews.crowd import crowd
from tests.servers import DATABASE

pytestmark = [pytest.mark.chaos, pytest.mark.worker, pytest.mark.django_db(transaction=True)]
BORROWERS, SHARD, LEASE = 20_000, 200, 2
SNAPSHOT = [field.attname for field in Snapshot._meta.concrete_fields if field.name != "judged_at"]


@pytest.fixture
def nudge(monkeypatch):
    """Messages go to a queue that only the workers of this story listen to."""

    def send(task="reviews.tasks.recheck_work", kwargs=None):
        app.send_task(task, kwargs=kwargs or {}, queue="chaos")

    monkeypatch.setattr(queue.Nudge, "__call__", lambda nudge: send(nudge.task, nudge.kwargs))
    return send


def outcome(run):
    """What a run left behind, ids aside: they decide who of many equals gets into the queue."""
    columns = ("borrower", "rule", "severity", "evidence", "latest", "opened_on", "is_opening")
    return {
        "counts": {name: value for name, value in run.result.items() if name != "seconds"},
        "alerts": list(Alert.objects.order_by("borrower", "rule").values(*columns)),
        "statuses": list(Alert.objects.by_rule()),
        "snapshots": list(
            Snapshot.objects.on(run.params["as_of"]).order_by("borrower").values_list(*SNAPSHOT)
        ),
    }


def undisturbed(today, by):
    """The outcome of a clean run, which then never was."""
    with transaction.atomic():
        found = outcome(recheck.run(as_of=today, by=by, at=timezone.now()))
        transaction.set_rollback(True)
    return found


def test_nothing_is_lost_and_nothing_is_done_twice(clock, nudge):
    today = timezone.localdate()
    crowd(BORROWERS, today=today)
    clean = undisturbed(today, clock)
    assert len(clean["snapshots"]) == BORROWERS
    assert clean["counts"]["opened"] > 1000
    for code, value in (("recheck.shard", SHARD), ("job.lease", LEASE)):
        Period.objects.create(code=code, value=value, citation="test", valid_from=today)

    run = recheck.start(as_of=today, by=clock, at=timezone.now())
    middle = run.shards.get(number=run.shards.count() // 2)
    with owner(DATABASE) as other, process(*WORKER, "-Q", "chaos") as worker:
        bucket = [middle.params["low"] // recheck.BUCKET]
        other.execute("select pg_advisory_lock(hashtext('recheck'), %s)", bucket)
        leased = Shard.objects.filter(pk=middle.pk, status="leased")
        wait_until(leased.exists, "the worker does not reach the middle")
        os.killpg(worker.pid, signal.SIGKILL)
        redis.Redis.from_url(settings.REDIS_URL).flushall()
        assert run.shards.filter(status="done").count() == middle.number - 1

    with process(*WORKER, "-Q", "chaos"):
        wait_until(lambda: finished(run, nudge), "the run does not end", seconds=30)

    run.refresh_from_db()
    assert outcome(run) == clean
    assert run.shards.get(pk=middle.pk).attempts == 2
    assert LedgerEntry.objects.filter(what="recheck.judged").count() == run.shards.count()
    assert LedgerEntry.objects.filter(what="recheck.finished").count() == 1
    Period.objects.filter(code="recheck.shard").delete()
    again = recheck.run(as_of=today, by=clock, at=timezone.now()).result
    assert (again["opened"], again["refreshed"], again["closed"]) == (0, 0, 0)


def finished(run, nudge):
    """Ask as the beat does, every second instead of every fifteen."""
    nudge()
    time.sleep(1)
    return Run.objects.filter(pk=run.pk, status=Run.Status.DONE).exists()

"""Shards are leased on the database's clock, taken back from the dead, and set aside when poisoned."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models.functions import Now

from config.celery import SCHEDULE
from servicing.actions import jobs, ledger
from servicing.models import Run, Shard, Staff
from tests.cast import NOON, TODAY

# Whoever looks for shards.
WORK = (("reviews", "recheck_work"), ("servicing", "import_work"), ("servicing", "sweep"))


@pytest.fixture
def run(clock):
    return planned(clock, 3)


def planned(by, count, slot="2026-11-23"):
    return jobs.plan(
        kind="story", slot=slot, params={}, shards=[({"n": n}, 1) for n in range(count)], by=by, at=NOON
    )[0]


def expire(shard):
    Shard.objects.filter(pk=shard.pk).update(leased_until=NOON.replace(year=2000))


def test_three_beats_plan_one_run(clock, run):
    again, is_new = jobs.plan(kind="story", slot="2026-11-23", params={}, shards=[({}, 1)], by=clock, at=NOON)
    assert (again, is_new) == (run, False)
    assert run.shards.count() == 3


def test_a_lease_keeps_others_away_until_it_runs_out(run):
    first = jobs.claim(kind="story", on=TODAY)
    others = [jobs.claim(kind="story", on=TODAY), jobs.claim(kind="story", on=TODAY)]
    assert len({first.pk, *[other.pk for other in others]}) == 3
    assert jobs.claim(kind="story", on=TODAY) is None
    expire(first)
    assert jobs.claim(kind="story", on=TODAY).pk == first.pk


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_worker_whose_clock_is_off_takes_a_lease_neither_early_nor_late(clock, minutes):
    planned(clock, 1)
    lease = jobs.claim(kind="story", on=TODAY)
    with time_machine.travel(time.time() + 60 * minutes):
        assert jobs.claim(kind="story", on=TODAY) is None
        Shard.objects.filter(pk=lease.pk).update(leased_until=Now() - timedelta(seconds=1))
        taken = jobs.claim(kind="story", on=TODAY)
        jobs.renew(taken, params={}, on=TODAY)
    assert taken.pk == lease.pk
    assert jobs.claim(kind="story", on=TODAY) is None
    until = Shard.objects.filter(pk=lease.pk, leased_until__lt=Now() + timedelta(seconds=61))
    assert until.exists()


def test_who_lost_the_lease_cannot_finish(clock):
    planned(clock, 1)
    slow = jobs.claim(kind="story", on=TODAY)
    expire(slow)
    assert jobs.claim(kind="story", on=TODAY).pk == slow.pk
    with pytest.raises(jobs.Lost):
        jobs.hold(slow)


def test_work_is_done_once_and_the_run_finishes_once(run, clock):
    seen = []
    jobs.work(kind="story", do=lambda shard: seen.append(shard.number) or {"ok": 1}, on=TODAY)
    assert sorted(seen) == [1, 2, 3]
    assert jobs.finish(run, result={"n": 3}, by=clock, at=NOON) is True
    assert jobs.finish(run, result={"n": 3}, by=clock, at=NOON) is False
    assert ledger.latest(run).what == "story.finished"


def test_a_run_with_work_left_does_not_finish(run, clock):
    assert jobs.finish(run, result={}, by=clock, at=NOON) is False


def test_poison_is_set_aside_after_three_attempts_and_its_neighbours_go_on(run, clock):
    def do(shard):
        if shard.number == 2:
            raise ValueError("a name that must not be shown")
        return {}

    jobs.work(kind="story", do=do, on=TODAY)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    bad = run.shards.get(number=2)
    assert (bad.status, bad.attempts, bad.trouble) == ("quarantined", 3, "ValueError")
    assert run.shards.filter(status="done").count() == 2
    assert jobs.progress(run) == {"shards": 3, "done": 2, "quarantined": 1, "total": 3, "total_done": 2}


def test_a_shard_whose_worker_dies_three_times_is_set_aside(clock):
    run = planned(clock, 1)
    for _ in range(3):
        expire(jobs.claim(kind="story", on=TODAY))
    assert jobs.claim(kind="story", on=TODAY) is None
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    assert run.shards.filter(status="quarantined", trouble="killed").count() == 1


def test_a_person_puts_it_back_in_line(run, wei, clock):
    run.shards.update(status="done")
    run.shards.filter(number=1).update(status="waiting", attempts=3)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    run.refresh_from_db()
    assert run.status == "stuck"
    assert jobs.retry(shard=run.shards.get(number=1), by=wei, at=NOON)
    assert not jobs.retry(shard=run.shards.get(number=1), by=wei, at=NOON)
    run.refresh_from_db()
    assert (run.status, run.shards.get(number=1).status) == ("running", "waiting")


def test_half_done_work_leaves_nothing(run, clock):
    def do(shard):
        Staff.objects.filter(username="tom").update(name="half")
        raise ValueError

    jobs.work(kind="story", do=do, on=TODAY, limit=1)
    assert not Staff.objects.filter(name="half").exists()


@pytest.mark.django_db(transaction=True)
def test_many_workers_share_shards_without_doing_one_twice():
    run = planned(Staff.objects.get(username="clock"), 60)
    seen = []

    def worker():
        jobs.work(kind="story", do=lambda shard: seen.append(shard.number) or {}, on=TODAY)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(6)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(seen) == list(range(1, 61))
    assert Run.objects.get().shards.filter(status="done", attempts=1).count() == 60
    assert run.shards.filter(leased_until__isnull=False).count() == 0


def test_the_log_names_type_and_place_of_an_error_and_not_its_words():
    try:
        raise ValueError("Key (name)=(张三丰) already exists")
    except ValueError as error:
        said = jobs.trouble_of(error)
    assert said.startswith("ValueError < ")
    assert "test_jobs.py" in said
    assert "张三丰" not in said


def test_what_a_dead_worker_held_is_taken_up_within_half_a_minute_of_its_lease(run):
    shard = jobs.claim(kind="story", on=TODAY)
    with connection.cursor() as cursor:
        # The database's clock, not the worker's: whoever is ten minutes ahead steals nothing.
        cursor.execute(
            "select extract(epoch from leased_until - clock_timestamp()) from servicing_shard where id = %s",
            [shard.pk],
        )
        (left,) = cursor.fetchone()
    assert 55 < left <= 60
    assert {SCHEDULE[f"{app}.tasks.{name}"] for app, name in WORK} == {15.0}

"""The recheck itself, done by worker processes that claim shards as in life; and what it costs besides time.

`python -m tests.bench.house` is such a worker: it joins the run that a line on its input names.
"""

import json
import os
import subprocess
import sys
import time
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from tests.bench.memory import Watch, cpu, peak

ZONE = ZoneInfo("Asia/Shanghai")


def morning(day):
    """The instant at which a day is judged."""
    return datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)


class Helper:
    """A child process that answers each line with a line of JSON; it says one by itself when it is ready."""

    def __init__(self, *argv, env=None):
        self.process = subprocess.Popen(
            [sys.executable, "-m", *argv],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | (env or {}),
        )
        self.ready = self.answer()

    def ask(self, line):
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args[2:]} ended with {self.process.wait()}")
        return json.loads(line)

    def kill(self):
        self.process.kill()
        self.process.wait()


class House:
    """Workers of the recheck, and runs that they do."""

    def __init__(self, workers, by):
        self.by, self.workers = by, [Helper("tests.bench.house") for _ in range(workers)]

    def judge(self, day, *, workers, watched=False, changed=False):
        """Judge everybody as of a day, or those who changed.

        {"seconds", "cpu" (workers and backends), "peak_mb", "private_mb", "wal" (bytes a borrower), "run"}.
        """
        from reviews.actions import recheck

        crew = self.workers[:workers]
        at, before = morning(day), written()
        backends = [worker.ready["backend"] for worker in crew]
        busy = [*backends, *(worker.process.pid for worker in crew)]
        spent = sum(map(cpu, busy))
        with Watch(backends if watched else []) as watch:
            began = time.perf_counter()
            run = recheck.start(as_of=day, by=self.by, at=at, **({"changed": True} if changed else {}))
            for worker in crew:
                worker.ask(json.dumps({"run": run.pk, "at": at.isoformat()}))
            answers = [worker.answer() for worker in crew]
            seconds = time.perf_counter() - began
        run.refresh_from_db()
        if run.status != run.Status.DONE:
            raise RuntimeError(f"the run of {day} is {run.status}")
        return {
            "seconds": seconds,
            "cpu": sum(map(cpu, busy)) - spent,
            "peak_mb": max(answer["peak_mb"] for answer in answers),
            "private_mb": watch.most,
            "wal": (written() - before) / run.result["borrowers"],
            "run": run,
        }

    def killed(self, day):
        """Judge everybody, with all workers killed on the way and others after them; the finished run."""
        from reviews.actions import recheck
        from servicing.models import Shard

        at = morning(day)
        run = recheck.start(as_of=day, by=self.by, at=at)
        job = json.dumps({"run": run.pk, "at": at.isoformat()})
        for worker in self.workers:
            worker.ask(job)
        while not run.shards.filter(status=Shard.Status.DONE).exists():
            time.sleep(0.002)
        for worker in self.workers:
            worker.kill()
        self.workers = [Helper("tests.bench.house") for _ in self.workers]
        while run.status != run.Status.DONE:
            for worker in self.workers:
                worker.ask(job)
            for worker in self.workers:
                worker.answer()
            run.refresh_from_db()
            time.sleep(0.5)
        return run

    def end(self):
        for worker in self.workers:
            worker.kill()


def written():
    """How many bytes of log the server has written."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return int(cursor.fetchone()[0])


def digests(run):
    return [shard.result["digest"] for shard in run.shards.order_by("number")]


def moves(run):
    return {name: run.result[name] for name in ("opened", "refreshed", "closed")}


def main():
    import django

    django.setup()
    from django.db import connection

    import config.celery  # noqa: F401 - a worker has it loaded, too
    from reviews.actions import recheck
    from servicing.actions import staff
    from servicing.models import Run

    say = partial(print, flush=True)
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        say(json.dumps({"backend": cursor.fetchone()[0], "peak_mb": peak()}))
    clock = staff.machine("clock")
    for line in sys.stdin:
        job = json.loads(line)
        run = Run.objects.get(pk=job["run"])
        done = recheck.work(by=clock, at=datetime.fromisoformat(job["at"]), run=run)
        say(json.dumps({"done": done, "peak_mb": peak()}))


if __name__ == "__main__":
    main()

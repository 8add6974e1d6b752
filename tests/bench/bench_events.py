"""From a fact to its committed alert: `python -m tests.bench.bench_events` on a portfolio that is there.

AFTERCARE_STATE and AFTERCARE_DB name it (`manage.py make_portfolio --borrowers 100000` makes one). Prints
milliseconds: in the database alone, idle and while two workers judge everybody, and through the broker.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

if __name__ == "__main__":
    import django

    from config import embedded

    embedded.use()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.db import connection
from django.utils import timezone

import config.celery  # noqa: F401 - nudges go to our broker
from reviews.actions import recheck
from reviews.models import Alert
from servicing.actions import external, staff
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import BorrowerHistory, Run, Source, Stamp
from tests.bench.house import House

LENDERS = 5
PATIENCE = 30
CELERY = ("-m", "celery", "-A", "config", "worker", "-c", "2", "-l", "error")


def measure(*, events=200, seed=1):
    """{"idle", "busy", "broker"}: p95 in milliseconds; `broker_busy` is the last while everybody is judged.

    Needs Django set up on a database whose borrowers were judged as of today.
    """
    found = measured(events=events, seed=seed)
    return {name: numbers["p95"] for name, numbers in found.items()}


def measured(*, events, seed):
    clock, bench = staff.machine("clock"), Events(random.Random(seed))
    if not recheck.whole_runs().filter(params__as_of=str(timezone.localdate())).exists():
        recheck.run(as_of=timezone.localdate(), by=clock, at=timezone.now())
    recheck.judge_dirty(by=clock, at=timezone.now(), limit=10**9)
    bench.alone()  # the first statement is planned and its pages are read
    found = {"idle": told([bench.alone() for _ in range(events)])}
    with running(clock):
        found["busy"] = told([bench.alone() for _ in range(events)])
    with workers():
        bench.through_broker()
        found["broker"] = told([bench.through_broker() for _ in range(events)])
        with always_planned(clock):
            found["broker_busy"] = told([bench.through_broker() for _ in range(events)])
    return found


class Events:
    """Each event: some lenders ask about one settled borrower, which fires a rule."""

    def __init__(self, rng):
        self.clock, self.number = staff.machine("clock"), 0
        code = f"events-{time.time_ns()}"
        self.source = Source.objects.create(code=code, name="Events", declares_consent=True)
        quiet = BorrowerHistory.objects.exclude(borrower__in=Alert.objects.live().values("borrower"))
        ids = list(quiet.order_by("pk").values_list("pk", flat=True)[:50_000])
        rng.shuffle(ids)
        self.ids = iter(ids)

    def happen(self):
        """Write a fact with its stamp and nudge, committed; the borrower it is about."""
        pk, self.number = next(self.ids), self.number + 1
        on = timezone.localdate() - timedelta(days=3)
        facts = [
            (pk, ObservationFacts(f"{self.number}-{n}", "inquiry", f"lender-{n}", on, None, None, None))
            for n in range(LENDERS)
        ]
        by = staff.machine("operator")
        external.observe(source=self.source, facts=facts, target=self.source, by=by, at=timezone.now())
        return pk

    def alone(self):
        """Milliseconds of the fact and its judgement in this process, without the nudge's way."""
        began = time.perf_counter()
        pk = self.happen()
        recheck.judge_dirty(by=self.clock, at=timezone.now())
        return self.done(pk, began)

    def through_broker(self):
        """Milliseconds from the fact's commit until its alert is there, judged by a worker."""
        pk = self.happen()
        return self.done(pk, time.perf_counter())

    def done(self, pk, began):
        # A shard of the run, or the worker, may be at it and not have committed yet.
        while Stamp.objects.filter(pk=pk).exists():
            if time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"the event about {pk} is not judged")
            time.sleep(0.002)
        took = (time.perf_counter() - began) * 1000
        if not Alert.objects.live().filter(borrower=pk).exists():
            raise RuntimeError(f"the event about {pk} has no alert")
        return took


@contextmanager
def running(clock):
    """Two workers judge everybody again and again, as of today."""
    house, over, rounds = House(2, clock), threading.Event(), []

    def judge():
        try:
            while not over.is_set():
                run = recheck.start(as_of=timezone.localdate(), by=clock, at=timezone.now())
                job = json.dumps({"run": run.pk, "at": timezone.now().isoformat()})
                for worker in house.workers:
                    worker.ask(job)
                rounds.append([worker.answer() for worker in house.workers])
        finally:
            connection.close()

    thread = threading.Thread(target=judge)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        house.end()


@contextmanager
def workers():
    """One real worker with two processes."""
    child = subprocess.Popen([sys.executable, *CELERY], env=os.environ, stdout=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.terminate()
        child.wait()


@contextmanager
def always_planned(clock):
    """A run over everybody is planned whenever none is under way, for the worker to do."""
    over = threading.Event()

    def plan():
        try:
            while not over.wait(0.05):
                if not Run.objects.filter(kind=recheck.KIND, status=Run.Status.RUNNING).exists():
                    recheck.start(as_of=timezone.localdate(), by=clock, at=timezone.now())
        finally:
            connection.close()

    thread = threading.Thread(target=plan)
    thread.start()
    time.sleep(0.5)
    try:
        yield
    finally:
        over.set()
        thread.join()


def told(milliseconds):
    cuts = statistics.quantiles(milliseconds, n=100)
    return {
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "most": round(max(milliseconds), 1),
        "events": len(milliseconds),
    }


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    found = measured(events=events, seed=1)
    print(json.dumps({"borrowers": BorrowerHistory.objects.count()} | found, indent=2))


if __name__ == "__main__":
    main()

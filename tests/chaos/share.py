"""`python -m tests.chaos.share MACHINES`: a run that so many machines share, against one that nobody helped.

Prints who took how many parts, and what was found wrong, as JSON.
"""

import json
import sys
import time
from collections import Counter

if __name__ == "__main__":
    import django

    django.setup()

import psycopg
from django.db import transaction
from django.utils import timezone

from config import embedded
from config.celery import app
from reviews.actions import recheck
from reviews.models import Alert, Snapshot
from servicing.actions import ledger, staff
from servicing.gateways import queue
from servicing.models import LedgerEntry, Period
from tests.chaos.world import SLOWLY
from tests.reviews.crowd import crowd

BORROWERS, SHARD = 10_000, 200
SNAPSHOT = [field.attname for field in Snapshot._meta.concrete_fields if field.name != "judged_at"]
ALERT = ("borrower", "rule", "severity", "evidence", "latest", "opened_on", "is_opening")


def looks(run, day):
    counts = {name: value for name, value in run.result.items() if name != "seconds"}
    alerts = list(Alert.objects.order_by("borrower", "rule").values_list(*ALERT))
    return counts, alerts, list(Snapshot.objects.on(day).order_by("borrower").values_list(*SNAPSHOT))


def alone(day, by):
    """What one process leaves, which then never was."""
    with transaction.atomic():
        found = looks(recheck.run(as_of=day, by=by, at=timezone.now()), day)
        transaction.set_rollback(True)
    return found


def shared(day, by, machines):
    """The run when all have answered; everybody is told to look as often as the beat tells them."""
    until = time.monotonic() + 120
    while len(app.control.ping(timeout=1)) < machines:
        assert time.monotonic() < until, "not every machine answers"
    run = recheck.start(as_of=day, by=by, at=timezone.now())
    while run.status != run.Status.DONE:
        assert time.monotonic() < until, "the run does not end"
        for _machine in range(machines):
            queue.nudge(recheck.KIND)
        time.sleep(0.5)
        run.refresh_from_db()
    return run


def main(machines):
    day, by = timezone.localdate(), staff.machine("clock")
    crowd(BORROWERS, today=day)
    clean = alone(day, by)
    Period.objects.create(code="recheck.shard", value=SHARD, citation="test", valid_from=day)
    with psycopg.connect(embedded.database_urls()["owner"], autocommit=True) as db:
        db.execute(SLOWLY.format(seconds=0.1))
    run = shared(day, by, machines)
    judged = LedgerEntry.objects.filter(what="recheck.judged").values_list("target_id", flat=True)
    checks = {
        "another outcome than of one process": looks(run, day) == clean,
        "a part was done twice or not": sorted(map(int, judged))
        == sorted(run.shards.values_list("pk", flat=True)),
        "a part was tried again": not run.shards.exclude(attempts=1).exists(),
        "the chain of the ledger is broken": ledger.verify()[1] is None,
    }
    parts = Counter(run.shards.values_list("worker", flat=True))
    wrong = [words for words, holds in checks.items() if not holds]
    print(json.dumps({"parts": parts, "borrowers": run.result["borrowers"], "wrong": wrong}))


if __name__ == "__main__":
    main(int(sys.argv[1]))

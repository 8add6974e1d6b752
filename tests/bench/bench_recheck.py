"""How fast everybody is judged: `python3 manage.py test tests/bench/bench_recheck.py -s`.

AFTERCARE_BORROWERS says how many there are.
"""

import os
import time
from datetime import timedelta

import pytest
from django.db import connection

from config.portfolio import million
from reviews.actions import recheck
from tests.cast import NOON, TODAY
from tests.conftest import owner

BORROWERS = int(os.environ.get("AFTERCARE_BORROWERS", "20000"))


@pytest.mark.django_db(transaction=True)
def test_recheck(operator, clock):
    began = time.perf_counter()
    million.make(borrowers=BORROWERS, seed=1, by=operator, at=NOON)
    print(f"\n{BORROWERS:,} borrowers made in {time.perf_counter() - began:.1f} s")
    with owner(connection.settings_dict["NAME"]) as db:
        db.execute("vacuum analyze")
    days = (TODAY - timedelta(days=30), TODAY, TODAY)
    digests = [judged(day, clock) for day in days]
    assert digests[1] == digests[2]


def judged(day, by):
    """Judge everybody with one worker and say how fast; the digests of the shards."""
    before, began = position(), time.perf_counter()
    run = recheck.run(as_of=day, by=by, at=NOON)
    seconds, written = time.perf_counter() - began, position() - before
    count = run.result["borrowers"]
    moved = {name: run.result[name] for name in ("opened", "refreshed", "closed")}
    print(f"{day} {count:,} in {seconds:.2f} s: {count / seconds:,.0f}/s, {written / count:.0f} B WAL", moved)
    return [shard.result["digest"] for shard in run.shards.order_by("number")]


def position():
    with connection.cursor() as cursor:
        cursor.execute("select pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return cursor.fetchone()[0]

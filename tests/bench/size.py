"""One portfolio that is there, measured in a process of its own; prints JSON."""

import argparse
import inspect
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import django

django.setup()

from reviews.actions import recheck  # noqa: E402
from servicing.actions import staff  # noqa: E402
from servicing.models import Period  # noqa: E402
from tests.bench.rounds import Bench, told  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--alone", action="store_true", help="the recheck without the other engines")
    asked = parser.parse_args()
    # What a killed worker held is taken up after this many seconds; the benchmark need not wait for a minute.
    Period.objects.update_or_create(
        code="job.lease", valid_from=date(2020, 1, 1), defaults={"value": 5, "citation": "bench"}
    )
    bench = Bench(
        database=asked.database,
        folder=None if asked.alone else asked.folder,
        by=staff.machine("clock"),
        say=lambda line: print(f"  {line}", file=sys.stderr, flush=True),
    )
    try:
        print(json.dumps(alone(bench, asked) if asked.alone else whole(bench, asked)))
    finally:
        bench.end()


def alone(bench, asked):
    bench.opening(asked.day)
    for number in range(1, asked.rounds + 1):
        bench.ours(asked.day + timedelta(days=number))
    return told(bench)


def whole(bench, asked):
    day = asked.day
    bench.opening(day)
    for number in range(asked.rounds):
        bench.round(day + timedelta(days=1 + 2 * number))
    found = told(bench)
    day += timedelta(days=2 + 2 * asked.rounds)
    found |= {"rules": bench.rules(day), "again": bench.again(day)}
    if "changed" not in inspect.signature(recheck.start).parameters:
        return found | {"incremental": {"speedup": None, "identical": None, "wal_bytes_per_borrower": None}}
    return found | {"incremental": bench.changes(day + timedelta(days=2))}


if __name__ == "__main__":
    main()

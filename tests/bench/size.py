"""One portfolio that is there, measured in a process of its own; prints JSON."""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import django

django.setup()

from servicing.actions import staff  # noqa: E402
from servicing.models import Period  # noqa: E402
from tests.bench import changes, facts, live, rules_cost  # noqa: E402
from tests.bench.rounds import Bench, told  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--day", type=date.fromisoformat, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--events", type=int, default=0)
    parser.add_argument("--alone", action="store_true", help="the recheck without anything beside it")
    asked = parser.parse_args()
    # What a killed worker held is taken up after this many seconds; the benchmark need not wait for a minute.
    Period.objects.update_or_create(
        code="job.lease", valid_from=date(2020, 1, 1), defaults={"value": 5, "citation": "bench"}
    )
    bench = Bench(database=asked.database, by=staff.machine("clock"), say=say)
    try:
        print(json.dumps(alone(bench, asked) if asked.alone else whole(bench, asked)))
    finally:
        bench.end()


def say(line):
    print(f"  {line}", file=sys.stderr, flush=True)


def alone(bench, asked):
    bench.opening(asked.day)
    for number in range(1, asked.rounds + 1):
        bench.ours(asked.day + timedelta(days=number))
    return told(bench)


def whole(bench, asked):
    """First what goes on today, then days ahead, one after the other."""
    day = asked.day
    bench.opening(day - timedelta(days=1))
    bench.opening(day)
    found = live.measure(by=bench.house.by, events=asked.events, say=say)
    say("laying the facts out as Parquet")
    facts.export(database=asked.database, folder=asked.folder)
    bench.invite(asked.folder)
    for number in range(asked.rounds):
        bench.round(day + timedelta(days=1 + 2 * number))
    found |= told(bench)
    day += timedelta(days=2 + 2 * asked.rounds)
    found["rules"] = rules_cost.measure(day, each=found["cpu"]["ours"] / found["borrowers"])
    found["again"] = bench.again(day)
    ahead = day + timedelta(days=2)
    found["incremental"] = live.attempted(say, "days of changes", lambda: changes.measure(bench, ahead))
    return found


if __name__ == "__main__":
    main()

"""How fast everybody is judged, beside other ways to do it; `python3 manage.py bench_recheck` is its door.

Two portfolios, N and a tenth of it, are made on servers of their own and measured one after the other.
"""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from config import embedded
from tests.bench import facts, targets

EMPTY = "bench_empty"


def main():
    parser = argparse.ArgumentParser(prog="manage.py bench_recheck", description=__doc__)
    parser.add_argument("--borrowers", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another portfolio (1)")
    parser.add_argument("--rounds", type=int, default=5, help="how often all engines follow each other (5)")
    parser.add_argument("--events", type=int, default=200, help="how many facts, each way (200)")
    parser.add_argument("--json", action="store_true", help="figures for a machine on the output")
    parser.add_argument("--keep", action="store_true", help="leave the portfolio behind")
    asked = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["AFTERCARE_PLAIN_HTTP"] = "1"
    state = embedded.state_dir()
    if any((state / name).exists() for name in ("pg18", "parquet")):
        sys.exit(f"{state} holds the data of another benchmark; remove it first.")
    try:
        found = measured(asked, state / "parquet")
    finally:
        embedded.leave()
        if not asked.keep:
            shutil.rmtree(state, ignore_errors=True)
    print(json.dumps(found, indent=2) if asked.json else targets.words(found))


def measured(asked, folder):
    began, at = time.monotonic(), datetime.now(ZoneInfo("Asia/Shanghai"))

    def say(line):
        print(f"[{time.monotonic() - began:5.0f} s] {line}", file=sys.stderr, flush=True)

    sizes = {f"bench_{size}": size for size in (max(asked.borrowers // 10, 1), asked.borrowers)}
    # What can be made again need not survive a power cut; what is measured is measured as it runs in life.
    embedded.use(lasting=False)
    facts.psql("postgres", f"create database {EMPTY}")
    run("manage.py", "migrate", "-v0", database=EMPTY)
    for database, size in sizes.items():
        say(f"making {size:,} borrowers with their loans, instalments, payments and observations")
        facts.psql("postgres", f"create database {database} template {EMPTY}")
        facts.make(borrowers=size, seed=asked.seed, at=at, database=database)
    embedded.leave()
    embedded.use()
    folder.mkdir(mode=0o700)
    small, large = sizes
    say(f"{sizes[small]:,} borrowers, the recheck alone")
    day = at.date().isoformat()
    shared = ("--folder", folder, "--day", day, "--rounds", str(asked.rounds))
    tenth = json.loads(run("-m", "tests.bench.size", "--alone", "--database", small, *shared, database=small))
    facts.psql("postgres", f"drop database {small}")
    say(f"{sizes[large]:,} borrowers: events, pages, {asked.rounds} rounds of all engines, days of changes")
    shared += ("--events", str(asked.events))
    whole = json.loads(run("-m", "tests.bench.size", "--database", large, *shared, database=large))
    say("done")
    return figures(asked, whole, tenth)


def run(*argv, database):
    env = os.environ | {"AFTERCARE_DB": database}
    argv = [sys.executable, *map(str, argv)]
    return subprocess.run(argv, check=True, env=env, cwd=facts.ROOT, stdout=subprocess.PIPE, text=True).stdout


def figures(asked, whole, tenth):
    """The answer; what was not measured is null."""
    grew = whole["borrowers"] / tenth["borrowers"]
    taken = whole["seconds"]["ours"] / tenth["seconds"]["ours"]
    return {
        "borrowers": asked.borrowers,
        "judged": whole["borrowers"],
        "workers": 2,
        "seconds": round(whole["seconds"]["ours"], 2),
        "seconds_one_worker": round(whole["seconds"]["alone"], 2),
        "ratios": {name: round(value, 2) for name, value in whole["ratios"].items()},
        "growth_exponent": round(math.log(taken) / math.log(grew), 3),
        "worker_peak_mb": whole["worker_peak_mb"],
        "backend_private_mb": whole["backend_private_mb"],
        "event_p95_ms": dict.fromkeys(("idle", "busy", "broker")) | whole["event_p95_ms"],
        "incremental": dict.fromkeys(("speedup", "identical", "wal_bytes_per_borrower"))
        | whole["incremental"],
        "wal_bytes_per_borrower": whole["wal_bytes_per_borrower"],
        "pages_p95_ms": whole["pages_p95_ms"],
        "pages_busy_p95_ms": whole["pages_busy_p95_ms"],
        # Every engine said the same of every borrower in each round, or nothing would have been told.
        "digests_equal": True,
        "again": whole["again"],
        "rules": whole["rules"],
        "cpu_seconds": {
            name: round(whole["cpu"][name], 2) for name in ("ours", "duckdb_raw", "duckdb_frozen")
        },
        "rounds": whole["rounds"],
        "memory_mb": {"tenth": memory(tenth), "whole": memory(whole)},
    }


def memory(found):
    names = ("worker_began_mb", "worker_peak_mb", "backend_private_mb", "polars_began_mb", "polars_peak_mb")
    return {name.removesuffix("_mb"): found[name] for name in names if found.get(name)}


if __name__ == "__main__":
    main()

"""How fast the feed is: messages a second through the action, and seconds from a delivery to its alert.

    python -m tests.bench.bench_feed [messages]

Prints JSON. It works in the suite's own database, which is made anew.
"""

import json
import os
import sys
import time

import django

import tests.servers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from config.celery import app  # noqa: E402
from reviews.actions import recheck  # noqa: E402
from reviews.models import Alert  # noqa: E402
from servicing.actions import feed, staff  # noqa: E402
from tests.conftest import WORKER, process, remake, wait_until  # noqa: E402
from tests.servicing.core import Core, keys_file  # noqa: E402


def throughput(core, loans):
    """Opened and paid loans, stored and applied by this one process; messages a second of each step."""
    for number in range(loans):
        core.open(f"L{number}", borrower=f"B{number}")
        core.pay(f"L{number}", "P1")
    began = time.monotonic()
    for first in range(1, len(core.told) + 1, 1000):
        core.deliver(first, min(first + 999, len(core.told)))
    stored = time.monotonic()
    count = feed.work(by=staff.machine("core"), at=timezone.now())
    done = time.monotonic()
    assert count == len(core.told)
    return {
        "messages": count,
        "stored_per_second": round(count / (stored - began)),
        "applied_per_second": round(count / (done - stored)),
    }


def latency(core, times=10):
    """Seconds from the commit of a very late payment to the alert of its borrower, by a real worker."""
    recheck.run(as_of=timezone.localdate(), by=staff.machine("clock"), at=timezone.now())
    found = []
    with process(*WORKER):
        wait_until(lambda: app.control.ping(timeout=0.5), "the worker does not answer")
        # The first one also pays for the worker's own beginnings.
        for number in range(times + 1):
            first = core.open(f"T{number}", borrower=f"T{number}", dues=(("2026-09-02", "100.00"),))
            core.pay(f"T{number}", "P1", at="2026-11-20T10:00:00+08:00")
            began = time.monotonic()
            core.deliver(first)
            alerts = Alert.objects.filter(borrower__external_id=f"T{number}")
            while not alerts.exists():
                time.sleep(0.005)
            found.append(time.monotonic() - began)
    first, *rest = found
    rest.sort()
    seconds = {"first": first, "median": rest[times // 2], "worst": rest[-1]}
    return {"seconds_to_alert": {name: round(value, 2) for name, value in seconds.items()}}


def main(messages=2000):
    remake(tests.servers.DATABASE)
    call_command("migrate", verbosity=0)
    core = Core("bench")
    from django.conf import settings

    path = keys_file(settings.STATE / "keys" / "feed.json", core)
    try:
        print(json.dumps(throughput(core, messages // 2) | latency(core)))
    finally:
        path.unlink()
        connections.close_all()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))

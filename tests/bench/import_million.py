"""A million rows through the intake: `python -m tests.bench.import_million [--rows N]` prints JSON.

It wants an empty installation of its own, named by AFTERCARE_STATE. A worker reads, checks and applies; it is
killed with -9 at half of the reading and started again. Pages are asked for again and again meanwhile,
and afterwards once more. Peak memory is the worker's own high-water mark.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("AFTERCARE_PLAIN_HTTP", "1")

WORKER = """
import time, django
django.setup()
from django.utils import timezone
from servicing.actions import intake
while True:
    if not intake.work(at=timezone.now(), on=timezone.localdate(), until=time.monotonic() + 12):
        time.sleep(0.2)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()

    from config import embedded

    embedded.use()
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    print(json.dumps(measure(asked.rows), indent=2))


def measure(rows):
    from django.utils import timezone

    from config import portfolio
    from servicing.actions import intake
    from servicing.models import ImportBatch, Loan, Period

    wei, ana = person("wei", "risk"), person("ana", "risk_lead")
    Period.objects.create(code="job.lease", value=5, citation="bench", valid_from="2026-01-01")
    found, busy = {"rows": rows}, Asker(ana)
    with tempfile.TemporaryDirectory() as folder:
        portfolio.generate(folder, borrowers=rows // 27, seed=1, today=timezone.localdate())
        paths = {path.name: path for path in Path(folder).iterdir()}
        found["rows"] = sum(path.read_bytes().count(b"\n") - 1 for path in paths.values())
        began = time.monotonic()
        batch, _ = intake.stage(
            paths=paths, layout="native", name="bench", door="browser", by=wei, at=timezone.now()
        )
        found["seconds_at_the_door"] = round(time.monotonic() - began, 1)
    busy.start()
    try:
        found |= killed_at_half(batch, found["rows"])
        found["seconds_reading_and_checking"] = round(time.monotonic() - began, 1)
        began = time.monotonic()
        batch = ImportBatch.objects.get(pk=batch.pk)
        intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=timezone.now())
        found["peak_mib_applying"] = run_until(batch, "applied")
        found["seconds_applying"] = round(time.monotonic() - began, 1)
    finally:
        busy.stop()
    idle = Asker(ana)
    idle.start()
    time.sleep(20)
    idle.stop()
    batch.refresh_from_db()
    found["counts"], found["loans"] = batch.counts, Loan.objects.count()
    found["page_ms"] = {"meanwhile": busy.summary(), "idle_afterwards": idle.summary()}
    return found


def person(username, role):
    from django.contrib.auth.models import Group

    from servicing.models import Staff

    return Staff.objects.create(username=username, name=username, role=Group.objects.get(name=role))


def killed_at_half(batch, rows):
    """Read with a worker that is killed at half, and with another one to the end of the check."""
    child = worker()
    while staged(batch) < rows / 2:
        time.sleep(0.05)
    peak = peak_of(child)
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    kept = staged(batch)
    # What the killed worker had in hand and had not written is done again: at most a part of each open file.
    redone = 10_000 / rows
    return {
        "killed_at": round(kept / rows, 3),
        "redone_at_most": round(redone, 4),
        "peak_mib_reading": max(peak, run_until(batch, "checked")),
    }


def run_until(batch, status):
    child = worker()
    peak = 0
    try:
        while True:
            batch.refresh_from_db()
            peak = max(peak, peak_of(child))
            if batch.status == status:
                return peak
            time.sleep(0.2)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def worker():
    return subprocess.Popen([sys.executable, "-c", WORKER], start_new_session=True)


def peak_of(child):
    """MiB of the child's largest resident set."""
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0


def staged(batch):
    from servicing.models import Shard

    shards = Shard.objects.filter(run__kind="import.stage", run__params__batch=batch.pk)
    return sum(shard.params["rows"] for shard in shards)


class Asker(threading.Thread):
    """Asks for pages in turn, again and again; `summary` has milliseconds a page."""

    PAGES = ("today", "servicing:import-list", "servicing:loan-list")

    def __init__(self, person):
        super().__init__()
        self.person, self.latency, self.has_ended = person, {}, threading.Event()

    def run(self):
        from django.test import Client
        from django.urls import reverse

        client = Client(headers={"host": "localhost"})
        client.force_login(self.person, backend="django.contrib.auth.backends.ModelBackend")
        while not self.has_ended.wait(0.2):
            for name in self.PAGES:
                began = time.monotonic()
                assert client.get(reverse(name)).status_code == 200, name
                self.latency.setdefault(name, []).append(round(1000 * (time.monotonic() - began), 1))

    def stop(self):
        self.has_ended.set()
        self.join()

    def summary(self):
        found = {}
        for name, times in self.latency.items():
            times.sort()
            p50, p95 = times[len(times) // 2], times[len(times) * 95 // 100]
            found[name] = {"asked": len(times), "p50": p50, "p95": p95}
        return found


if __name__ == "__main__":
    main()

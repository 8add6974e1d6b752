"""An import whose worker is killed as it reads or applies goes on behind the last part that was written."""

import os
import signal
import time

import pytest
from django.utils import timezone

from config import portfolio
from servicing.actions import intake
from servicing.models import (
    Arrival,
    LedgerEntry,
    Loan,
    Observation,
    Period,
    Settlement,
    Shard,
    StagedRow,
    Stamp,
)
from tests.conftest import process, wait_until
from tests.servicing.said import HEAD, a_bureau, two_people

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
CHUNK = 100
# Reads as a worker does, slowly enough to be met in the middle.
READER = """
import time, django
django.setup()
from django.utils import timezone
from servicing.actions.intake import reading
keep = reading.keep
reading.keep = lambda *args, **rest: (time.sleep(0.05), keep(*args, **rest))[1]
reading.read(at=timezone.now(), on=timezone.localdate())
"""


def test_a_killed_reader_costs_one_part_at_most(operator, tmp_path, settings):
    settings.UPLOADS = tmp_path / "uploads"
    (tmp_path / "book").mkdir()
    portfolio.generate(tmp_path / "book", borrowers=150, seed=5, today=timezone.localdate())
    for code, value in (("import.chunk", CHUNK), ("job.lease", 1)):
        Period.objects.create(code=code, value=value, citation="test", valid_from="2026-01-01")
    at = timezone.now()
    paths = {path.name: path for path in (tmp_path / "book").iterdir()}
    batch, _ = intake.stage(paths=paths, layout="native", name="b", door="shell", by=operator, at=at)
    env = {"AFTERCARE_UPLOADS": str(settings.UPLOADS), "DJANGO_SETTINGS_MODULE": "config.settings"}
    with process("-c", READER, **env) as reader:
        middle = Shard.objects.filter(params__file="instalments.csv", params__rows__gte=2 * CHUNK)
        wait_until(middle.exists, "the reader does not reach the middle")
        os.killpg(reader.pid, signal.SIGKILL)
    time.sleep(1.2)  # until its lease has run out
    before = StagedRow.objects.filter(batch=batch).count()
    batch = intake.carry(batch=batch, by=operator, at=timezone.now())
    lines = {path.name: path.read_text().count("\n") - 1 for path in paths.values()}
    read = {entry["file"]: entry["rows"] for entry in batch.files}
    assert read == lines
    # A row that was written twice would be a doubled key, and refuse its loan.
    assert 0 < before < sum(lines.values())
    assert (batch.status, Loan.objects.count()) == ("applied", lines["loans.csv"])
    assert Settlement.objects.count() == batch.counts["settled"]
    assert batch.counts["rejected"] == 0
    assert list(settings.UPLOADS.iterdir()) == []


# Applies as a worker does, and dies in the middle of a part that has written its rows already.
TAKER = """
import time, django
django.setup()
from django.utils import timezone
from servicing.actions import external, intake
from servicing.models import Observation
observe = external.observe
def slowly(**facts):
    observe(**facts)
    time.sleep(0.2 if Observation.objects.count() < 5 else 600)
external.observe = slowly
intake.work(at=timezone.now(), on=timezone.localdate())
"""


def test_a_killed_taker_of_what_others_know_leaves_whole_parts(wei, ana, tmp_path, settings):
    settings.UPLOADS = tmp_path / "uploads"
    two_people()
    bureau, today, at = a_bureau(), timezone.localdate(), timezone.now()
    for code, value in (("import.shard", 1), ("job.lease", 1)):
        Period.objects.create(code=code, value=value, citation="test", valid_from="2026-01-01")
    rows = [f"O{n},B{1 + n % 2},inquiry,bank-{n},{today},,," for n in range(8)]
    path = tmp_path / "observations.csv"
    path.write_text("\n".join((HEAD, *rows, "")))
    batch, _ = intake.stage(
        paths={path.name: path}, layout="observations", name="said", told_by="bureau", door="browser",
        by=wei, at=at,
    )  # fmt: skip
    intake.work(at=at, on=today)
    batch.refresh_from_db()
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=at)
    env = {"AFTERCARE_UPLOADS": str(settings.UPLOADS), "DJANGO_SETTINGS_MODULE": "config.settings"}
    with process("-c", TAKER, **env) as taker:
        leased = Shard.objects.filter(run__kind="import.apply", status="leased", number=2)
        wait_until(leased.exists, "the taker does not reach the second part")
        time.sleep(0.5)
        os.killpg(taker.pid, signal.SIGKILL)
    time.sleep(1.2)  # until its lease has run out
    assert (Observation.objects.count(), Stamp.objects.count()) == (4, 1)
    intake.work(at=timezone.now(), on=today)
    batch.refresh_from_db()
    assert (batch.status, batch.counts["observations"], Observation.objects.count()) == ("applied", 8, 8)
    assert Stamp.objects.count() == 2
    assert sum(len(part.observations) for part in Arrival.objects.filter(batch=batch)) == 8
    said = LedgerEntry.objects.filter(what="observations.taken", target_id=str(batch.pk))
    assert sum(entry.detail["observations"] for entry in said) == 8
    assert not Observation.objects.exclude(source=bureau).exists()
    assert not StagedRow.objects.exists()

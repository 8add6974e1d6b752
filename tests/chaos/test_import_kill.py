"""An import whose worker is killed while it reads goes on behind the last part that was written."""

import os
import signal
import time

import pytest
from django.utils import timezone

from config import portfolio
from servicing.actions import intake
from servicing.models import Loan, Period, Settlement, Shard, StagedRow
from tests.conftest import process, wait_until

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

"""The operator's import, as the shell sees it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from servicing.models import ImportBatch, Loan, Settlement, Shard, StagedRow
from tests.servers import DATABASE
from tests.servicing.books import a_book
from tests.servicing.said import SAID, a_bureau, two_people

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


def run(capsys, path, layout="native"):
    call_command("import_loans", str(path), layout=layout, json=True)
    return json.loads(capsys.readouterr().out)


def test_json_is_what_this_call_did(capsys, tmp_path):
    a_book(tmp_path)
    assert run(capsys, tmp_path) == {
        "borrowers": 2, "loans": 3, "settled": 2, "skipped": 0, "rejected": 0, "already_imported": 0
    }  # fmt: skip
    assert run(capsys, tmp_path) == {
        "borrowers": 0, "loans": 0, "settled": 0, "skipped": 0, "rejected": 0, "already_imported": 3
    }  # fmt: skip


def test_people_read_the_counts_and_the_first_rejects(capsys, tmp_path):
    a_book(tmp_path, [("loans.csv", "105.5,", "105.6,")])
    call_command("import_loans", str(tmp_path), layout="native")
    out = capsys.readouterr().out
    assert "loans.csv:3 total_due" in out
    assert "应为 105.50" in out


@pytest.mark.parametrize(
    ("path", "layout", "where"),
    [("nowhere", "native", "nowhere"), (".", "native", "borrowers.csv"), (".", "odd", "odd")],
)
def test_what_cannot_be_taken_ends_in_one_sentence(tmp_path, path, layout, where):
    with pytest.raises(CommandError) as error:
        call_command("import_loans", str(tmp_path / path), layout=layout)
    assert where in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_is_finished_by_the_next_call(capsys, tmp_path):
    from config import portfolio
    from servicing.models import Period
    from tests.cast import TODAY

    portfolio.generate(tmp_path, borrowers=300, seed=3, today=TODAY)
    for code, value in (("import.shard", 10), ("job.lease", 1)):
        Period.objects.create(code=code, value=value, citation="test", valid_from="2026-01-01")
    child = subprocess.Popen(
        [sys.executable, "manage.py", "import_loans", str(tmp_path), "--layout", "native"],
        cwd=ROOT,
        env=os.environ | {"AFTERCARE_PLAIN_HTTP": "1", "AFTERCARE_DB": DATABASE},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 60
        while Settlement.objects.count() < 20 and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)
    assert Shard.objects.exclude(status="done").exists(), "the import was over before it was killed"
    assert run(capsys, tmp_path)["already_imported"] == Loan.objects.count()
    batch = ImportBatch.objects.get()
    lines = (tmp_path / "loans.csv").read_text().count("\n") - 1
    assert (batch.status, batch.counts["loans"], Loan.objects.count()) == ("applied", lines, lines)
    assert Settlement.objects.count() == batch.counts["settled"]
    assert not StagedRow.objects.exists()


def test_what_others_know_goes_the_same_road(capsys, tmp_path):
    two_people()
    a_bureau()
    (tmp_path / "observations.csv").write_text(f"{SAID}O9,B9,asked,,2026-11-20,,,\n")
    zero = {"observations": 0, "people": 0, "superseded": 0, "rejected": 0, "already_imported": 4}
    for counts in (
        {"observations": 4, "people": 2, "superseded": 0, "rejected": 1, "already_imported": 0},
        zero,
    ):
        call_command("import_observations", str(tmp_path), "--source", "bureau", "--json")
        assert json.loads(capsys.readouterr().out) == counts
    with pytest.raises(CommandError, match="rumour"):
        call_command("import_observations", str(tmp_path), "--source", "rumour")

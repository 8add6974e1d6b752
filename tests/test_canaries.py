"""A thousand people who do not exist come in, and nowhere may one of them be read."""

import csv
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import portfolio
from reviews.actions import recheck
from servicing.actions import intake
from servicing.actions.staff import machine
from servicing.models import Borrower, Loan, Staff
from servicing.pages import PUBLIC, routes
from tests.cast import CAST


@pytest.fixture
def canaries(tmp_path, db):
    """Every readable piece of identity that came in."""
    portfolio.generate(tmp_path, borrowers=120, seed=3, today=timezone.localdate())
    by, at = machine("operator"), timezone.now()
    batch, is_new = intake.stage(
        paths={path.name: path for path in tmp_path.iterdir()},
        layout="native",
        name="canaries",
        door="shell",
        by=by,
        at=at,
    )
    assert is_new
    intake.carry(batch=batch, by=by, at=at)
    recheck.run(as_of=timezone.localdate(), by=by, at=at)
    return identities(tmp_path)


def identities(folder):
    """Single names are also words of the page; ids and phones are not."""
    found = set()
    for path in folder.glob("*"):
        with path.open() as file:
            for row in csv.DictReader(file):
                found |= {row.get("national_id"), row.get("phone")}
    return found - {None, ""}


def pages():
    """Every address that a GET can reach, with a borrower, a loan and a case where one is asked for."""
    values = {
        "reference": Borrower.objects.first().reference,
        "pk": Loan.objects.first().pk,
        "field": "phone",
    }
    for spot, name, _view, right in routes():
        if right == PUBLIC or name.startswith("admin:"):
            continue
        wanted = {key: values[key] for key in values if f":{key}>" in spot or f"<{key}>" in spot}
        try:
            yield reverse(name, kwargs=wanted)
        except Exception:  # noqa: S112  (an address of another shape is walked by the test of rights)
            continue


def test_no_page_shows_a_canary_to_anybody(canaries):
    assert len(canaries) > 200
    addresses, read = list(pages()), 0
    for username, _name, _role in CAST.values():
        client = Client(raise_request_exception=False)
        client.force_login(
            Staff.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        for address in addresses:
            text = client.get(address).content.decode(errors="replace")
            read += len(text) > 2000
            assert not [canary for canary in canaries if canary in text], (username, address)
    assert read > 40


def test_no_table_holds_a_canary(canaries):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from \"{table}\" t")  # noqa: S608
            text = cursor.fetchone()[0]
            assert not [canary for canary in canaries if canary in text], table


def test_no_file_of_the_installation_keeps_a_canary(canaries):
    kept = [path for path in settings.UPLOADS.rglob("*") if path.is_file()]
    assert kept == []
    one = next(iter(canaries))
    logs = [str(path) for path in (settings.STATE / "logs").glob("*")]
    if logs:
        assert subprocess.run(["grep", "-l", one, *logs], capture_output=True).stdout == b""


def test_an_error_page_shows_nothing(canaries, monkeypatch):
    from config.pages import dossier

    def broken(*_args, **_kwargs):
        secret = next(iter(canaries))
        raise RuntimeError(secret)

    monkeypatch.setattr(dossier, "timeline", broken)
    client = Client(raise_request_exception=False)
    client.force_login(Staff.objects.get(username="ana"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("dossier", args=[Borrower.objects.first().reference]))
    assert answer.status_code == 500
    assert not [canary for canary in canaries if canary in answer.content.decode()]


def test_the_shell_prints_no_identity(tmp_path):
    """A file that is refused is refused without quoting what stood in it."""
    (tmp_path / "borrowers.csv").write_text(
        "borrower_id,name,national_id,phone\nB1,张三,canary-id,10012345678\n"
    )
    run = subprocess.run(
        [sys.executable, "manage.py", "import_loans", str(tmp_path), "--layout", "native"],
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    for secret in ("张三", "canary-id", "10012345678"):
        assert secret not in run.stdout + run.stderr

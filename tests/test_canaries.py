"""A thousand people who do not exist come in, and nowhere may one of them be read."""

import csv
import re
import subprocess
import sys
from contextlib import ExitStack

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from config import portfolio
from feedback.actions import responses
from feedback.models import FollowUp, Improvement, Obstacle, Response
from reviews.actions import recheck
from reviews.models import Case, Scorecard
from servicing.actions import calls, drafts, feed, intake, phones, privacy
from servicing.actions.archive import certificates
from servicing.actions.staff import machine
from servicing.models import (
    Approval,
    Borrower,
    Deputy,
    Export,
    Feed,
    FeedDay,
    FeedMessage,
    ImportBatch,
    Loan,
    Run,
    SavedView,
    Staff,
)
from servicing.pages import PUBLIC, routes
from tests import stories
from tests.cast import CAST
from tests.feedback.files import a_file, a_row, checked
from tests.feedback.obstacles import an_improvement
from tests.feedback.said import a_topic
from tests.servicing.core import NAME, NATIONAL_ID, PHONE, Core, keys_file
from tests.servicing.said import HEAD, a_bureau, waiting

NEW_PHONE = "10098765432"


def told(settings, path):
    """The core tells of one more, in a way that has to wait for a person."""
    core = Core()
    settings.FEED_KEYS = keys_file(path, core)
    core.open("L1", name=NAME, national_id=NATIONAL_ID, phone=PHONE)
    core.told[0]["terms"]["principal"] = "nothing"
    core.close("2026-09-01", loans=(1, "90.00"))
    core.deliver()
    feed.work(by=machine("core"), at=timezone.now())


def heard(folder):
    """A bureau's file waits for a second person; in one row identities stand where codes belong."""
    a_bureau()
    number = Borrower.objects.filter(source__code="native").values_list("external_id", flat=True)[0]
    rows = (f"O1,{number},inquiry,bank-a,2026-01-01,,,", f"{NATIONAL_ID},{number},loan,{PHONE},2026-01-01,,,")
    return waiting(folder, "\n".join((HEAD, *rows, "")), by=Staff.objects.get(username="wei"))


def called():
    """Somebody calls, names the own numbers in words and a new one, and objects to the record."""
    lin, now = Staff.objects.get(username="lin"), timezone.now()
    borrower = Borrower.objects.filter(source__code="native").first()
    known = {field: privacy.plain(borrower, field) for field in ("name", "national_id", "phone")}
    calls.verify(borrower=borrower, said=known, by=lin, at=now)
    phones.note(borrower=borrower, phone=NEW_PHONE, by=lin, at=now)
    words = f"I am {known['national_id']} and my number is {known['phone']}"
    row = responses.log(
        kind="objection", channel="call", where="record", words=words, borrower=borrower, by=lin, at=now,
        speaker="agent", authority=f"mandate of {known['national_id']}",
    )  # fmt: skip
    responses.note(response=row, words=words, by=lin, at=now)
    responses.promise(response=row, words=words, by=lin, at=now)
    # Who typed it gets it back; the walk comes by another page.
    drafts.keep(person=lin, page="/callers/elsewhere/", typed={"words": [words]}, at=now)


def told_of(folder):
    """A file of responses waits for a second person; in every text of it identities are told."""
    told = f"call {PHONE}, my number is {NATIONAL_ID}"
    rows = (a_row("C1", words=told), a_row("C2", words=told, kind="rant", topic=PHONE, authority=told))
    there = {"borrower_id": "", "loan_id": "", "instalment": "", "received_at": "2026-01-02 09:00:00"}
    return checked(
        folder, a_file(*(row | there for row in rows)), Staff.objects.get(username="wei"), at=timezone.now()
    )


def waits():
    """A file of everybody waits for a second person, who sees its first rows."""
    client = Client()
    client.force_login(Staff.objects.get(username="ana"), backend="django.contrib.auth.backends.ModelBackend")
    given = {"format": "xlsx", "reason": "audit", "words": "the yearly audit of the archive"}
    client.post("/exports/new/?of=servicing:loan-list", given)
    client.post("/views/new/", {"of": "servicing:loan-list", "query": "kind=late", "name": "late"})
    stories.a_deputy()
    an_improvement()


@pytest.fixture
def canaries(tmp_path, db, settings):
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
    told(settings, tmp_path.with_name("keys.json"))
    intake.carry(batch=batch, by=by, at=at)
    recheck.run(as_of=timezone.localdate(), by=by, at=at)
    waits()
    called()
    return identities(tmp_path) | {NATIONAL_ID, PHONE, NEW_PHONE}


def identities(folder):
    """Single names are also words of the page; ids and phones are not."""
    found = set()
    for path in folder.glob("*"):
        with path.open() as file:
            for row in csv.DictReader(file):
                found |= {row.get("national_id"), row.get("phone")}
    return found - {None, ""}


def pages():
    """Every address that a GET can reach, with rows of people who came in wherever one is asked for."""
    kinds = {kind: Run.objects.filter(kind=kind).latest("pk") for kind in ("import.apply", "recheck")}
    nouns = {
        "loans": Loan.objects.first(),
        "cases": Case.objects.first(),
        "imports": ImportBatch.objects.get(run=kinds["import.apply"]),
        "recheck": kinds["recheck"],
        "recheck/parts": kinds["recheck"].shards.first(),
        "feeds/messages": FeedMessage.objects.get(status="refused"),
        "feeds": Feed.objects.get(),
        "feeds/days": FeedDay.objects.get(),
        "approvals": Approval.objects.get(),
        "deputies": Deputy.objects.get(),
        "exports": Export.objects.get(),
        "views": SavedView.objects.get(),
        "scorecard": Scorecard.objects.active().get(),
        "improvements": Improvement.objects.get(),
        "obstacles": Obstacle.objects.get(),
        "promises": FollowUp.objects.get(),
        "topics": a_topic(),
    }
    said = Response.objects.get()
    names = {"responses": {"reference": said.reference}, "objections": {"number": said.objection.number}}
    lead, settled = Staff.objects.get(username="ana"), Loan.objects.settled().first()
    certificate, _code = certificates.issue(loan=settled, by=lead, at=timezone.now())
    words = {"reference": Borrower.objects.first().reference, "field": "phone", "code": "worst_late"}
    words |= {"kind": "mandate", "number": certificate.number, "layout": "native", "form": "xlsx"}
    for spot, _name, _view, right in routes():
        if right == PUBLIC or spot.startswith("admin"):
            continue
        noun = next((noun for noun in nouns if "/" in noun and spot.startswith(noun)), spot.partition("/")[0])
        wanted = words | ({"pk": str(nouns[noun].pk)} if noun in nouns else {}) | names.get(noun, {})
        yield spot, "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found, wanted=wanted: wanted[found[1]], spot)
    said = ImportBatch.objects.get(layout="observations")
    assert (said.counts["observations"], said.counts["rejected"]) == (1, 1)
    yield "imports/<int:pk>/", f"/imports/{said.pk}/"
    told = ImportBatch.objects.get(layout="responses")
    assert (told.counts["responses"], told.counts["rejected"]) == (1, 1)
    yield "imports/<int:pk>/", f"/imports/{told.pk}/"


def test_no_page_shows_a_canary_to_anybody(canaries, tmp_path, settings):
    settings.UPLOADS = tmp_path / "uploads"
    heard(tmp_path / "heard")
    told_of(tmp_path / "told")
    assert len(canaries) > 200
    addresses, read, opened = list(pages()), 0, set()
    one_of_each_role = {role: username for username, _name, role in CAST.values()}
    for username in one_of_each_role.values():
        client = Client(raise_request_exception=False)
        client.force_login(
            Staff.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
        )
        for spot, address in addresses:
            answer = client.get(address)
            text = b"".join(answer).decode(errors="replace")
            read += len(text) > 2000
            opened |= {spot} if answer.status_code == 200 else set()
            assert not [canary for canary in canaries if canary in text], (username, address)
    assert read > 40
    # The pages of one loan, case, import and run were really there.
    assert {spot for spot in opened if spot.endswith("<int:pk>/")} == {
        spot for spot, _address in addresses if spot.endswith("<int:pk>/")
    }


def test_no_table_holds_a_canary(canaries):
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"select coalesce(string_agg(t::text, ' '), '') from \"{table}\" t")  # noqa: S608
            text = cursor.fetchone()[0]
            assert not [canary for canary in canaries if canary in text], table


def test_no_file_of_the_installation_keeps_a_canary(client, wei, tmp_path, settings):
    """Files through the browser's door wait for a worker, and nobody can read them there."""
    settings.UPLOADS = tmp_path / "uploads"
    (tmp_path / "book").mkdir()
    portfolio.generate(tmp_path / "book", borrowers=120, seed=3, today=timezone.localdate())
    canaries = identities(tmp_path / "book")
    client.force_login(wei)
    with ExitStack() as stack:
        opened = [stack.enter_context(path.open("rb")) for path in (tmp_path / "book").iterdir()]
        client.post(reverse("servicing:import-stage"), {"layout": "native", "files": opened})
    assert ImportBatch.objects.get().door == "browser"
    assert len(list(settings.UPLOADS.iterdir())) == 5
    assert kept(tmp_path / "book", canaries)  # the look finds what is there
    assert kept(settings.UPLOADS, canaries) == []
    assert kept(settings.STATE / "logs", canaries) == []


def kept(folder, canaries):
    """The files below a folder in which a canary can be read."""
    found = {path: path.read_bytes().decode(errors="replace") for path in folder.rglob("*") if path.is_file()}
    return [path for path, text in found.items() if any(canary in text for canary in canaries)]


def test_an_error_page_shows_nothing(canaries, monkeypatch):
    from config.pages import dossier

    def broken(*_args, **_kwargs):
        secret = next(iter(canaries))
        raise RuntimeError(secret)

    monkeypatch.setattr(dossier, "axis", broken)
    client = Client(raise_request_exception=False)
    client.force_login(Staff.objects.get(username="ana"), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get(reverse("dossier", args=[Borrower.objects.first().reference]))
    assert answer.status_code == 500
    assert not [canary for canary in canaries if canary in answer.content.decode()]


@pytest.mark.django_db(transaction=True)
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

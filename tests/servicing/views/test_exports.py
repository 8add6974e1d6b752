"""Lists leave the house masked, signed and few; more only after a second person, and only what was shown."""

import csv
import hashlib
import io
import random
from datetime import timedelta

import pytest
from openpyxl import load_workbook

from servicing.actions import controls, exports, processing
from servicing.models import Approval, Borrower, Export, LedgerEntry, Settlement
from tests import stories
from tests.cast import NOON, TODAY

WORDS = "compare with the ledger of the core"
GIVEN = {"format": "csv", "reason": "reconcile", "words": WORDS}
NEW = "/exports/new/?of=servicing:loan-list"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


def book(count, *, people=None, start=0):
    """Settled loans of that many borrowers."""
    for number in range(start, start + (people or count)):
        borrower = stories.a_borrower(phone=f"100{number:08}", name=stories.NAME)
        for loan in range(count // (people or count)):
            stories.a_loan(borrower, number=f"L{number:03}-{loan}")


def ask(client, person, url=NEW, **given):
    client.force_login(person)
    return client.post(url, GIVEN | given)


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_a_small_file_comes_at_once_under_a_line_that_says_whose_it_is(client, ana):
    book(25)
    response = ask(client, ana)
    line, head, *rows = rows_of(response)
    who_and_when = "安娜 (ana) · 2026-11-23 12:00:00 +0800"
    assert line == [f"{who_and_when} · 与其他系统核对: {WORDS} · 免审批 · {Export.objects.get()}"]
    assert len(rows) == 25
    assert {"欧阳**" in row[head.index("借款人")] for row in rows} == {True}
    assert stories.NAME not in response.content.decode("utf-8-sig")
    (entry,) = stories.acts("export.fetched")
    assert entry.detail["sha256"] == hashlib.sha256(response.content).hexdigest()


def test_the_workbook_holds_the_same(client, ana):
    book(3)
    response = ask(client, ana, format="xlsx")
    rows = list(load_workbook(io.BytesIO(response.content)).active.iter_rows(values_only=True))
    assert rows[0][0].startswith("安娜 (ana)")
    assert len(rows) == 5
    assert rows[2][-1] == 1100  # money is a number


def kept_only(borrower, by):
    why = {"ground": "dispute", "reason": "the person disputes the amount", "until_on": None}
    processing.restrict(borrower=borrower, by=by, at=NOON, **why)


def test_whose_data_is_only_kept_stands_in_no_file_and_the_page_says_so(client, ana, pei):
    book(3)
    kept_only(Borrower.objects.order_by("pk")[0], pei)
    client.force_login(ana)
    assert "1 位借款人的数据仅限保存" in client.get(NEW).content.decode()
    assert len(rows_of(ask(client, ana))) == 2 + 2
    (entry,) = stories.acts("export.asked")
    assert (entry.detail["rows"], entry.detail["left_out"]) == (2, 1)


def test_who_was_restricted_after_the_approval_is_not_in_the_file(client, ana, pei, approved):
    kept_only(Borrower.objects.order_by("pk")[0], pei)
    client.force_login(ana)
    assert len(rows_of(client.get(f"/exports/{approved.export.pk}/file/"))) == 2 + 29


def test_a_proposal_with_somebody_restricted_since_shows_no_rows_and_is_asked_for_again(client, ana, pei):
    book(30)
    ask(client, ana)
    approval = Approval.objects.get()
    client.force_login(pei)
    assert "欧阳**" in client.get(f"/approvals/{approval.pk}/").content.decode()
    kept_only(Borrower.objects.order_by("pk")[0], pei)
    html = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert "欧阳**" not in html
    assert "有 1 位借款人的数据变为仅限保存" in html
    with pytest.raises(controls.Changed):
        controls.approve(approval=approval, digest=approval.digest, by=pei, at=NOON)
    controls.withdraw(approval=approval, by=ana, at=NOON)
    ask(client, ana)
    again = Approval.objects.get(status="waiting")
    assert again.shown["borrowers"] == 29
    controls.approve(approval=again, digest=again.digest, by=pei, at=NOON)


def test_a_decided_proposal_shows_no_row_of_somebody_restricted_since(client, ana, pei, approved):
    client.force_login(pei)
    assert "欧阳**" in client.get(f"/approvals/{approved.pk}/").content.decode()
    kept_only(Borrower.objects.order_by("pk")[0], pei)
    assert "欧阳**" not in client.get(f"/approvals/{approved.pk}/").content.decode()


def test_twenty_six_borrowers_are_nothing_without_a_second_person(client, ana):
    book(26)
    response = ask(client, ana)
    assert response.status_code == 302
    assert response.content == b""
    export = Export.objects.get()
    assert client.get(f"/exports/{export.pk}/file/").content == b""
    assert stories.acts("export.fetched") == []


def test_many_loans_of_few_borrowers_are_few(client, ana):
    book(60, people=20)
    assert len(rows_of(ask(client, ana))) == 62


def test_many_small_files_are_one_large_one(client, ana):
    book(20)
    assert ask(client, ana).status_code == 200
    assert ask(client, ana).status_code == 200  # the same people again
    Settlement.objects.update(kind="late")
    book(6, start=20)
    assert ask(client, ana, f"{NEW}&kind=normal").status_code == 302
    Export.objects.update(at=NOON - timedelta(days=1, seconds=1))
    assert ask(client, ana, f"{NEW}&kind=normal").status_code == 200


@pytest.fixture
def approved(client, ana, pei):
    """A file of 30 borrowers that pei approved."""
    book(30)
    ask(client, ana, f"{NEW}&kind=normal&sort=settled")
    approval = Approval.objects.get()
    controls.approve(approval=approval, digest=approval.digest, by=pei, at=NOON)
    return approval


def test_the_second_person_sees_filters_counts_and_ten_masked_rows(client, ana, pei):
    book(30)
    ask(client, ana, f"{NEW}&kind=normal")
    approval = Approval.objects.get()
    assert (approval.shown["rows"], approval.shown["borrowers"]) == (30, 30)
    spoken = approval.shown["spoken"]
    assert [len(spoken[language]["sample"]) for language in ("zh-hans", "en")] == [10, 10]
    assert spoken["zh-hans"]["filters"] == [["结清方式", "正常结清"]]
    assert spoken["en"]["filters"] == [["how it ended", "repaid as agreed"]]
    client.force_login(pei)
    html = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert html.count("欧阳**") == 10
    assert stories.NAME not in html


def test_the_second_person_reads_the_proposal_in_their_own_language(client, ana, pei):
    book(30)
    ask(client, ana, f"{NEW}&kind=normal")
    approval = Approval.objects.get()
    client.force_login(pei)
    client.cookies["django_language"] = "en"
    pages = {
        url: client.get(url).content.decode() for url in (f"/approvals/{approval.pk}/", "/approvals/", "/")
    }
    assert all("Settled loans (30)" in html for html in pages.values())
    html = pages[f"/approvals/{approval.pk}/"]
    for words in ("repaid as agreed", "How it ended", "comparison with another system", "(CSV)"):
        assert words in html
    assert "结清方式" not in html
    client.post(f"/approvals/{approval.pk}/approve/", {"digest": approval.digest})
    approval.refresh_from_db()
    assert approval.status == "approved"


def test_an_approved_file_is_fetched_by_who_asked_for_a_day(client, ana, approved, monkeypatch):
    export = approved.export
    client.force_login(ana)
    for _ in range(2):
        line, _head, *rows = rows_of(client.get(f"/exports/{export.pk}/file/"))
        assert len(rows) == 30
        assert str(approved) in line[0]
    assert len(stories.acts("export.fetched")) == 2
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON + timedelta(hours=24))
    assert client.get(f"/exports/{export.pk}/file/").content == b""


@pytest.mark.parametrize(
    ("who", "status"), [("pei", 404), ("hua", 404), ("wei", 404), ("lin", 403), ("ada", 403)]
)
def test_nobody_else_fetches_it(client, request, approved, who, status):
    client.force_login(request.getfixturevalue(who))
    assert client.get(f"/exports/{approved.export.pk}/file/").status_code == status


def test_another_filter_at_the_download_changes_nothing(client, ana, approved):
    client.force_login(ana)
    plain = client.get(f"/exports/{approved.export.pk}/file/")
    stories.a_loan(stories.a_borrower(phone="10099999999"), number="L-NEW")
    for query in ("?of=servicing:loan-list&kind=late", "?kind=", "?ids=1", "?settled_from=2000-01-01"):
        tampered = client.get(f"/exports/{approved.export.pk}/file/{query}")
        assert tampered.content == plain.content


def test_rows_that_were_put_in_after_the_request_are_not_approved(ana, pei, client):
    book(30)
    ask(client, ana)
    stranger = stories.a_loan(stories.a_borrower(phone="10099999999"), number="L-NEW")
    export, approval = Export.objects.get(), Approval.objects.get()
    export.ids.append(Settlement.objects.get(loan=stranger).pk)
    export.save(update_fields=["ids"])
    with pytest.raises(controls.Changed):
        controls.approve(approval=approval, digest=approval.digest, by=pei, at=NOON)


def test_today_tells_of_a_file_that_was_approved_and_nobody_else(approved, client, ana, pei):
    client.force_login(ana)
    assert list(client.get("/").context["ready_files"]) == [approved.export]
    client.force_login(pei)
    assert list(client.get("/").context["ready_files"]) == []


def test_a_file_says_in_its_head_what_a_number_means(client, ana):
    stories.a_loan(stories.a_borrower(), days_late=-9)
    client.force_login(ana)
    client.cookies["django_language"] = "en"
    head, row = rows_of(ask(client, ana))[1:]
    assert row[head.index("days after the final due date (− before)")] == "-9"


def test_a_refused_file_never_comes(client, ana, pei):
    book(26)
    ask(client, ana)
    controls.refuse(approval=Approval.objects.get(), reason="nobody needs it", by=pei, at=NOON)
    assert client.get(f"/exports/{Export.objects.get().pk}/file/").content == b""


def test_who_may_no_longer_open_the_list_fetches_nothing(client, ana, approved):
    client.force_login(ana)
    ana.role = ana.role.__class__.objects.get(name="risk")
    ana.save()
    assert client.get(f"/exports/{approved.export.pk}/file/").content == b""


@pytest.mark.parametrize(
    "of", ["servicing:ledger-list", "servicing:export-list", "today", "nowhere", "", "x:y"]
)
def test_what_is_no_list_of_borrowers_has_no_file(client, pei, of):
    client.force_login(pei)
    assert client.get(f"/exports/new/?of={of}").status_code == 404


def test_a_list_that_a_role_may_not_open_has_no_file_for_it(client, wei):
    book(1)
    assert ask(client, wei).status_code == 404


def test_a_risk_officer_takes_the_own_queue(client, wei):
    stories.a_case(stories.a_borrower(), owner=wei)
    _line, head, row = rows_of(ask(client, wei, "/exports/new/?of=reviews:case-list"))
    assert row[head.index("对象") if "对象" in head else 1].endswith("欧阳**")
    assert not [cell for cell in row if "<" in cell]


def test_a_file_of_a_tab_holds_the_rows_of_the_tab(client, wei, ana):
    for number in range(26):
        stories.a_case(stories.a_borrower(phone=f"100{number:08}"))
    ask(client, wei, "/exports/new/?of=reviews:case-list&tab=waiting")
    approval = Approval.objects.get()
    controls.approve(approval=approval, digest=approval.digest, by=ana, at=NOON)
    client.force_login(wei)
    assert len(rows_of(client.get(f"/exports/{approval.export.pk}/file/"))) == 28


def test_alerts_leave_as_words(client, ana):
    stories.a_case(stories.a_borrower())
    _line, _head, row = rows_of(ask(client, ana, "/exports/new/?of=reviews:alert-list"))
    assert not [cell for cell in row if "<" in cell]


@pytest.mark.parametrize("words", ["", "short", "..........", "aaaaaaaaaaaa"])
def test_a_purpose_must_say_something(client, ana, words):
    book(1)
    assert ask(client, ana, words=words).status_code == 422
    assert not Export.objects.exists()


def test_an_empty_list_has_no_file(client, ana):
    assert ask(client, ana).status_code == 422


def test_more_rows_than_the_setting_are_refused(client, ana, monkeypatch):
    book(3)
    value = exports.periods.value
    monkeypatch.setattr(
        exports.periods, "value", lambda code, on: 2 if code == "export.most_rows" else value(code, on=on)
    )
    assert ask(client, ana).status_code == 422


def test_any_piece_of_a_file_names_it(client, ana):
    book(25)
    draw, texts = random.Random(3), {}
    for _ in range(4):
        response = ask(client, ana)
        texts[Export.objects.latest("pk").pk] = response.content.decode("utf-8-sig").splitlines()[2:]
    for pk, lines in texts.items():
        assert [found.pk for found in exports.trace("\n".join(draw.sample(lines, 8)))] == [pk]


def test_a_forged_mark_names_nobody(client, ana):
    book(1)
    ask(client, ana)
    export = Export.objects.get()
    assert list(exports.trace(exports.mark(export))) == [export]
    forged = exports.exports.mark(export.pk, bytes(2))
    assert exports.tag(export.pk) != bytes(2)
    assert list(exports.trace(forged)) == []


def test_where_the_trail_cannot_be_written_no_byte_leaves(client, ana, monkeypatch):
    book(1)

    def broken(**_given):
        raise RuntimeError("the ledger is away")

    monkeypatch.setattr(exports.ledger, "record", broken)
    client.raise_request_exception = False
    assert ask(client, ana).status_code == 500
    assert not LedgerEntry.objects.filter(what__startswith="export").exists()


@pytest.fixture
def of_alerts(client, ana):
    """A file of 26 alerts, a list that customer service does not open."""
    for number in range(26):
        stories.a_case(stories.a_borrower(phone=f"100{number:08}"))
    ask(client, ana, "/exports/new/?of=reviews:alert-list")
    return Approval.objects.get()


def seen(client, person, approval):
    client.force_login(person)
    return client.get(f"/approvals/{approval.pk}/")


def test_rows_of_a_list_are_decided_by_who_may_open_it(client, of_alerts, pei, hua, lin):
    stories.a_deputy("hua", "lin")
    for person in (hua, lin):
        assert controls.waiting_for(person, at=NOON) == []
        assert seen(client, person, of_alerts).status_code == 404
        with pytest.raises(controls.NotAllowed, match="right"):
            controls.approve(approval=of_alerts, digest=of_alerts.digest, by=person, at=NOON)
    assert controls.waiting_for(pei, at=NOON) == [of_alerts]
    controls.approve(approval=of_alerts, digest=of_alerts.digest, by=pei, at=NOON)
    assert seen(client, hua, of_alerts).status_code == 404


def test_who_oversees_the_desk_sees_the_proposal_and_not_the_rows(client, of_alerts, pei, ada):
    assert seen(client, pei, of_alerts).content.decode().count("欧阳**") == 10
    response = seen(client, ada, of_alerts)
    assert response.status_code == 200
    assert "欧阳**" not in response.content.decode()


def test_a_deputy_of_a_lead_who_may_not_look_decides_nothing(of_alerts, hua, pei):
    # Whoever stands in has no more than the lead, also when the own role could look.
    stories.a_deputy("hua", "pei")
    pei.may = lambda right: right == "alert.browse"
    assert controls.decider(pei, of_alerts, on=TODAY) is None


def test_who_lost_the_list_sees_the_rows_of_the_own_proposal_no_more(client, of_alerts, ana):
    ana.role = ana.role.__class__.objects.get(name="cs_lead")
    ana.save()
    assert "欧阳**" not in seen(client, ana, of_alerts).content.decode()


@pytest.mark.parametrize("who", ["pei", "ada"])
def test_an_excerpt_names_its_file_to_who_oversees(client, ana, request, who):
    book(3)
    row = ask(client, ana).content.decode("utf-8-sig").splitlines()[3]
    client.force_login(request.getfixturevalue(who))
    html = client.post("/exports/trace/", {"text": f"found in the street: {row}"}).content.decode()
    for word in (str(Export.objects.get()), "安娜", WORDS, "2026-11-23 12:00"):
        assert word in html
    (entry,) = stories.acts("export.traced")
    assert entry.detail == {"files": [str(Export.objects.get())]}
    assert "欧阳" not in html.replace(row, "")
    client.post("/exports/trace/", {"text": "typed again, 欧阳**"})
    assert stories.acts("export.traced")[-1].detail == {"files": []}


@pytest.mark.parametrize("who", ["ana", "hua", "wei", "lin", "max_"])
def test_nobody_else_traces(client, request, who):
    person = request.getfixturevalue(who)
    client.force_login(person)
    assert client.post("/exports/trace/", {"text": "x"}).status_code == 403
    with pytest.raises(exports.NotAllowed, match="right"):
        exports.traced(text="x", by=person, at=NOON)

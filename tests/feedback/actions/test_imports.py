"""Files of what customers said: read and checked like others, applied by a second person, undone whole."""

import io
from datetime import date, timedelta

import openpyxl
import pytest

from feedback.actions import responses
from feedback.models import FollowUp, Response, ResponseArrival, Topic
from servicing.actions import intake, jobs
from servicing.actions.intake import takers
from servicing.gateways import files
from servicing.models import (
    Borrower,
    LedgerEntry,
    Objection,
    Period,
    Restriction,
    Shard,
    StagedRow,
)
from tests.cast import NOON, TODAY
from tests.feedback.files import (
    a_file,
    a_row,
    a_workbook,
    applied,
    checked,
    staged,
    two_customers,
    undone,
    worked,
)

pytestmark = pytest.mark.django_db
THREE = (
    a_row(),
    a_row("C2", kind="objection", where="record", borrower_id="", loan_id="L2", instalment="", topic=""),
    a_row("C3", kind="praise", borrower_id="", loan_id="", instalment="", topic="", words="谢谢"),
)


@pytest.fixture(autouse=True)
def customers(settings, tmp_path_factory, db):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")
    two_customers()


def rejected(batch):
    return list(batch.rejects.order_by("line").values_list("line", "column", "reason"))


def test_a_file_of_responses_becomes_responses_with_their_clocks(tmp_path, wei, ana):
    batch = checked(tmp_path, a_file(*THREE), wei)
    assert batch.status == "checked"
    assert batch.counts == {
        "responses": 3, "people": 2, "overdue": 0, "rejected": 0, "already_imported": 0,
    }  # fmt: skip
    assert batch.preview["kinds"] == {"complaint": 1, "objection": 1, "praise": 1}
    assert batch.preview["new_topics"] == {"扣款": 1}
    assert not Response.objects.exists()
    with pytest.raises(intake.NotAllowed, match="second_person"):
        intake.apply(batch=batch, digest=intake.digest(batch), by=wei, at=NOON)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    assert worked(batch).status == "applied"
    complaint, dispute, praise = Response.objects.order_by("external_number")
    assert complaint.words == "第二期扣了两次，请打 1*********0"
    assert (complaint.borrower.external_id, complaint.instalment) == ("B1", 2)
    assert (complaint.due_on, dispute.due_on, praise.due_on) == (date(2026, 12, 5), date(2026, 12, 10), None)
    assert (complaint.topic, complaint.topic_by, complaint.owner) == ("扣款", ana, None)
    assert (dispute.objection.borrower, dispute.borrower.external_id) == (dispute.borrower, "B2")
    assert (praise.status, praise.borrower) == ("answered", None)
    assert Topic.objects.offered().get().name == "扣款"
    assert LedgerEntry.objects.get(what="responses.taken").detail == {"responses": 3, "objections": 1}
    assert not StagedRow.objects.exists()


def test_words_wait_sealed_and_the_preview_quotes_them_blurred(tmp_path, wei):
    batch = checked(tmp_path, a_file(*THREE), wei)
    kept = [row.data["words"] for row in batch.rows.all()]
    assert not any("扣了" in words or "13800138000" in words for words in kept)
    (first, *_rest) = batch.preview["said"]
    assert (first["borrower"], first["words"]) == ("RB1", "第二期扣了两次，请打 1*********0")


def test_who_is_only_kept_is_stored_and_not_quoted(tmp_path, wei, ana, pei):
    batch = checked(tmp_path, a_file(*THREE), wei)
    assert len(intake.said(batch, on=TODAY)) == 3
    Restriction.objects.create(
        borrower=Borrower.objects.get(external_id="B1"), ground="erasure", reason="they asked for it",
        from_on=TODAY, by=pei, at=NOON,
    )  # fmt: skip
    assert [row["borrower"] for row in intake.said(batch, on=TODAY)] == ["RB2", ""]
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    assert worked(batch).counts["responses"] == 3


BAD = [
    ({"response_id": ""}, "response_id", "empty"),
    ({"received_at": "2026-11-24 09:00:00"}, "received_at", "in_future"),
    ({"received_at": "01/02/2026"}, "received_at", "day_first"),
    ({"kind": "rant"}, "kind", "unknown_value"),
    ({"channel": "fax"}, "channel", "unknown_value"),
    ({"borrower_id": "B9"}, "borrower_id", "not_on_file"),
    ({"loan_id": "L9"}, "loan_id", "no_such_loan"),
    ({"borrower_id": "B2"}, "loan_id", "others_loan"),
    ({"instalment": "4"}, "instalment", "no_such_instalment"),
    ({"loan_id": ""}, "loan_id", "empty"),
    ({"where": "elsewhere"}, "where", "unknown_value"),
    ({"words": " \u0000\u0007 ".replace("\u0000", "")}, "words", "empty"),
    ({"words": "长" * 4001}, "words", "too_long"),
    ({"topic": "13800138000"}, "topic", "person_in_code"),
    ({"speaker": "agent"}, "authority", "empty"),
    ({"authority": "a letter"}, "speaker", "unknown_value"),
    ({"hotline": "12378"}, "hotline_number", "empty"),
    ({"hotline_number": "X-1"}, "hotline", "empty"),
    ({"kind": "suggestion", "complex": "yes"}, "complex", "unknown_value"),
    ({"answered_at": "2026-11-19 09:00:00"}, "answered_at", "before_received"),
    ({"answer": "we are sorry"}, "answered_at", "empty"),
]


def test_what_is_wrong_is_refused_where_it_stands(tmp_path, wei):
    rows = [a_row(f"X{n}", **changes) for n, (changes, _column, _reason) in enumerate(BAD)]
    rows[0]["response_id"] = ""
    batch = checked(tmp_path, a_file(a_row("GOOD"), *rows), wei)
    assert batch.counts["responses"] == 1
    said = [(n + 3, column, reason) for n, (_changes, column, reason) in enumerate(BAD)]
    assert rejected(batch) == said


def test_one_number_or_one_case_of_a_hotline_is_one_response(tmp_path, wei):
    forwarded = {"hotline": "12378", "hotline_number": "2026-7", "hotline_due_on": "2026-11-30"}
    rows = (a_row("A", **forwarded), a_row("B", **forwarded), a_row("C"), a_row("C", words="again"))
    batch = checked(tmp_path, a_file(*rows), wei)
    assert rejected(batch) == [
        (3, "hotline_number", "hotline_known"),
        (4, "response_id", "doubled_key"),
        (5, "response_id", "doubled_key"),
    ]


def test_a_hotlines_day_counts_where_it_is_earlier_and_history_is_answered(tmp_path, wei, ana):
    forwarded = {"hotline": "12345", "hotline_number": "N-1", "hotline_due_on": "2026-11-30"}
    answered = {"answered_at": "2026-11-21 10:00:00", "answer": "已退款", "kind": "objection"}
    rows = (a_row("A", **forwarded), a_row("B", complex="yes"), a_row("C", **answered))
    applied(tmp_path, a_file(*rows), wei, ana)
    first, longer, old = Response.objects.order_by("external_number")
    assert (first.due_on, longer.due_on) == (date(2026, 11, 30), date(2026, 12, 20))
    assert (old.status, old.answer, old.objection) == ("answered", "已退款", None)
    assert not Objection.objects.exists()


def test_the_same_file_comes_in_once_and_more_of_it_adds(tmp_path, wei, ana):
    applied(tmp_path, a_file(*THREE), wei, ana)
    again = checked(tmp_path, a_file(*THREE), wei)
    assert (again.status, again.refusal.partition(" ")[0]) == ("refused", "came_before")
    more = applied(tmp_path, a_file(*THREE, a_row("C4")), wei, ana)
    assert (more.counts["responses"], more.counts["already_imported"]) == (1, 3)
    other = checked(tmp_path, a_file(a_row("C4", words="something else"), a_row("C5")), wei)
    assert rejected(other) == [(2, "", "said_otherwise")]


ANSWER = {"answered_at": "2026-11-21 10:00:00", "answer": "已退款"}


@pytest.mark.parametrize("news", [ANSWER, {"topic": "催收"}, {"complex": "yes"}])
def test_news_under_a_number_that_is_on_file_is_refused_and_not_dropped(tmp_path, wei, ana, news):
    applied(tmp_path, a_file(a_row("C1")), wei, ana)
    again = checked(tmp_path, a_file(a_row("C1", **news), a_row("C9")), wei)
    assert rejected(again) == [(2, "", "said_otherwise")]


def test_what_people_did_since_is_no_news(tmp_path, wei, ana, lin):
    applied(tmp_path, a_file(a_row("C1", topic="")), wei, ana)
    row = responses.make_complex(
        response=Response.objects.get(), reason="three banks take part in it", by=lin, at=NOON
    )
    responses.answer(response=row, words="it was paid back", by=lin, at=NOON)
    again = checked(tmp_path, a_file(a_row("C1", topic=""), a_row("C9")), wei)
    assert (rejected(again), again.counts["already_imported"]) == ([], 1)


def test_a_workbook_with_chinese_heads_is_read_and_its_line_breaks_are_blanks(tmp_path, wei, ana):
    applied(tmp_path, a_workbook(a_row(words="第一行\n第二行")), wei, ana, name="responses.xlsx")
    assert Response.objects.get().words == "第一行 第二行"
    text = a_file(a_row("C9")).replace("response_id", "反馈编号").replace("words", "内容")
    applied(tmp_path, text, wei, ana)
    assert Response.objects.filter(external_number="C9").exists()


def test_rejected_rows_come_back_to_be_mended_and_are_sent_again(tmp_path, wei, ana):
    batch = applied(tmp_path, a_file(*THREE, a_row("C4", kind="rant", words="=1+1")), wei, ana)
    export = intake.ask_rows(batch=batch, words="mend and send again", by=wei, at=NOON)
    book = intake.rejected_rows(
        export=export, write=lambda layout, rows: files.workbook(layout, rows, line="whose"), by=wei, at=NOON
    )
    sheet = openpyxl.load_workbook(io.BytesIO(book))["responses"]
    head, row = ([cell.value for cell in cells] for cells in sheet.iter_rows())
    assert row[head.index("words")] == "=1+1"
    assert all(cell.data_type == "s" for cells in sheet.iter_rows() for cell in cells if cell.value)
    sheet.cell(2, head.index("kind") + 1).value = "complaint"
    out = io.BytesIO()
    sheet.parent.save(out)
    mended = applied(tmp_path, out.getvalue(), wei, ana, name="mended.xlsx")
    assert (mended.counts["responses"], mended.counts["rejected"]) == (1, 0)
    assert Response.objects.get(external_number="C4").words == "=1+1"


def test_all_of_it_is_taken_back_while_nobody_has_built_on_it(tmp_path, wei, ana):
    batch = applied(tmp_path, a_file(*THREE), wei, ana)
    assert undone(batch, wei, ana).status == "undone"
    assert not Response.objects.exists()
    assert not Objection.objects.exists()
    assert not ResponseArrival.objects.exists()
    assert LedgerEntry.objects.get(what="responses.withdrawn").detail == {"responses": 3}
    assert applied(tmp_path, a_file(*THREE), wei, ana).counts["responses"] == 3


def test_what_somebody_did_about_a_response_stands_against_it(tmp_path, wei, ana, hua):
    batch = applied(tmp_path, a_file(*THREE), wei, ana)
    response = Response.objects.get(external_number="C1")
    responses.take(response=response, by=hua, at=NOON)
    assert undone(batch, wei, ana).status == "applied"
    assert batch.preview["built_on"] == [["feedback.response", response.reference, "response.handed_over"]]
    assert Response.objects.count() == 3


def test_a_row_that_refers_to_a_response_stands_against_it_without_an_entry(tmp_path, wei, ana, hua):
    batch = applied(tmp_path, a_file(*THREE), wei, ana)
    response = Response.objects.get(external_number="C1")
    FollowUp.objects.create(response=response, words="x", due_on=TODAY, owner=hua, made_at=NOON)
    assert undone(batch, wei, ana).status == "applied"
    assert batch.preview["built_on"] == [["", "", "feedback_followup"]]


def test_a_later_import_that_found_it_is_undone_first(tmp_path, wei, ana):
    first = applied(tmp_path, a_file(*THREE), wei, ana)
    later = applied(tmp_path, a_file(*THREE, a_row("C4")), wei, ana)
    assert undone(first, wei, ana).status == "applied"
    assert first.preview["built_on"] == [["importbatch", str(later.pk), "import.applied"]]
    assert undone(later, wei, ana).status == "undone"
    assert undone(first, wei, ana).status == "undone"


def test_a_part_that_breaks_leaves_nothing_and_is_done_again_once(tmp_path, wei, ana, monkeypatch):
    Period.objects.create(code="import.shard", value=1, citation="test", valid_from=TODAY)
    batch = checked(tmp_path, a_file(*THREE), wei)
    assert Shard.objects.filter(run=batch.run).count() == 3
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    leave = takers.taker("responses").apply.__globals__["leave"]

    def breaks(_batch, cut, judged):
        if cut["first"] == "C2" and not broken:
            broken.append(cut)
            raise RuntimeError("the machine is gone")
        leave(_batch, cut, judged)

    broken: list = []
    monkeypatch.setitem(takers.taker("responses").apply.__globals__, "leave", breaks)
    worked(batch)
    later = NOON + timedelta(minutes=5)
    jobs.quarantine(by=ana, at=later, on=TODAY)
    assert worked(batch, later).status == "applied"
    assert broken
    assert sorted(Response.objects.values_list("external_number", flat=True)) == ["C1", "C2", "C3"]
    assert Objection.objects.count() == 1
    assert LedgerEntry.objects.filter(what="responses.taken").count() == 3


def test_the_shell_brings_it_in_at_once(tmp_path, operator):
    batch = staged(tmp_path, a_file(*THREE), operator, door="shell")
    batch = intake.carry(batch=batch, by=operator, at=NOON)
    assert (batch.status, Response.objects.count()) == ("applied", 3)
    assert batch.counts["people"] == 2

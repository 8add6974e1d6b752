"""Two hundred hostile texts through every field of a response, and out again into CSV and XLSX."""

import csv
import io
import unicodedata

import openpyxl
import pytest
from django.test import Client

from feedback.actions import responses
from feedback.domain.imports import COLUMNS
from feedback.forms import AnswerForm, LogForm, NoteForm, PromiseForm
from feedback.models import Response
from servicing.actions import intake
from servicing.domain.privacy import kept
from servicing.gateways import files
from servicing.models import Loan
from servicing.pages import file_of
from servicing.pages.files import FORMULA, INNER
from tests import stories
from tests.cast import NOON
from tests.feedback.files import a_file, a_row, applied, checked, two_customers
from tests.hostile import TEXTS

# What no file in UTF-8 and no workbook can hold; in CSV a zero byte refuses the whole file.
WRITABLE = [text for text in TEXTS if "\0" not in text and not any("\ud800" <= s <= "\udfff" for s in text)]


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path_factory):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")


def test_there_are_two_hundred():
    assert len(set(TEXTS)) >= 200
    assert len(WRITABLE) > 190


@pytest.mark.django_db
def test_a_file_of_them_is_taken_as_it_reads(tmp_path, wei, ana):
    two_customers()
    rows = [a_row(f"H{n}", words=text, answer=text, speaker="agent", authority=text[:200],
                  answered_at="2026-11-21 10:00:00") for n, text in enumerate(WRITABLE)]  # fmt: skip
    batch = applied(tmp_path, a_file(*rows), wei, ana)
    empty = {n for n, text in enumerate(WRITABLE) if not kept(text) or not kept(text[:200])}
    assert {int(reject.key[1:]) for reject in batch.rejects.all()} == empty
    found = {int(row.external_number[1:]): row for row in Response.objects.all()}
    assert found.keys() == set(range(len(WRITABLE))) - empty
    for number, row in found.items():
        text = WRITABLE[number]
        assert (row.words, row.answer, row.authority) == (kept(text), kept(text), kept(text[:200]))


@pytest.mark.django_db
def test_in_every_other_column_they_are_refused_where_they_stand(tmp_path, wei):
    two_customers()
    columns = [column for column in COLUMNS if column not in ("words", "answer", "authority")]
    rows = [
        a_row(f"H{n}", **{columns[n % len(columns)]: text})
        for n, text in enumerate(text for text in WRITABLE for _ in range(2))
    ]
    batch = checked(tmp_path, a_file(*rows), wei)
    assert batch.status == "checked"
    # A row has one fault at most, and a text that may stand where it does is none.
    refused = dict(batch.rejects.values_list("line", "column"))
    assert len(refused) == batch.counts["rejected"] == len(rows) - batch.counts["responses"]
    # The day of a hotline that is not named is the hotline's fault.
    assert set(refused.values()) == set(columns) - {"hotline_due_on"}


@pytest.mark.django_db
def test_the_forms_take_them_as_they_read_or_say_why_not(lin):
    borrower = stories.a_borrower()
    loans, count = Loan.objects.none(), 0
    for number, text in enumerate(TEXTS):
        given = {"key": f"k{number}", "kind": "complaint", "where": "other", "channel": "call"}
        form = LogForm(given | {"words": text, "speaker": "agent", "authority": text[:200]}, loans=loans)
        if not form.is_valid() or not kept(form.cleaned_data["words"]):
            assert "\0" in text or not kept(text), text[:40]
            continue
        said = form.said()
        row = responses.log(**said, borrower=borrower, by=lin, at=NOON)
        row.refresh_from_db()
        assert row.words == kept(text)
        count += 1
    assert count > 190


@pytest.mark.django_db
def test_answers_notes_and_promises_take_them_too(lin):
    row = stories.a_response(stories.a_borrower(), by=lin)
    for text in TEXTS:
        note, promise = NoteForm({"words": text[:2000]}), PromiseForm({"words": text[:200], "days": 1})
        if note.is_valid() and kept(note.cleaned_data["words"]):
            words = note.cleaned_data["words"]
            assert responses.note(response=row, words=words, by=lin, at=NOON).words == kept(text[:2000])
        if promise.is_valid() and kept(promise.cleaned_data["words"]):
            words = promise.cleaned_data["words"]
            assert responses.promise(response=row, words=words, days=1, by=lin, at=NOON).words
    assert row.notes.count() > 185
    assert AnswerForm({"words": "\0"}).errors


@pytest.mark.django_db
@pytest.mark.parametrize("raw", [b"words=a%00b", b"words=%ED%A0%80", b"words=%FF%FE", b"words=%C0%AE"])
def test_bytes_that_are_no_text_are_answered_with_a_page(lin, raw):
    client = Client()
    client.force_login(lin)
    kind = "application/x-www-form-urlencoded"
    rest = b"kind=complaint&where=other&channel=call&speaker=borrower&key=k&"
    answer = client.post("/callers/unknown/", rest + raw, content_type=kind)
    assert answer.status_code in (200, 302, 422)
    assert client.post("/topics/suggest/", raw, content_type=kind).status_code == 200


def test_a_list_as_csv_holds_no_formula():
    rows = [["words"], *([kept(text)] for text in TEXTS)]
    content, _digest = file_of(rows, name="list", line="whose")
    for (cell,) in list(csv.reader(io.StringIO(content.content.decode("utf-8-sig"))))[2:]:
        assert not FORMULA.match(cell)
        assert not INNER.search(cell)
        assert not {unicodedata.category(sign) for sign in cell} & {"Cc", "Cf", "Cs"}


def test_a_list_as_workbook_holds_texts_only():
    rows = [["words"], *([kept(text)] for text in TEXTS)]
    content, _digest = file_of(rows, format="xlsx", name="list", line="whose")
    sheet = openpyxl.load_workbook(io.BytesIO(content.content)).active
    cells = [cell for (cell,) in sheet.iter_rows()]
    assert len(cells) == len(TEXTS) + 2
    assert {cell.data_type for cell in cells if cell.value} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


@pytest.mark.django_db
def test_rejected_rows_go_out_as_texts_and_come_back_as_they_went(tmp_path, wei):
    two_customers()
    rows = [a_row(f"H{n}", kind="rant", words=text) for n, text in enumerate(WRITABLE)]
    batch = checked(tmp_path, a_file(*rows), wei)
    export = intake.ask_rows(batch=batch, words="mend and send again", by=wei, at=NOON)
    assert export.approval_id is not None
    tables = intake.mending.tables(batch, intake.mending.wanted(batch), mark="")
    book = files.workbook(intake.BY_CODE["responses"], tables, line="whose")
    sheet = openpyxl.load_workbook(io.BytesIO(book))["responses"]
    head, *cells = sheet.iter_rows()
    column = [cell.value for cell in head].index("words")
    assert {cell.data_type for line in cells for cell in line if cell.value} == {"s"}
    back = {line[1].value: line[column].value or "" for line in cells}
    plain = [number for number, text in enumerate(WRITABLE) if text.isprintable()]
    assert [back[f"H{number}"] for number in plain] == [WRITABLE[number] for number in plain]

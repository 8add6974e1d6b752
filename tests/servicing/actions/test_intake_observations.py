"""Files of what others know: read and checked like any others, applied by a second person, undone whole."""

import io
from datetime import timedelta

import openpyxl
import pytest

from servicing.actions import controls, exports, intake, jobs, ledger, processing
from servicing.gateways import files
from servicing.models import (
    Arrival,
    Borrower,
    ImportBatch,
    Observation,
    Period,
    Shard,
    StagedRow,
    Stamp,
)
from tests.cast import NOON, TODAY
from tests.servicing.books import a_book
from tests.servicing.said import HEAD, ROWS, SAID, a_bureau, as_workbook, in_chinese, two_people

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path_factory):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")


@pytest.fixture
def people():
    return two_people()


@pytest.fixture
def bureau():
    return a_bureau()


def staged(folder, content, by, *, name="observations.csv", told_by="bureau", door="browser", at=NOON):
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return intake.stage(
        paths={name: folder / name},
        layout="observations",
        name="said",
        told_by=told_by,
        door=door,
        by=by,
        at=at,
    )[0]


def worked(batch, at):
    intake.work(at=at, on=at.date())
    batch.refresh_from_db()
    return batch


def checked(folder, content, by, at=NOON, **how):
    return worked(staged(folder, content, by, at=at, **how), at)


def applied(folder, content, first, second, at=NOON, **how):
    batch = checked(folder, content, first, at, **how)
    intake.apply(batch=batch, digest=intake.digest(batch), by=second, at=at)
    return worked(batch, at)


def undone(batch, first, second, at=NOON):
    if approval := intake.ask_undo(batch=batch, reason="a file of the wrong month", by=first, at=at):
        controls.approve(approval=approval, digest=approval.digest, by=second, at=at)
    return worked(batch, at)


def rejected(batch):
    return list(batch.rejects.order_by("line", "column").values_list("line", "column", "reason"))


def numbers():
    return set(Observation.objects.filter(withdrawn_on=None).values_list("external_id", flat=True))


COUNTS = {"observations": 4, "people": 2, "superseded": 0, "rejected": 0, "already_imported": 0}


def test_a_file_is_checked_shown_and_applied_by_a_second_person(wei, ana, bureau, people, tmp_path):
    batch = checked(tmp_path, SAID, wei)
    assert (batch.status, batch.counts, batch.told_by) == ("checked", COUNTS, bureau)
    assert batch.preview["kinds"] == {"asked": 1, "inquiry": 1, "balance": 1, "overdue": 1}
    assert (batch.preview["first"], batch.preview["last"]) == ("2026-10-01", "2026-11-20")
    assert [row["borrower"] for row in batch.preview["said"]] == ["RB1", "RB1", "RB1", "RB2"]
    assert not Observation.objects.exists()
    with pytest.raises(intake.NotAllowed, match="second_person"):
        intake.apply(batch=batch, digest=intake.digest(batch), by=wei, at=NOON)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    worked(batch, NOON)
    assert (batch.status, batch.applied_by, batch.counts) == ("applied", ana, COUNTS)
    assert "differs" not in batch.preview
    overdue = Observation.objects.get(external_id="O4")
    assert (overdue.borrower, overdue.source, overdue.days) == (people[1], bureau, 35)
    assert set(Stamp.objects.values_list("borrower", flat=True)) == {person.pk for person in people}
    assert not StagedRow.objects.exists()


def quoted(batch, on=TODAY):
    return [row["borrower"] for row in intake.said(batch, on=on)]


def restrict(borrower, by):
    processing.restrict(
        borrower=borrower, ground="dispute", reason="says it was not him", until_on=None, by=by, at=NOON
    )


def test_of_whom_nothing_may_be_read_no_row_is_quoted(wei, pei, bureau, people, tmp_path):
    restrict(people[0], pei)
    batch = checked(tmp_path, SAID, wei)
    assert [row["borrower"] for row in batch.preview["said"]] == quoted(batch) == ["RB2"]
    assert batch.counts == COUNTS  # it comes in all the same
    digest = intake.digest(batch)
    processing.withdraw(borrower=people[1], by=pei, at=NOON)  # while the import waits
    assert (quoted(batch), intake.digest(batch)) == ([], digest)


def test_who_has_allowed_nothing_is_quoted_only_where_the_source_declares_consent(wei, pei, people, tmp_path):
    a_bureau(declares_consent=False)
    processing.consent(
        borrower=people[1], basis="paper", given_on=TODAY, until_on=TODAY + DAY, by=pei, at=NOON
    )
    batch = checked(tmp_path, SAID, wei)
    assert quoted(batch) == ["RB2"]
    assert quoted(batch, TODAY + 2 * DAY) == []


@pytest.mark.parametrize("end", ["applied", "withdrawn", "lapsed"])
def test_rows_are_quoted_only_while_the_import_waits(wei, ana, clock, bureau, people, tmp_path, end):
    batch = checked(tmp_path, SAID, wei)
    assert quoted(batch) == ["RB1", "RB1", "RB1", "RB2"]
    assert not Shard.objects.filter(result__has_key="told").exists()
    if end == "applied":
        intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
        worked(batch, NOON)
    elif end == "withdrawn":
        intake.withdraw(batch=batch, reason="the bureau sends it anew", by=wei, at=NOON)
    else:
        intake.forget_rejected(by=clock, at=NOON + 400 * DAY)
    batch.refresh_from_db()
    assert (batch.status == "checked", "said" in batch.preview, quoted(batch)) == (False, False, [])
    assert batch.preview["kinds"]


def test_a_check_that_stuck_and_is_withdrawn_quotes_nobody(wei, clock, bureau, people, tmp_path):
    Period.objects.create(code="import.shard", value=1, citation="test", valid_from=TODAY)
    batch = staged(tmp_path, SAID, wei)
    intake.work(at=NOON, on=TODAY, limit=3)  # the look, the reading, the first part of the check
    batch.refresh_from_db()
    assert batch.run.shards.filter(result__has_key="told").count() == 1
    batch.run.shards.exclude(status=Shard.Status.DONE).update(attempts=3)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    intake.withdraw(batch=batch, reason="the bureau sends it anew", by=wei, at=NOON)
    assert not batch.run.shards.filter(result__has_key="told").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("observations.csv", in_chinese(SAID + "O5,B1,inquiry,bank-b,2026年11月2日,,,\n")),
        ("observations.xlsx", as_workbook(SAID + "O5,B1,inquiry,bank-b,2026/11/2,,,\n")),
        ("said.xlsx", as_workbook(SAID + "O5,B1,balance,bank-b,20261102,,1234.00,\n")),
    ],
)
def test_files_come_in_the_spellings_of_every_office(wei, bureau, people, tmp_path, name, content):
    batch = checked(tmp_path, content, wei, name=name)
    assert (batch.status, batch.counts["observations"], rejected(batch)) == ("checked", 5, [])


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("O9,B1,gossip,x,2026-11-01,,,", ("kind", "unknown_value")),
        ("O9,B1,inquiry,,2026-11-01,,,", ("lender", "empty")),
        ("O9,B1,overdue,x,2026-11-01,,,", ("days", "empty")),
        ("O9,B1,overdue,x,2026-11-01,,,0", ("days", "bad_number")),
        ("O9,B1,balance,x,2026-11-01,,,", ("amount", "empty")),
        ("O9,B1,balance,x,2026-11-01,,12OO,", ("amount", "bad_money")),
        ("O9,B1,balance,x,2026-11-01,,-5,", ("amount", "not_positive")),
        ("O9,B1,inquiry,x,2026-11-01,,5,", ("amount", "unknown_value")),
        ("O9,B1,inquiry,x,2026-11-01,2026-11-02,,", ("ended_on", "unknown_value")),
        ("O9,B1,loan,x,2026-11-02,2026-11-01,,", ("ended_on", "unknown_value")),
        ("O9,B1,inquiry,x,2026-11-24,,,", ("observed_on", "in_future")),
        ("O9,B1,inquiry,x,01/02/2026,,,", ("observed_on", "day_first")),
        ("O9,B9,inquiry,x,2026-11-01,,,", ("borrower_id", "not_on_file")),
        ("O9,,inquiry,x,2026-11-01,,,", ("borrower_id", "empty")),
        (",B1,inquiry,x,2026-11-01,,,", ("observation_id", "empty")),
        ("O9,B1,inquiry,13800138000,2026-11-01,,,", ("lender", "person_in_code")),
        ("990001198001010019,B1,inquiry,x,2026-11-01,,,", ("observation_id", "person_in_code")),
        ("O9,B1,inquiry,x,2026-11-01", ("", "field_count")),
        ("O9,B1,inquiry,x,2026-11-01,,,,more", ("", "field_count")),
    ],
)
def test_an_ugly_row_is_rejected_alone(wei, ana, bureau, people, tmp_path, row, wrong):
    batch = applied(tmp_path, f"{SAID}{row}\n", wei, ana)
    assert rejected(batch) == [(6, *wrong)]
    assert (batch.counts["rejected"], numbers()) == (1, {"O1", "O2", "O3", "O4"})


def test_of_a_doubled_number_no_row_is_taken(wei, ana, bureau, people, tmp_path):
    batch = applied(tmp_path, f"{SAID}O1,B2,asked,,2026-11-20,,,\n", wei, ana)
    assert rejected(batch) == [(2, "observation_id", "doubled_key"), (6, "observation_id", "doubled_key")]
    assert numbers() == {"O2", "O3", "O4"}


def test_a_row_that_names_a_restricted_borrower_in_the_wrong_place_leaves_in_no_file(
    wei, ana, pei, bureau, people, tmp_path
):
    said = "O8, B1 ,balance,bank-b,2026-11-01,,x,\nB1,O9,inquiry,bank-b,2026-11-01,,,\n"
    batch = applied(tmp_path, f"{SAID}{said}O7,B2,balance,bank-b,2026-11-01,,y,\n", wei, ana)
    processing.restrict(
        borrower=people[0], ground="dispute", reason="the person says so", until_on=None, by=pei, at=NOON
    )
    export = intake.ask_rows(batch=batch, words="mend what the bureau sent", by=wei, at=NOON)
    assert export.people == [people[1].pk]
    content = intake.rejected_rows(
        export=export, write=lambda layout, rows: files.workbook(layout, rows, line="x"), by=wei, at=NOON
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content))["observations"]
    assert [[cell.value for cell in row][1:3] for row in sheet.iter_rows(min_row=2)] == [["O7", "B2"]]


def test_rejected_rows_are_mended_and_sent_again(wei, ana, bureau, people, tmp_path):
    batch = applied(tmp_path, f"{SAID}O9,B1,balance,bank-b,2026-11-01,,12OO,\n", wei, ana)
    export = intake.ask_rows(batch=batch, words="mend what the bureau sent", by=wei, at=NOON)
    assert export.people == [people[0].pk]
    content = intake.rejected_rows(
        export=export, write=lambda layout, rows: files.workbook(layout, rows, line="x"), by=wei, at=NOON
    )
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book["observations"]
    assert exports.trace(sheet["A2"].value).get() == export
    assert [cell.value for cell in sheet[2]][1:3] == ["O9", "B1"]
    sheet["H2"] = "1200"
    out = io.BytesIO()
    book.save(out)
    again = applied(tmp_path, out.getvalue(), wei, ana, name="mended.xlsx")
    assert (again.counts["observations"], again.counts["rejected"]) == (1, 0)
    assert "O9" in numbers()


def test_what_is_known_already_is_told_from_what_is_new_and_what_it_supersedes(
    wei, ana, bureau, people, tmp_path
):
    applied(tmp_path, SAID, wei, ana)
    more = ("O5,B1,balance,bank-a,2026-11-22,,0,", "O6,B1,balance,bank-a,2026-10-22,,7,")
    other = ROWS[1].replace("bank-a", "bank-z")
    batch = checked(tmp_path, "\n".join((HEAD, ROWS[0], other, *more, "")), wei)
    assert rejected(batch) == [(3, "", "said_otherwise")]
    expected = {"observations": 2, "people": 1, "superseded": 1, "rejected": 1, "already_imported": 1}
    assert batch.counts == expected
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    worked(batch, NOON)
    assert (batch.counts, batch.preview.get("differs")) == (expected, None)
    rows = Observation.objects.filter(kind="balance", superseded_on=None)
    assert [row.external_id for row in rows] == ["O5"]


def test_the_same_file_twice_is_the_import_that_has_it(wei, bo, bureau, people, tmp_path):
    first, second = checked(tmp_path, SAID, wei), checked(tmp_path, SAID, bo)
    assert (second.status, second.twin) == ("refused", first.pk)


@pytest.mark.parametrize(
    ("code", "licence", "why"), [("bureau", "", "no_licence"), ("rumour", "L-1", "no_source")]
)
def test_who_may_not_tell_is_refused_before_a_file_is_kept(
    wei, people, tmp_path, settings, code, licence, why
):
    a_bureau(licence=licence)
    with pytest.raises(files.Refused) as refused:
        staged(tmp_path, SAID, wei, told_by=code)
    assert refused.value.reason == why
    assert str(refused.value).startswith(code)
    assert ImportBatch.objects.get().status == "refused"
    assert list(settings.UPLOADS.iterdir()) == []


def test_a_licence_that_is_gone_meanwhile_stands_against_the_second_person(
    wei, ana, bureau, people, tmp_path
):
    batch = checked(tmp_path, SAID, wei)
    bureau.licence = ""
    bureau.save()
    with pytest.raises(intake.NotAllowed, match="licence"):
        intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)


def test_files_of_loans_have_no_source_beside_the_lender(operator, tmp_path):
    batch, _ = intake.stage(
        paths=files.folder(a_book(tmp_path)), layout="native", name="x", told_by="bureau", door="shell",
        by=operator, at=NOON,
    )  # fmt: skip
    assert batch.told_by is None


def test_an_import_is_undone_and_what_it_had_superseded_stands_again(wei, bo, ana, bureau, people, tmp_path):
    applied(tmp_path, SAID, wei, ana)
    newer = f"{HEAD}\nO5,B1,balance,bank-a,2026-11-22,,0,\nO6,B2,loan,bank-a,2026-11-22,,,\n"
    batch = applied(tmp_path, newer, wei, ana, at=NOON + DAY)
    assert Observation.objects.get(external_id="O3").superseded_on == TODAY + DAY
    Stamp.objects.all().delete()
    undone(batch, wei, ana, at=NOON + 3 * DAY)
    assert (batch.status, batch.undone_by, batch.refusal) == ("undone", ana, "")
    assert numbers() == {"O1", "O2", "O3", "O4"}
    assert Observation.objects.get(external_id="O3", withdrawn_on=None).superseded_on is None
    assert Stamp.objects.count() == 2
    assert ledger.latest(batch).what == "import.undone"
    assert not Arrival.objects.filter(batch=batch).exists()
    # The same file may come in again, and what it says counts from then on.
    again = applied(tmp_path, newer, bo, ana, at=NOON + 4 * DAY)
    assert (again.counts["observations"], again.counts["superseded"]) == (2, 1)
    assert Observation.objects.get(external_id="O6", withdrawn_on=None).known_on == TODAY + 4 * DAY


def test_who_asks_for_an_undo_does_not_do_it(wei, ana, bureau, people, tmp_path):
    batch = applied(tmp_path, SAID, wei, ana)
    approval = intake.ask_undo(batch=batch, reason="a file of the wrong month", by=ana, at=NOON)
    assert (approval.shown["observations"], numbers()) == (4, {"O1", "O2", "O3", "O4"})
    with pytest.raises(controls.NotAllowed):
        controls.approve(approval=approval, digest=approval.digest, by=ana, at=NOON)


def test_of_two_imports_that_told_the_same_the_later_one_is_undone_first(wei, ana, bureau, people, tmp_path):
    first = applied(tmp_path, SAID, wei, ana)
    later = applied(tmp_path, "\n".join((HEAD, ROWS[0], "")), wei, ana)
    undone(first, wei, ana)
    assert (first.status, first.refusal) == ("applied", "built_on")
    assert first.preview["built_on"] == [["importbatch", str(later.pk), "import.applied"]]
    undone(later, wei, ana)
    undone(first, wei, ana)
    assert (first.status, numbers()) == ("undone", set())


def test_an_import_that_stuck_half_way_ends_in_part_and_is_undone(wei, ana, clock, bureau, people, tmp_path):
    Period.objects.create(code="import.shard", value=1, citation="test", valid_from=TODAY)
    batch = checked(tmp_path, SAID, wei)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    intake.work(at=NOON, on=TODAY, limit=1)
    batch.refresh_from_db()
    batch.run.shards.exclude(status=Shard.Status.DONE).update(attempts=3)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    intake.withdraw(batch=batch, reason="the bureau sends it anew", by=ana, at=NOON)
    batch.refresh_from_db()
    assert (batch.status, batch.counts["observations"], len(numbers())) == ("part", 3, 3)
    undone(batch, wei, ana)
    assert (batch.status, numbers()) == ("undone", set())


def test_borrowers_of_whom_all_was_taken_back_may_go_with_their_own_import(wei, ana, operator, tmp_path):
    book, _ = intake.stage(
        paths=files.folder(a_book(tmp_path / "book")), layout="native", name="x", door="shell",
        by=operator, at=NOON,
    )  # fmt: skip
    intake.carry(batch=book, by=operator, at=NOON)
    a_bureau()
    said = applied(tmp_path / "said", SAID, wei, ana)
    undone(book, wei, ana)
    assert book.preview["built_on"] == [["", "", "servicing_observation"]]
    undone(said, wei, ana)
    undone(book, wei, ana)
    assert (book.status, Borrower.objects.count(), Observation.objects.count()) == ("undone", 0, 0)

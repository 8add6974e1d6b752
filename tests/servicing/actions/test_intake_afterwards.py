"""Before and after an import is applied: its preview, its rejected rows, its undo."""

import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reviews.models import Alert, Case
from servicing.actions import archive, controls, exports, intake, jobs, processing
from servicing.actions.intake import looking, previews
from servicing.gateways import files
from servicing.models import (
    Approval,
    Arrival,
    Borrower,
    BorrowerHistory,
    Export,
    ImportBatch,
    LedgerEntry,
    Loan,
    Payment,
    Period,
    Product,
    Run,
    Settlement,
    Shard,
    Source,
    StagedRow,
    Stamp,
)
from tests import stories
from tests.cast import NOON, TODAY
from tests.servicing.books import BOOK, a_book

pytestmark = pytest.mark.django_db
UGLY = [("loans.csv", "105.5,", "105.6,"), ("guarantors.csv", "10000000003", "110")]


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path_factory):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")


def checked(folder, by):
    batch, _ = intake.stage(
        paths=files.folder(folder), layout="native", name="book", door="browser", by=by, at=NOON
    )
    intake.work(at=NOON, on=TODAY)
    return ImportBatch.objects.get(pk=batch.pk)


def applied(folder, stager, lead):
    batch = checked(folder, stager)
    intake.apply(batch=batch, digest=intake.digest(batch), by=lead, at=NOON)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert batch.status == "applied"
    return batch


def workbook(layout, rows):
    return files.workbook(layout, rows, line="who, when, what for")


def asked(batch, by):
    return intake.ask_rows(batch=batch, words="mend the rows of a delivery", by=by, at=NOON)


def taken(export, by):
    return intake.rejected_rows(export=export, write=workbook, by=by, at=NOON)


def to_mend(batch, by):
    return taken(asked(batch, by), by)


REASON = "a file of the wrong month"


def agreed(approval, by):
    return controls.approve(approval=approval, digest=approval.digest, by=by, at=NOON)


def undone(batch, first, second):
    if approval := intake.ask_undo(batch=batch, reason=REASON, by=first, at=NOON):
        agreed(approval, second)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    return batch


def test_the_preview_says_what_would_change_and_nothing_has_changed(wei, tmp_path):
    Product.objects.create(code="flash", name="Flash")
    batch = checked(a_book(tmp_path, UGLY), wei)
    shown = batch.preview
    assert (batch.counts["borrowers"], batch.counts["loans"], batch.counts["rejected"]) == (1, 1, 3)
    assert shown["sums"] == {"CNY": {"principal": "100", "total_due": "100"}}
    assert (shown["first"], shown["last"], shown["new_products"]) == ("2026-11-01", "2026-11-01", {})
    assert shown["reasons"] == {"bad_phone": 1, "part_refused": 1, "sum_differs": 1}
    assert [(row["loan"], row["name"], row["kind"]) for row in shown["samples"]] == [("L3", "李**", "")]
    assert not Loan.objects.exists()


def test_no_more_rows_are_masked_than_a_preview_shows(wei, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(previews, "SAMPLES", 1)
    monkeypatch.setattr(previews, "sample", lambda loan, *_: made.append(loan.external_id) or {})
    batch = checked(a_book(tmp_path), wei)
    assert (made, batch.preview["samples"], batch.counts["loans"]) == (["L1"], [{}], 3)


def test_a_product_that_nobody_knows_is_named_before_it_is_made(wei, tmp_path):
    Product.objects.create(code="flash", name="Flash")
    assert checked(a_book(tmp_path), wei).preview["new_products"] == {"cash-2": 1}
    assert not Product.objects.filter(code="cash-2").exists()


def test_rejected_rows_are_counted_as_they_are_listed(wei, ana, tmp_path):
    changes = [*UGLY, ("payments.csv", "L3,P1", "L9,P1")]
    for batch in (
        checked(a_book(tmp_path / "a", changes), wei),
        applied(a_book(tmp_path / "b", UGLY), wei, ana),
    ):
        assert batch.counts["rejected"] == sum(batch.preview["reasons"].values()) == batch.rejects.count()


def test_a_loan_of_which_no_payment_came_although_one_was_due_is_counted(wei, tmp_path):
    lines = BOOK["payments.csv"].splitlines(keepends=True)
    batch = checked(a_book(tmp_path / "a", [("payments.csv", lines[5], "")]), wei)
    assert batch.preview["unpaid"] == 0  # L3 owes nothing yet
    batch = checked(a_book(tmp_path / "b", [("payments.csv", "".join(lines[4:]), "")]), wei)
    assert (batch.counts["loans"], batch.preview["unpaid"]) == (3, 1)


@pytest.mark.parametrize(
    ("change", "line", "of", "twin"),
    [
        (("payments.csv", "L1,P3", "L1,P1"), 4, "L1", 2),
        (("payments.csv", "L3,P1", "L9,P1"), 6, "L9", None),
        (("loans.csv", "L3,B2", "L1,B2"), 4, None, 2),
        (("borrowers.csv", "李四,,", "李四,990001198001010019,"), 2, None, 3),
    ],
)
def test_a_rejected_row_says_of_which_loan_it_is_and_what_it_doubles(wei, tmp_path, change, line, of, twin):
    batch = checked(a_book(tmp_path, [change]), wei)
    facts = batch.rejects.get(file=change[0], line=line).facts
    assert (facts.get("loan"), facts.get("line")) == (of, str(twin) if twin else None)


def test_files_are_withdrawn_for_a_reason(wei, tmp_path):
    batch = checked(a_book(tmp_path), wei)
    with pytest.raises(intake.NotAllowed, match="reason"):
        intake.withdraw(batch=batch, reason="..........", by=wei, at=NOON)
    intake.withdraw(batch=batch, reason="wrong month, of 13800138000", by=wei, at=NOON)
    assert LedgerEntry.objects.get(what="import.withdrawn").detail["reason"] == "wrong month, of 1*********0"


def test_an_undo_names_the_files_that_were_sent(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    batch.files = [entry | {"sent": "book.xlsx"} for entry in batch.files]
    batch.save()
    assert intake.ask_undo(batch=batch, reason=REASON, by=wei, at=NOON).shown["files"] == ["book.xlsx"]


def test_the_second_person_names_the_products_before_a_part_holds_anybody(wei, ana, tmp_path):
    batch = checked(a_book(tmp_path), wei)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    assert set(Product.objects.values_list("code", flat=True)) == {"cash-2", "flash"}
    assert not Loan.objects.exists()


def test_who_applies_says_what_was_before_their_eyes(wei, ana, operator, tmp_path):
    batch = checked(a_book(tmp_path / "a"), wei)
    with pytest.raises(intake.NotAllowed, match="shown"):
        intake.apply(batch=batch, digest="", by=ana, at=NOON)
    # Meanwhile somebody else brings one of these loans: the preview says too much.
    later = NOON + timedelta(minutes=1)
    other, _ = intake.stage(
        paths=files.folder(a_book(tmp_path / "b", [("payments.csv", "P1,2026-02-02", "P1,2026-02-03")])),
        layout="native", name="other", door="shell", by=operator, at=later,
    )  # fmt: skip
    intake.carry(batch=other, by=operator, at=later)
    with pytest.raises(intake.NotAllowed, match="shown"):
        intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=later)
    intake.check_again(batch=batch, by=wei, at=later)
    intake.work(at=later, on=TODAY)
    batch.refresh_from_db()
    assert (batch.counts["loans"], batch.counts["already_imported"], batch.counts["rejected"]) == (0, 2, 1)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=later)


def test_rejected_rows_are_mended_and_sent_again(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path / "a", UGLY), wei, ana)
    assert set(Loan.objects.values_list("external_id", flat=True)) == {"L3"}
    content = to_mend(batch, wei)
    entry, export = LedgerEntry.objects.get(what="export.fetched"), Export.objects.get()
    assert (entry.by, entry.detail["rows"], len(export.people)) == (wei, 11, 2)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book["about"]["A1"].value == "who, when, what for"
    assert list(exports.trace(book["payments"]["A2"].value)) == [export]
    assert [cell.value for cell in book["borrowers"][2]] == [
        exports.mark(export),
        "B1",
        "张三丰",
        "990001198001010019",
        "10000000001",
    ]
    assert "total_due" in book["loans"]["A3"].value
    assert all(cell.data_type == "s" for cell in book["loans"][2] if cell.value is not None)
    book["loans"]["G3"], book["guarantors"]["E2"] = "105.5", "10000000003"
    (tmp_path / "b").mkdir()
    book.save(tmp_path / "b" / "mended.xlsx")
    again = applied(tmp_path / "b", ana.__class__.objects.get(username="bo"), ana)
    assert (again.counts["loans"], again.counts["borrowers"], again.counts["rejected"]) == (2, 1, 0)
    assert set(Loan.objects.values_list("external_id", flat=True)) == {"L1", "L2", "L3"}


def test_what_looks_like_a_formula_comes_back_as_it_went(wei, tmp_path):
    odd = [
        ("borrowers.csv", "李四", "=HYPERLINK(1)"),
        ("loans.csv", "2026-11-01", "+1"),
        ("payments.csv", "L3,P1", "L3,'-P1"),
    ]
    batch = checked(a_book(tmp_path / "a", odd), wei)
    content = to_mend(batch, wei)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "same.xlsx").write_bytes(content)
    again = checked(tmp_path / "b", wei)
    assert again.status == "checked"
    rows = openpyxl.load_workbook(io.BytesIO(to_mend(again, wei)))
    assert rows["borrowers"]["C2"].value == "=HYPERLINK(1)"
    assert rows["loans"]["H2"].value == "+1"
    assert rows["payments"]["C2"].value == "'-P1"


def test_a_row_with_too_many_fields_is_given_back_whole(wei, tmp_path):
    batch = checked(a_book(tmp_path, [("instalments.csv", "105.50", "105.50,x,y")]), wei)
    content = to_mend(batch, wei)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["instalments"]
    assert [cell.value for cell in sheet[2]][1:] == ["L2", "1", "2026-07-01", "105.50", "x", "y"]


@pytest.mark.parametrize("who", ["ada", "pei", "lin", "tom"])
def test_rows_to_mend_are_not_for_everybody(request, wei, tmp_path, who):
    batch = checked(a_book(tmp_path, UGLY), wei)
    with pytest.raises(exports.NotAllowed, match="right"):
        to_mend(batch, request.getfixturevalue(who))


def test_the_rows_of_many_people_leave_after_a_second_person_agreed(wei, bo, ana, hua, tmp_path):
    Period.objects.create(code="export.free_borrowers", value=1, citation="test", valid_from=TODAY)
    spoilt = [("borrowers.csv", "10000000001", "1"), ("borrowers.csv", "10000000002", "2")]
    batch = checked(a_book(tmp_path, spoilt), wei)
    export = asked(batch, wei)
    with pytest.raises(exports.NotAllowed, match="waits"):
        taken(export, wei)
    assert "张三丰" not in str(export.approval.shown)
    assert "B1" not in str(export.approval.shown)
    for person in (bo, hua, wei):
        with pytest.raises(controls.NotAllowed):
            agreed(export.approval, person)
    agreed(export.approval, ana)
    export.refresh_from_db()
    assert taken(export, wei)[:2] == b"PK"
    with pytest.raises(exports.NotAllowed, match="right"):
        taken(export, ana)
    with pytest.raises(exports.NotAllowed, match="expired"):
        intake.rejected_rows(export=export, write=workbook, by=wei, at=NOON + timedelta(hours=25))


def test_no_row_of_a_loan_leaves_whose_borrower_was_restricted_since(wei, ana, pei, tmp_path):
    """Neither in a file that was asked for before, nor in the next one; nor does the guarantor's row."""
    applied(a_book(tmp_path / "a"), wei, ana)
    batch = checked(
        a_book(tmp_path / "b", [*UGLY, ("payments.csv", "10:00:00+08:00,40", "10:00:00+08:00,x")]), wei
    )
    export = asked(batch, wei)
    sheets = openpyxl.load_workbook(io.BytesIO(taken(export, wei)))
    assert [sheets[name].max_row for name in ("borrowers", "loans", "guarantors")] == [3, 4, 2]
    processing.restrict(
        borrower=Borrower.objects.get(external_id="B1"), ground="dispute", reason=REASON, until_on=None,
        by=pei, at=NOON,
    )  # fmt: skip
    for one in (export, asked(batch, wei)):
        sheets = openpyxl.load_workbook(io.BytesIO(taken(one, wei)))
        assert [sheets[name].max_row for name in ("borrowers", "loans", "guarantors")] == [2, 2, 1]
        assert (sheets["borrowers"]["B2"].value, sheets["loans"]["B2"].value) == ("B2", "L3")
    assert [entry.detail.get("left_out") for entry in stories.acts("export.asked")] == [None, 1]


def test_rows_that_name_no_borrower_count_as_people_each(wei, tmp_path):
    strangers = "".join(f",,名{n},99000119800101001{n},1000000000{n},too much\n" for n in range(5))
    folder = a_book(tmp_path)
    with (folder / "borrowers.csv").open("a") as file:
        file.write(strangers)
    assert len(asked(checked(folder, wei), wei).people) == 5


def test_rows_to_mend_and_lists_share_the_room_of_a_day(wei, tmp_path):
    Period.objects.create(code="export.free_borrowers", value=2, citation="test", valid_from=TODAY)
    batch = checked(a_book(tmp_path / "a", UGLY), wei)
    to_mend(batch, wei)
    to_mend(batch, wei)
    assert exports.room(wei, at=NOON)[0] == 0
    other = checked(a_book(tmp_path / "b", [("borrowers.csv", "10000000002", "2")]), wei)
    assert asked(other, wei).approval is not None


def test_an_undo_leaves_nothing_and_the_files_may_come_in_again(wei, bo, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    undone(batch, wei, ana)
    assert (batch.status, batch.undone_by, batch.undo_asked_by) == ("undone", ana, wei)
    for model in (Loan, Borrower, BorrowerHistory, Settlement, Payment, Stamp, Arrival, StagedRow):
        assert not model.objects.exists(), model
    detail = {"loans": 3, "borrowers": 2, "extended": 0, "completed": 0}
    assert LedgerEntry.objects.get(what="import.undone").detail == detail
    assert applied(tmp_path, bo, ana).counts["loans"] == 3


def test_an_undo_holds_borrowers_like_everybody_else(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    with CaptureQueriesContext(connection) as asked:
        undone(batch, wei, ana)
    locks = [
        query["sql"] for query in asked
        if 'FROM "servicing_borrower"' in query["sql"] and "UPDATE" in query["sql"]
    ]  # fmt: skip
    assert locks
    assert all("FOR NO KEY UPDATE" in sql for sql in locks)


def test_an_undo_needs_two_people(wei, bo, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    approval = intake.ask_undo(batch=batch, reason=REASON, by=ana, at=NOON)
    for person in (ana, bo):
        with pytest.raises(controls.NotAllowed):
            agreed(approval, person)
    with pytest.raises(IntegrityError, match="who_asks_for_an_undo"), transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(undone_by=ana)


def test_who_was_here_before_keeps_their_own_history(wei, ana, operator, tmp_path):
    early = [("loans.csv", BOOK["loans.csv"], "".join(BOOK["loans.csv"].splitlines(keepends=True)[:2]))]
    early += [
        (
            "instalments.csv",
            BOOK["instalments.csv"],
            "".join(BOOK["instalments.csv"].splitlines(keepends=True)[:3]),
        )
    ]
    early += [
        ("payments.csv", BOOK["payments.csv"], "".join(BOOK["payments.csv"].splitlines(keepends=True)[:4]))
    ]
    first, _ = intake.stage(
        paths=files.folder(a_book(tmp_path / "a", early)),
        layout="native", name="a", door="shell", by=operator, at=NOON,
    )  # fmt: skip
    intake.carry(batch=first, by=operator, at=NOON)
    before = BorrowerHistory.objects.values().get(borrower__external_id="B1")
    batch = applied(a_book(tmp_path / "b"), wei, ana)
    assert batch.counts["loans"] == 2
    assert BorrowerHistory.objects.get(borrower__external_id="B1").settled_loans == 2
    assert undone(batch, wei, ana).status == "undone"
    assert BorrowerHistory.objects.values().get(borrower__external_id="B1") == before
    assert set(Loan.objects.values_list("external_id", flat=True)) == {"L1"}
    assert Stamp.objects.filter(borrower__external_id="B1").exists()


def test_a_deputy_of_the_lead_may_agree_to_an_undo_and_it_lapses_like_every_proposal(wei, bo, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    controls.appoint(person=ana, deputy=bo, from_on=TODAY, to_on=TODAY, by=ana, at=NOON)
    approval = intake.ask_undo(batch=batch, reason=REASON, by=wei, at=NOON)
    assert (approval.shown["loans"], approval.shown["borrowers"]) == (3, 2)
    with pytest.raises(controls.NotAllowed, match="lapsed"):
        controls.approve(approval=approval, digest=approval.digest, by=ana, at=NOON + timedelta(days=4))
    agreed(approval, bo)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert (batch.status, batch.undone_by) == ("undone", bo)


def test_what_an_import_brought_unnoted_is_not_undone_by_halves(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    Arrival.objects.all().delete()
    with pytest.raises(intake.NotAllowed, match="arrivals"):
        intake.ask_undo(batch=batch, reason=REASON, by=wei, at=NOON)


def test_why_an_undo_is_asked_stands_in_the_ledger_without_numbers_of_people(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    with pytest.raises(intake.NotAllowed, match="reason"):
        intake.ask_undo(batch=batch, reason="..........", by=wei, at=NOON)
    for minutes in (0, 1):
        at = NOON + timedelta(minutes=minutes)
        intake.ask_undo(batch=batch, reason="wrong person 990001198001010019", by=wei, at=at)
    assert "990001198001010019" not in str(list(LedgerEntry.objects.values_list("detail", flat=True)))
    assert LedgerEntry.objects.filter(what="import.undo_asked").count() == 1


def test_an_undo_that_could_not_be_is_tried_again_once_nothing_stands_against_it(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    imported_again(Loan.objects.get(external_id="L3"), wei)
    assert undone(batch, wei, ana).refusal == "built_on"
    Loan.objects.filter(external_id="L9").delete()
    assert undone(batch, wei, ana).status == "undone"


def test_what_a_stuck_application_had_taken_is_counted_and_can_be_undone(wei, bo, ana, tmp_path):
    Period.objects.create(code="import.shard", value=1, citation="test", valid_from=TODAY)
    batch = checked(a_book(tmp_path), wei)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    intake.work(at=NOON, on=TODAY, limit=2)
    Shard.objects.filter(run__kind="import.apply").exclude(status="done").update(status="quarantined")
    Run.objects.filter(kind="import.apply").update(status="stuck")
    batch.refresh_from_db()
    intake.withdraw(batch=batch, reason=REASON, by=wei, at=NOON)
    batch.refresh_from_db()
    assert (batch.status, batch.counts["loans"], Loan.objects.count()) == ("part", 2, 2)
    again = checked(tmp_path, bo)
    assert (again.pk != batch.pk, again.counts["already_imported"], again.counts["loans"]) == (True, 2, 1)
    assert intake.why_stale(again, at=NOON) is None
    assert undone(batch, wei, ana).status == "undone"
    assert not Loan.objects.exists()


def test_a_check_holds_over_midnight_and_the_weekend_and_no_working_day_longer(wei, tmp_path):
    batch = checked(a_book(tmp_path), wei)
    Run.objects.filter(pk=batch.run_id).update(finished_at=datetime(2026, 11, 20, 15, 55, tzinfo=UTC))
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert intake.why_stale(batch, at=datetime(2026, 11, 23, 15, 55, tzinfo=UTC)) is None
    assert intake.why_stale(batch, at=datetime(2026, 11, 23, 15, 56, tzinfo=UTC)) == []


def test_what_came_other_than_it_was_shown_is_said_and_noted(wei, ana, tmp_path):
    batch = checked(a_book(tmp_path), wei)
    # The feed brings one of the loans between the check and the application.
    fed_loan(wei)
    intake.apply(batch=batch, digest=intake.digest(batch), by=ana, at=NOON)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert LedgerEntry.objects.get(what="import.differed").detail == batch.preview["differs"]
    assert batch.preview["differs"]["loans"] == "3 → 2"


def fed_loan(by):
    source = Source.objects.get(code="native")
    person = Borrower.objects.create(source=source, external_id="B2", reference="AAAA-AAAA", created_at=NOON)
    product, _ = Product.objects.get_or_create(code="flash", defaults={"name": "Flash"})
    Loan.objects.create(
        borrower=person, product=product, source=source, external_id="L3",
        principal=1, total_due=1, disbursed_on=TODAY, known_on=TODAY,
    )  # fmt: skip


def fed(loan, by):
    archive.write_off(loan=loan, on=TODAY, by=by, at=NOON)


def a_judged(loan, by):
    stories.a_case(loan.borrower)


def imported_again(loan, by):
    Loan.objects.create(
        borrower=loan.borrower, product=loan.product, source=loan.source, external_id="L9",
        principal=1, total_due=1, disbursed_on=TODAY, known_on=TODAY,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("build", "what"), [(fed, "loan.written_off"), (a_judged, "case"), (imported_again, "loan.opened")]
)
def test_what_was_built_on_is_not_undone(wei, ana, tmp_path, build, what):
    batch = applied(a_book(tmp_path), wei, ana)
    build(Loan.objects.get(external_id="L3"), wei)
    loans = Loan.objects.count()
    undone(batch, wei, ana)
    assert (batch.status, batch.refusal, batch.undone_by) == ("applied", "built_on", None)
    assert "后续业务" in batch.refusal_words
    assert batch.preview["built_on"][0][2] == what
    assert Loan.objects.count() == loans
    assert Settlement.objects.count() == 2
    assert LedgerEntry.objects.filter(what="import.undo_refused").exists()
    assert not Approval.objects.exists()


@pytest.mark.parametrize("build", [fed, a_judged, imported_again])
def test_what_was_built_on_since_the_proposal_is_found_before_anybody_agrees(wei, ana, tmp_path, build):
    batch = applied(a_book(tmp_path), wei, ana)
    approval = intake.ask_undo(batch=batch, reason=REASON, by=wei, at=NOON)
    build(Loan.objects.get(external_id="L3"), wei)
    with pytest.raises(controls.Changed):
        agreed(approval, ana)
    assert Approval.objects.get().status == "waiting"


def test_an_approved_undo_that_was_overtaken_says_so_on_its_proposal(wei, ana, tmp_path, client):
    batch = applied(a_book(tmp_path), wei, ana)
    approval = intake.ask_undo(batch=batch, reason=REASON, by=wei, at=NOON)
    agreed(approval, ana)
    imported_again(Loan.objects.get(external_id="L3"), wei)
    intake.work(at=NOON, on=TODAY)
    client.force_login(ana)
    html = client.get(f"/approvals/{approval.pk}/").content.decode()
    assert "已批准但未执行" in html
    assert "贷款 L9" in html


def test_alerts_that_only_a_machine_has_seen_go_with_the_import(wei, ana, tmp_path):
    batch = applied(a_book(tmp_path), wei, ana)
    case = stories.a_case(Borrower.objects.get(external_id="B1"))
    Alert.objects.update(case=None, status="waiting")
    Case.objects.filter(pk=case.pk).delete()
    assert undone(batch, wei, ana).status == "undone"
    assert not Alert.objects.exists()


def test_the_way_to_a_proposal_is_shown_to_whom_it_opens(wei, bo, ana, tmp_path, client):
    batch = applied(a_book(tmp_path), wei, ana)
    approval = intake.ask_undo(batch=batch, reason=REASON, by=ana, at=NOON)
    for person, is_open in ((ana, True), (bo, False)):
        client.force_login(person)
        html = client.get(f"/imports/{batch.pk}/").content.decode()
        assert (f'href="/approvals/{approval.pk}/"' in html) is is_open
        assert "目前无人能批准" in html


def test_rejected_rows_are_kept_for_a_month_and_not_longer(wei, ana, clock, tmp_path):
    applied(a_book(tmp_path, UGLY), wei, ana)
    assert StagedRow.objects.count() == 11
    assert intake.forget_rejected(by=clock, at=NOON + timedelta(days=29)) == 0
    assert intake.forget_rejected(by=clock, at=NOON + timedelta(days=31)) == 11
    assert LedgerEntry.objects.get(what="reject.forgotten").detail == {"rows": 11}


def test_a_check_that_nobody_applies_is_given_up_with_its_rows(wei, clock, tmp_path):
    batch = checked(a_book(tmp_path), wei)
    intake.forget_rejected(by=clock, at=NOON + timedelta(days=29))
    assert StagedRow.objects.exists()
    intake.forget_rejected(by=clock, at=NOON + timedelta(days=31))
    batch.refresh_from_db()
    assert (batch.status, batch.refusal, StagedRow.objects.count()) == ("refused", "lapsed", 0)
    assert LedgerEntry.objects.filter(what="import.lapsed").exists()


@pytest.mark.parametrize("is_stuck", [True, False])
def test_the_names_of_files_that_are_given_up_at_the_look_are_forgotten(
    wei, ana, clock, tmp_path, monkeypatch, is_stuck
):
    checked(a_book(tmp_path), wei)
    if is_stuck:
        monkeypatch.setattr(looking, "looked_at", lambda *_: 1 / 0)
    batch = checked(tmp_path, wei)
    if is_stuck:
        jobs.quarantine(by=clock, at=NOON, on=TODAY)
        assert all("named" in entry for entry in ImportBatch.objects.get(pk=batch.pk).files)
        intake.withdraw(batch=batch, reason=REASON, by=wei, at=NOON)
    batch.refresh_from_db()
    assert batch.status == "refused"
    assert batch.files
    assert not any("named" in entry for entry in batch.files)


def test_a_faulty_row_staged_before_its_fields_were_kept_is_given_back_empty(wei, tmp_path):
    batch = checked(a_book(tmp_path, [("instalments.csv", "105.50", "105.50,x,y")]), wei)
    rows = StagedRow.objects.filter(kind="instalment", data__has_key="!")
    assert rows.update(data={"!": "field_count"}) == 1
    assert to_mend(batch, wei)[:2] == b"PK"


def test_a_new_borrower_whose_every_loan_was_rejected_comes_with_the_mended_rows(wei, ana, tmp_path):
    batch = applied(
        a_book(tmp_path, [("instalments.csv", "L3,1,2026-12-01,100", "L3,1,2026-12-01,99")]), wei, ana
    )
    assert set(Borrower.objects.values_list("external_id", flat=True)) == {"B1"}
    assert batch.counts["borrowers"] == 1
    assert set(batch.rows.values_list("kind", "key")) >= {("loan", "L3"), ("borrower", "B2")}

"""Files come in whole or not at all, once, and only with a second person."""

import base64
import os
import stat
import threading
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.utils import timezone

from servicing.actions import intake, jobs, ledger, privacy
from servicing.actions.intake import looking, reading, staging
from servicing.actions.intake.ranges import RARE
from servicing.gateways import files
from servicing.models import (
    Borrower,
    BorrowerHistory,
    Guarantor,
    ImportBatch,
    LedgerEntry,
    Loan,
    Payment,
    Reject,
    Run,
    Settlement,
    Shard,
    StagedRow,
    Stamp,
)
from tests.cast import NOON, TODAY
from tests.servicing.books import a_book, packed

REASON = "a file of the wrong month"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def uploads(settings, tmp_path_factory):
    settings.UPLOADS = tmp_path_factory.mktemp("uploads")


NOTHING = dict.fromkeys(
    ("borrowers", "loans", "settled", *RARE, "skipped", "rejected", "already_imported"), 0
)


def stage(folder, by, *, door="shell", layout="native"):
    return intake.stage(paths=files.folder(folder), layout=layout, name="book", door=door, by=by, at=NOON)


def bring_in(folder, by, layout="native"):
    batch, _ = stage(folder, by, layout=layout)
    return intake.carry(batch=batch, by=by, at=NOON)


def apply(batch, by, at=NOON):
    """Apply what the preview shows at this moment."""
    batch.refresh_from_db()
    return intake.apply(batch=batch, digest=intake.digest(batch), by=by, at=at)


def looked_at(batch):
    """The batch once a worker has looked at its files."""
    looking.look(at=NOON, on=TODAY)
    batch.refresh_from_db()
    if batch.run.kind == "import.look" and batch.status == "staging":
        looking.conclude(batch.run, at=NOON)
        batch.refresh_from_db()
    return batch


def rejected(batch):
    rows = batch.rejects.order_by("file", "line").values_list("file", "line", "column", "reason")
    return [(file.removesuffix(".csv"), *rest) for file, *rest in rows]


def test_a_book_comes_in_with_everything_that_follows(operator, tmp_path):
    batch = bring_in(a_book(tmp_path), operator)
    assert batch.counts == NOTHING | {"borrowers": 2, "loans": 3, "settled": 2}
    zhang = Borrower.objects.get(external_id="B1")
    assert privacy.masked(zhang, "name") == "张**"
    assert privacy.plain(zhang, "national_id") == "990001198001010019"
    assert list(privacy.find("phone", "10000000001")) == [zhang]
    first, second = Settlement.objects.order_by("loan__external_id")
    assert (first.kind, first.worst_dpd, first.times_late, first.failed_payments) == ("normal", 2, 1, 1)
    # Half past four in the afternoon of Greenwich is the next day in Beijing.
    assert (second.kind, second.settled_on, second.paid) == ("normal", date(2026, 7, 1), Decimal("105.50"))
    assert list(Loan.objects.get(external_id="L1").instalments.values_list("cleared_on", flat=True)) == [
        date(2026, 2, 2),
        date(2026, 3, 2),
    ]
    history = BorrowerHistory.objects.get()
    assert (history.borrower, history.settled_loans, history.worst_dpd) == (zhang, 2, 2)
    # The second loan came after the first payoff, and a return counts two years.
    assert history.next_lapse_on == date(2028, 3, 1)
    assert Stamp.objects.count() == 2
    assert Loan.objects.get(external_id="L3").status == "open"
    assert not StagedRow.objects.exists()


def test_a_guarantor_is_sealed_to_the_own_row(operator, tmp_path):
    bring_in(a_book(tmp_path), operator)
    guarantor = Guarantor.objects.get()
    place = f"servicing_guarantor|name_cipher|{guarantor.pk}"
    assert privacy.keyring().open(guarantor.name_cipher, place=place) == "王五"


def test_a_chunk_leaves_one_entry_with_count_and_digest(operator, tmp_path):
    batch = bring_in(a_book(tmp_path), operator)
    entry = LedgerEntry.objects.get(what="loans.taken")
    assert (entry.target_id, entry.detail["loans"], len(entry.detail["sha256"])) == (str(batch.pk), 3, 64)


def test_packed_files_and_byte_order_marks_are_the_same_to_us(operator, tmp_path):
    folder = a_book(tmp_path / "a")
    path = folder / "loans.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert bring_in(packed(folder), operator).counts["loans"] == 3


# What is spoilt, and the exact list of rejects; everything else must come in.
UGLY = [
    ([("borrowers.csv", "10000000001", "12345")],
     [("borrowers", 2, "phone", "bad_phone"), ("loans", 2, "borrower_id", "borrower_refused"),
      ("loans", 3, "borrower_id", "borrower_refused")], {"L3"}),
    ([("borrowers.csv", "990001198001010019", "990001198001010016")],
     [("borrowers", 2, "national_id", "bad_national_id"), ("loans", 2, "borrower_id", "borrower_refused"),
      ("loans", 3, "borrower_id", "borrower_refused")], {"L3"}),
    ([("borrowers.csv", "李四,,", "李四,990001198001010019,")],
     [("borrowers", 2, "national_id", "national_id_doubled"),
      ("borrowers", 3, "national_id", "national_id_doubled"),
      ("loans", 2, "borrower_id", "borrower_refused"), ("loans", 3, "borrower_id", "borrower_refused"),
      ("loans", 4, "borrower_id", "borrower_refused")], set()),
    ([("borrowers.csv", "B2,李四", "B1,李四")],
     [("borrowers", 2, "borrower_id", "doubled_key"), ("borrowers", 3, "borrower_id", "doubled_key"),
      ("loans", 2, "borrower_id", "borrower_refused"), ("loans", 3, "borrower_id", "borrower_refused"),
      ("loans", 4, "borrower_id", "unknown_borrower")], set()),
    ([("loans.csv", "L2,B1", "L2,B9")], [("loans", 3, "borrower_id", "unknown_borrower")], {"L1", "L3"}),
    ([("loans.csv", "L3,B2", "L2,B2"), ("instalments.csv", "L3,1", "L2,2"),
      ("payments.csv", "L3,P1", "L2,P9")],
     [("loans", 3, "loan_id", "doubled_key"), ("loans", 4, "loan_id", "doubled_key")], {"L1"}),
    ([("loans.csv", "105.5,", "105.6,")], [("loans", 3, "total_due", "sum_differs")], {"L1", "L3"}),
    ([("loans.csv", "100,105.5", "-100,105.5")], [("loans", 3, "principal", "not_positive")], {"L1", "L3"}),
    ([("loans.csv", "100,105.5", "100,1e2")], [("loans", 3, "total_due", "rounded")], {"L1", "L3"}),
    ([("loans.csv", "flash,CNY,100,105.5", "flash,cny,100,105.5")],
     [("loans", 3, "currency", "bad_currency")], {"L1", "L3"}),
    ([("loans.csv", "2026-06-01", "2026-06-31")], [("loans", 3, "disbursed_on", "bad_date")], {"L1", "L3"}),
    ([("loans.csv", "2026-06-01", "01/06/2026")], [("loans", 3, "disbursed_on", "day_first")], {"L1", "L3"}),
    ([("instalments.csv", "2026-12-01", "9999-12-31")],
     [("instalments", 5, "due_on", "bad_date"), ("loans", 4, "", "part_refused")], {"L1", "L2"}),
    ([("loans.csv", "2026-06-01,", "2026-06-01,2026-05-01")],
     [("loans", 3, "written_off_on", "before_loan")], {"L1", "L3"}),
    ([("loans.csv", "2026-06-01,", "2026-06-01,2027-06-01")],
     [("loans", 3, "written_off_on", "in_future")], {"L1", "L3"}),
    ([("loans.csv", "L2,B1,flash", "L2,B1, flash")], [("loans", 3, "product", "blanks")], {"L1", "L3"}),
    ([("loans.csv", "L2,B1,flash", "L2,B1,=1+1")], [("loans", 3, "product", "bad_code")], {"L1", "L3"}),
    ([("instalments.csv", "L2,1,", "L9,1,")],
     [("instalments", 4, "loan_id", "unknown_loan"), ("loans", 3, "", "no_instalments")], {"L1", "L3"}),
    ([("instalments.csv", "L1,2,", "L1,01,")],
     [("instalments", 3, "number", "doubled_key"), ("loans", 2, "", "part_refused")], {"L2", "L3"}),
    ([("instalments.csv", "2026-03-02,105.00", "2025-03-02,105.00")],
     [("instalments", 3, "due_on", "before_loan"), ("loans", 2, "", "part_refused")], {"L2", "L3"}),
    ([("instalments.csv", "L1,2,", "L1,3,")], [("loans", 2, "", "plan_gap")], {"L2", "L3"}),
    ([("instalments.csv", "L1,2,2026-03-02", "L1,2,2026-01-30")],
     [("loans", 2, "", "plan_order")], {"L2", "L3"}),
    ([("loans.csv", "100,105.5", "106,105.5")],
     [("loans", 3, "total_due", "below_principal")], {"L1", "L3"}),
    ([("payments.csv", "L2,P1,2026-06-30T16:30:00Z", "L2,P1,2026-06-30")],
     [("loans", 3, "", "part_refused"), ("payments", 5, "paid_at", "bad_instant")], {"L1", "L3"}),
    ([("payments.csv", "L2,P1,2026-06-30", "L2,P1,2027-06-30")],
     [("loans", 3, "", "part_refused"), ("payments", 5, "paid_at", "in_future")], {"L1", "L3"}),
    ([("payments.csv", "L1,P3", "L1,P1")],
     [("loans", 2, "", "part_refused"), ("payments", 4, "payment_id", "doubled_key")], {"L2", "L3"}),
    ([("payments.csv", "105.50,borrower", "105.50,bank")],
     [("loans", 3, "", "part_refused"), ("payments", 5, "origin", "unknown_value")], {"L1", "L3"}),
    ([("payments.csv", "succeeded,wallet,\nL3", "succeeded,wallet,oops\nL3")],
     [("loans", 3, "", "part_refused"), ("payments", 5, "error_code", "error_of_success")], {"L1", "L3"}),
    ([("payments.csv", "105.50,borrower,succeeded,wallet,", "105.50,borrower,succeeded,wallet,,extra")],
     [("loans", 3, "", "part_refused"), ("payments", 5, "", "field_count")], {"L1", "L3"}),
    ([("payments.csv", "40,borrower,succeeded,wallet,\n", "40,borr")],
     [("loans", 4, "", "part_refused"), ("payments", 6, "", "field_count")], {"L1", "L2"}),
    ([("guarantors.csv", "10000000003", "110")],
     [("guarantors", 2, "phone", "bad_phone"), ("loans", 2, "", "part_refused")], {"L2", "L3"}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "verdict", "taken"), UGLY)
def test_an_ugly_row_takes_its_whole_loan_and_no_other(operator, tmp_path, changes, verdict, taken):
    batch = bring_in(a_book(tmp_path, changes), operator)
    assert rejected(batch) == verdict
    assert set(Loan.objects.values_list("external_id", flat=True)) == taken
    assert set(Payment.objects.values_list("loan__external_id", flat=True)) <= taken
    assert batch.counts["loans"] == len(taken)
    assert batch.counts["rejected"] == len(verdict)


HEADER = "loan_id,guarantor_id,name,phone\n"
# The whole delivery is refused in one sentence, and nothing of it stays.
REFUSED = [
    ("loans.csv", b"loan_id,borrower_id\n", "loans.csv:1:product", "missing_column"),
    ("guarantors.csv", b"loan_id,guarantor_id,name,phone,age\n", "guarantors.csv:1:age", "extra_column"),
    ("guarantors.csv", b"L1,G1,x,10000000003\n", "guarantors.csv:1:1", "extra_column"),
    ("guarantors.csv", b"loan_id,10000000003,name,phone\n", "guarantors.csv:1:2", "extra_column"),
    ("guarantors.csv", b"loan_id,guarantor_id,name,name\n", "guarantors.csv:1:name", "doubled_column"),
    ("guarantors.csv", b"", "guarantors.csv", "no_header"),
    ("guarantors.csv", f"{HEADER}L1,G1,王,\n".encode("gbk"), "guarantors.csv:2", "not_utf8"),
    ("guarantors.csv", HEADER.encode("utf-32"), "guarantors.csv", "not_utf8"),
    ("guarantors.csv", f"{HEADER}L1,\0,,\n".encode(), "guarantors.csv:2", "nul_byte"),
    ("guarantors.csv", f'{HEADER}L1,"G1,,\n'.encode(), "guarantors.csv:2", "not_csv"),
    ("guarantors.csv", f"{HEADER}L1".encode(), "guarantors.csv:2", "cut_off"),
    ("guarantors.csv.gz", b"\x1f\x8b\x08broken", "guarantors.csv", "doubled_file"),
    ("other.csv", b"a\n", "other.csv", "unknown_file"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "where", "reason"), REFUSED)
def test_a_delivery_that_cannot_be_read_is_refused_whole(operator, tmp_path, name, content, where, reason):
    (a_book(tmp_path) / name).write_bytes(content)
    with pytest.raises(files.Refused) as refused:
        bring_in(tmp_path, operator)
    assert refused.value.reason == reason
    assert str(refused.value).startswith(where)
    batch = ImportBatch.objects.get()
    assert batch.status == "refused"
    assert batch.refusal_words == str(refused.value)
    assert not StagedRow.objects.exists()


@pytest.mark.parametrize("number", ["13800138000", "138-0013-8000", "11010519491231002X"])
def test_numbers_of_people_in_names_of_files_are_kept_masked(operator, tmp_path, number):
    folder = packed(a_book(tmp_path))
    name = f"customer {number}.zip"
    batch, _ = intake.stage(
        paths=files.folder(folder), layout="native", name=name, door="shell", by=operator, at=NOON
    )
    (folder / f"{number}.csv").write_text("x")
    with pytest.raises(files.Refused):
        intake.stage(
            paths=files.folder(folder), layout="native", name=name, door="shell", by=operator, at=NOON
        )
    refused = ImportBatch.objects.get(status="refused")
    assert refused.refusal.startswith("unknown_file 1**")
    kept = " ".join(str(row) for row in ImportBatch.objects.values_list("name", "files", "refusal"))
    assert batch.name.startswith("customer 1**")
    assert number not in kept


def test_a_file_as_sent_is_described_without_numbers_of_people():
    sealed = SimpleNamespace(token="t", size=1)
    how = SimpleNamespace(
        name="book", sent="名单 138 0013 8000.xlsx", sealed=sealed, bytes=1, packed=False,
        encoding="", separator="", columns=(),
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "ends_whole", lambda how: True)
        entry = staging.described(how, {how.sent: "3"})
    assert (entry["sent"], entry["promised"]) == ("名单 1***********0.xlsx", 3)


def test_a_damaged_archive_and_a_bomb_are_refused(operator, tmp_path):
    folder = packed(a_book(tmp_path / "cut"))
    path = folder / "payments.csv.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(files.Refused, match=r"payments\.csv"):
        stage(folder, operator)
    bomb = a_book(tmp_path / "bomb", [("guarantors.csv", "王五", "王" * 3_000_000)])
    with pytest.raises(files.Refused) as refused:
        stage(packed(bomb), operator)
    assert refused.value.reason == "too_dense"


def test_the_same_files_again_change_nothing(operator, tmp_path):
    batch = bring_in(a_book(tmp_path), operator)
    again, is_new = stage(packed(a_book(tmp_path)), operator)
    assert (again, is_new) == (batch, False)
    assert intake.counts_of_call(again, is_new=is_new) == {
        name: 3 * (name == "already_imported") for name in NOTHING if name not in RARE
    }


def test_a_grown_delivery_brings_only_what_is_new(operator, tmp_path):
    bring_in(a_book(tmp_path), operator)
    more = [
        ("loans.csv", "L3,B2", "L4,B2,flash,CNY,50,50,2026-09-01,\nL3,B2"),
        ("instalments.csv", "L3,1", "L4,1,2026-10-01,50\nL3,1"),
        ("payments.csv", "L3,P1", "L4,P1,2026-10-03T08:00:00,50,borrower,succeeded,wallet,\nL3,P1"),
        ("loans.csv", "105.5,2026-06-01", "105.50,2026-06-01"),
    ]
    batch = bring_in(a_book(tmp_path, more), operator)
    assert batch.counts == NOTHING | {"loans": 1, "settled": 1, "already_imported": 3}
    assert BorrowerHistory.objects.get(borrower__external_id="B2").last_days_late == 2


def test_a_loan_on_file_with_other_content_is_refused(operator, tmp_path):
    bring_in(a_book(tmp_path), operator)
    changed = [("payments.csv", "L3,P1,2026-11-20", "L3,P1,2026-11-21")]
    batch = bring_in(a_book(tmp_path, changed), operator)
    assert rejected(batch) == [("loans", 4, "", "differs")]
    told = {"what": "payments", "found": "2026-11-21 40.00", "on_file": "2026-11-20 40.00"}
    assert batch.rejects.get().facts == told
    assert batch.counts == NOTHING | {"already_imported": 2, "rejected": 1}


def test_a_national_id_of_somebody_else_is_refused(operator, tmp_path):
    bring_in(a_book(tmp_path), operator)
    parts = ("instalments.csv", "payments.csv")
    other = [("borrowers.csv", "B1,", "B7,"), ("loans.csv", ",B1,", ",B7,"), ("guarantors.csv", "L1", "L7")]
    other += [("loans.csv", f"L{n},", f"L{n + 6},") for n in (1, 2)]
    other += [(file, f"L{n},", f"L{n + 6},") for file in parts for n in (1, 2)]
    batch = bring_in(a_book(tmp_path, other), operator)
    assert rejected(batch)[0] == ("borrowers", 2, "national_id", "national_id_taken")
    assert batch.counts == NOTHING | {"already_imported": 1, "rejected": 3}


def test_no_personal_text_is_staged_in_the_clear(wei, tmp_path):
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    looked_at(batch)
    reading.read(at=NOON, on=TODAY)
    with connection.cursor() as cursor:
        cursor.execute("select string_agg(s::text, ' ') from servicing_stagedrow s")
        text = cursor.fetchone()[0]
    for personal in ("张三丰", "李四", "王五", "990001198001010019", "1000000000", r"\u5f20"):
        assert personal not in text
    row = StagedRow.objects.get(batch=batch, kind="borrower", key="B1")
    place = f"servicing_stagedrow|name|{batch.pk}:borrower:B1"
    assert privacy.keyring().open(base64.b64decode(row.data["name"]), place=place) == "张三丰"


def test_who_stages_in_the_browser_does_not_apply(wei, bo, ana, tmp_path):
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    with pytest.raises(intake.NotAllowed, match="status"):
        apply(batch, ana)
    intake.work(at=NOON, on=TODAY)
    with pytest.raises(intake.NotAllowed, match="second_person"):
        apply(batch, wei)
    assert not Loan.objects.exists()
    apply(batch, ana)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert (batch.status, batch.staged_by, batch.applied_by) == ("applied", wei, ana)
    assert Loan.objects.count() == 3


def test_the_database_too_wants_a_second_person(wei, tmp_path):
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    with pytest.raises(IntegrityError, match="does_not_apply"), transaction.atomic():
        ImportBatch.objects.filter(pk=batch.pk).update(applied_by=wei)


def test_the_shell_does_not_get_past_the_second_person(wei, operator, tmp_path):
    first, _ = stage(a_book(tmp_path), wei, door="browser")
    looked_at(first)
    batch, is_new = stage(tmp_path, operator)
    assert not is_new
    with pytest.raises(intake.NotAllowed):
        intake.carry(batch=batch, by=operator, at=NOON)


def test_a_sealed_file_is_private_bound_and_read_from_any_place(settings):
    text = bytes(range(256)) * 3000
    sealed = files.seal(privacy.keyring(), [text[:1000], text[1000:700_000], text[700_000:]])
    raw = sealed.path.read_bytes()
    assert stat.S_IMODE(os.stat(sealed.path).st_mode) == 0o600
    assert bytes(range(256)) not in raw
    with sealed.open() as stream:
        assert stream.read() == text
        stream.seek(524_280)
        assert stream.read(20) == text[524_280:524_300]
    # Two frames exchanged are not read as if nothing had happened.
    step = 4 + int.from_bytes(raw[:4], "big")
    sealed.path.write_bytes(raw[step : 2 * step] + raw[:step] + raw[2 * step :])
    with pytest.raises(files.Refused), sealed.open() as stream:
        stream.read()
    sealed.remove()
    assert list(settings.UPLOADS.iterdir()) == []


def test_what_a_killed_upload_left_is_swept_and_what_is_waited_for_is_not(operator, tmp_path, settings):
    stage(a_book(tmp_path), operator)
    waiting = set(settings.UPLOADS.iterdir())
    assert len(waiting) == 5
    lost = files.seal(privacy.keyring(), [b"lost"])
    left_at = datetime.fromtimestamp(lost.path.stat().st_mtime, UTC)
    assert intake.clear_uploads(at=left_at) == 0
    assert intake.clear_uploads(at=left_at + timedelta(hours=2)) == 1
    assert not lost.path.exists()
    assert set(settings.UPLOADS.iterdir()) == waiting


def test_a_shard_that_fails_three_times_says_so(operator, tmp_path, monkeypatch):
    batch, _ = stage(a_book(tmp_path), operator)
    ImportBatch.objects.filter(pk=batch.pk).update(layout="gone")
    batch.refresh_from_db()
    with pytest.raises(intake.Stuck):
        intake.carry(batch=batch, by=operator, at=NOON)
    assert Shard.objects.filter(status="quarantined").exists()


def stuck(batch, clock):
    """Let the work of a batch fail as often as the setting allows, as a fault of ours would."""
    looked_at(batch)
    reading.read(at=NOON, on=TODAY)
    reading.conclude(ImportBatch.objects.get(pk=batch.pk).run, at=NOON)
    ImportBatch.objects.filter(pk=batch.pk).update(layout="gone")
    intake.work(at=NOON, on=TODAY)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    ImportBatch.objects.filter(pk=batch.pk).update(layout="native")
    batch.refresh_from_db()
    assert batch.is_stuck


def test_a_stuck_check_is_tried_again_by_who_may_stage(wei, bo, ana, clock, tmp_path):
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    with pytest.raises(intake.NotAllowed):
        intake.retry(batch=batch, by=wei, at=NOON)
    stuck(batch, clock)
    with pytest.raises(intake.NotAllowed):
        intake.retry(batch=batch, by=ana, at=NOON)
    intake.retry(batch=batch, by=bo, at=NOON)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert (batch.status, batch.counts["loans"]) == ("checked", 3)
    assert LedgerEntry.objects.filter(what="shard.retried", by=bo).count() == batch.run.shards.count()


def test_a_stuck_application_is_tried_again_by_the_lead(wei, ana, operator, clock, tmp_path):
    batch, _ = stage(a_book(tmp_path), operator)
    stuck(batch, clock)
    with pytest.raises(intake.NotAllowed):
        intake.retry(batch=batch, by=wei, at=NOON)
    intake.retry(batch=batch, by=ana, at=NOON)
    assert intake.carry(batch=ImportBatch.objects.get(), by=operator, at=NOON).counts["loans"] == 3


@pytest.mark.parametrize("is_stuck", [True, False])
@pytest.mark.parametrize("who", ["wei", "ana"])
def test_what_is_withdrawn_may_come_in_again(request, wei, bo, clock, tmp_path, who, is_stuck):
    person = request.getfixturevalue(who)
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    with pytest.raises(intake.NotAllowed):
        intake.withdraw(batch=batch, reason=REASON, by=person, at=NOON)  # a worker may have it in hand
    stuck(batch, clock) if is_stuck else intake.work(at=NOON, on=TODAY)
    with pytest.raises(intake.NotAllowed):
        intake.withdraw(batch=batch, reason=REASON, by=bo, at=NOON)
    intake.withdraw(batch=batch, reason=REASON, by=person, at=NOON)
    batch.refresh_from_db()
    assert (batch.status, batch.refusal, batch.refusal_words) == ("refused", "withdrawn", "已撤回")
    assert not StagedRow.objects.exists()
    entry = LedgerEntry.objects.get(what="import.withdrawn")
    status = "checking" if is_stuck else "checked"
    assert (entry.by, entry.detail) == (person, {"status": status, "reason": REASON})
    with pytest.raises(intake.NotAllowed):
        intake.retry(batch=batch, by=wei, at=NOON)
    again, is_new = stage(tmp_path, wei, door="browser")
    intake.work(at=NOON, on=TODAY)
    again.refresh_from_db()
    assert (is_new, again.status) == (True, "checked")


@pytest.mark.parametrize("who", ["bo", "lin", "max_", "tom", "operator"])
def test_only_a_lead_applies_and_only_an_officer_stages(request, wei, tmp_path, who):
    person = request.getfixturevalue(who)
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    intake.work(at=NOON, on=TODAY)
    with pytest.raises(intake.NotAllowed, match="right"):
        apply(batch, person)
    if who != "bo":
        with pytest.raises(intake.NotAllowed, match="right"):
            stage(tmp_path, person, door="browser")


def test_what_the_check_refused_and_the_application_took_is_no_reject(wei, ana, tmp_path):
    tomorrow = [("payments.csv", "L3,P1,2026-11-20", "L3,P1,2026-11-24")]
    batch, _ = stage(a_book(tmp_path, tomorrow), wei, door="browser")
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert [reason for *_, reason in rejected(batch)] == ["part_refused", "in_future"]
    later = NOON + timedelta(days=1)
    apply(batch, ana, later)
    intake.work(at=later, on=later.date())
    assert Loan.objects.filter(external_id="L3").exists()
    assert rejected(batch) == []


@pytest.mark.django_db(transaction=True)
def test_of_ten_equal_imports_at_once_one_is_applied(operator, tmp_path, settings):
    folder, results = a_book(tmp_path), []

    def one():
        try:
            batch, is_new = stage(folder, operator)
            intake.carry(batch=batch, by=operator, at=NOON)
            results.append(is_new)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 9 + [True]
    assert ImportBatch.objects.get().counts["loans"] == Loan.objects.count() == 3
    assert Run.objects.filter(kind="import.apply").count() == 1
    assert ledger.verify()[1] is None
    assert list(settings.UPLOADS.iterdir()) == []


def test_the_web_only_seals_and_the_worker_gives_the_verdict(
    wei, tmp_path, settings, monkeypatch, django_capture_on_commit_callbacks
):
    with monkeypatch.context() as patch:
        patch.setattr(files, "examined", lambda *_: 1 / 0)
        batch, _ = stage(a_book(tmp_path, [("borrowers.csv", "B1", "13800138000")]), wei, door="browser")
    assert (batch.status, batch.run.kind, batch.is_looked_at) == ("staging", "import.look", False)
    assert "guarantors" not in str(batch.files)
    assert intake.clear_uploads(at=timezone.now() + timedelta(hours=2)) == 0
    looked_at(batch)
    assert (batch.run.kind, batch.files[0]["file"]) == ("import.stage", "borrowers.csv")
    with django_capture_on_commit_callbacks(execute=True):
        intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert batch.status == "checked"
    assert list(settings.UPLOADS.iterdir()) == []
    acts = LedgerEntry.objects.about(batch).order_by("pk").values_list("what", flat=True)
    assert list(acts) == ["import.received", "import.staged"]


def test_a_bomb_from_the_browser_ends_with_its_reason(
    wei, tmp_path, settings, django_capture_on_commit_callbacks
):
    bomb = a_book(tmp_path, [("guarantors.csv", "王五", "王" * 3_000_000)])
    batch, _ = stage(packed(bomb), wei, door="browser")
    with django_capture_on_commit_callbacks(execute=True):
        intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert (batch.status, batch.refusal) == ("refused", "too_dense guarantors.csv")
    assert batch.run.status == "done"
    assert list(settings.UPLOADS.iterdir()) == []


def test_of_the_same_files_twice_the_later_one_names_the_first(
    wei, bo, tmp_path, settings, django_capture_on_commit_callbacks
):
    first, _ = stage(a_book(tmp_path), wei, door="browser")
    second, _ = stage(packed(tmp_path), bo, door="browser")
    with django_capture_on_commit_callbacks(execute=True):
        intake.work(at=NOON, on=TODAY)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status, second.twin) == ("checked", "refused", first.pk)
    assert second.refusal_words == "这些文件此前已由另一导入接收"
    assert list(settings.UPLOADS.iterdir()) == []


def test_a_look_that_takes_long_keeps_its_lease_and_one_that_was_taken_back_ends(wei, tmp_path, monkeypatch):
    batch, _ = stage(a_book(tmp_path), wei, door="browser")
    monkeypatch.setattr(looking, "SECONDS", -1)
    shard = jobs.claim(kind="import.look", on=TODAY)
    Shard.objects.update(leased_until=NOON)
    found = list(looking.parts(shard, on=TODAY))
    assert len(found) == 1
    shard.refresh_from_db()
    assert shard.leased_until > NOON
    assert intake.progress(batch.run)["read"] <= shard.size
    Shard.objects.update(attempts=2)
    with pytest.raises(jobs.Lost):
        list(looking.parts(shard, on=TODAY))


@pytest.mark.django_db(transaction=True)
def test_a_shard_that_dies_in_the_middle_leaves_no_half_loan(operator, tmp_path, monkeypatch):
    from servicing.actions.archive import arrivals

    batch, _ = stage(a_book(tmp_path), operator)
    assert intake.work(at=NOON, on=TODAY, limit=5) == 5  # the files are read
    batch.refresh_from_db()
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "write_settlements", lambda *_: 1 / 0)
        assert intake.work(at=NOON, on=TODAY, limit=2) == 2
    assert jobs.progress(batch.run)["done"] == 1  # the shard of rows without a loan
    assert not Loan.objects.exists()
    assert not Borrower.objects.exists()
    intake.carry(batch=batch, by=operator, at=NOON)
    assert Settlement.objects.count() == 2
    assert not Reject.objects.exists()


def test_what_the_check_counts_is_what_is_applied(wei, ana, tmp_path):
    spoilt = [("loans.csv", "105.5,", "105.6,"), ("instalments.csv", "L3,1", "L9,1")]
    batch, _ = stage(a_book(tmp_path, spoilt), wei, door="browser")
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    checked, rejects = batch.counts, rejected(batch)
    assert checked == NOTHING | {"borrowers": 1, "loans": 1, "settled": 1, "rejected": 3}
    apply(batch, ana)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert (batch.status, batch.counts, rejected(batch)) == ("applied", checked, rejects)


def test_a_worker_whose_time_is_up_leaves_the_rest_for_the_next_look(operator, tmp_path):
    stage(a_book(tmp_path), operator)
    assert intake.work(at=NOON, on=TODAY, until=time.monotonic()) == 0
    assert intake.work(at=NOON, on=TODAY, limit=1) == 1
    intake.work(at=NOON, on=TODAY)
    assert ImportBatch.objects.get().status == "applied"


WIDER = [
    ("instalments.csv", "amount\n", "amount,grace_days\n"),
    ("instalments.csv", "105.00\n", "105.00,3\n"),
    ("instalments.csv", "105.50\n", "105.50,0\n"),
    ("instalments.csv", "2026-12-01,100\n", "2026-12-01,100,\n"),
    ("payments.csv", "error_code\n", "error_code,冲正日期\n"),
    ("payments.csv", "debit-a,\n", "debit-a,,\n"),
    ("payments.csv", "no_funds\n", "no_funds,\n"),
    ("payments.csv", "wallet,\n", "wallet,,\n"),
    ("payments.csv", "L3,P1,2026-11-20T10:00:00+08:00,40,borrower,succeeded,wallet,,",
     "L3,P1,2026-11-20T10:00:00+08:00,40,borrower,succeeded,wallet,,2026-11-21\n"
     "L1,P4,2026-03-03T09:00:00,10,refund,succeeded,wallet,,"),
]  # fmt: skip


def test_a_payment_says_with_which_version_of_the_app_it_was_tried(operator, tmp_path):
    changes = [
        ("payments.csv", "error_code\n", "error_code,应用版本\n"),
        ("payments.csv", "debit-a,\n", "debit-a,,\n"),
        ("payments.csv", "no_funds\n", "no_funds,6.2.0\n"),
        ("payments.csv", "wallet,\n", "wallet,,\n"),
    ]
    bring_in(a_book(tmp_path / "a", changes), operator)
    tried = Loan.objects.get(external_id="L1").payments.filter(app_version="6.2.0")
    assert tried.get().outcome == "failed"
    # The same payments without the column say nothing else; what is on file stays.
    line = "L3,P1,2026-11-20T10:00:00+08:00,40,borrower,succeeded,wallet,\n"
    more = [("payments.csv", line, line + "L3,P2,2026-11-21T10:00:00,10,borrower,failed,wallet,x\n")]
    again = bring_in(a_book(tmp_path / "b", more), operator)
    assert rejected(again) == []
    assert tried.count() == 1


def test_optional_columns_bring_grace_refunds_and_reversals(operator, tmp_path):
    batch = bring_in(a_book(tmp_path, WIDER), operator)
    assert rejected(batch) == []
    loan = Loan.objects.get(external_id="L1")
    assert list(loan.instalments.values_list("grace_days", flat=True)) == [3, 3]
    assert loan.payments.get(external_id="P4").origin == "refund"
    assert loan.status == "open"  # ten of it went back
    assert Loan.objects.get(external_id="L3").payments.get().reversed_on == date(2026, 11, 21)


@pytest.mark.parametrize(
    ("old", "new", "column", "reason"),
    [
        ("2026-11-21", "2026-11-19", "reversed_on", "before_payment"),
        ("2026-11-21", "2026-11-24", "reversed_on", "in_future"),
        ("succeeded,wallet,,2026-11-21", "failed,wallet,,2026-11-21", "outcome", "unknown_value"),
    ],
)
def test_a_reversal_that_cannot_be_is_rejected_with_its_loan(operator, tmp_path, old, new, column, reason):
    batch = bring_in(a_book(tmp_path, [*WIDER, ("payments.csv", old, new)]), operator)
    assert ("payments", 6, column, reason) in rejected(batch)
    assert not Loan.objects.filter(external_id="L3").exists()

"""What an import adds to loans and people on file, and how it is taken back."""

import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from servicing.actions import archive, feed, intake, jobs, privacy
from servicing.actions.intake import judging, ranges, returning
from servicing.models import (
    Arrival,
    Borrower,
    BorrowerHistory,
    FeedMessage,
    ImportBatch,
    LedgerEntry,
    Loan,
    PayoffStep,
    Settlement,
)
from tests.cast import NOON, TODAY
from tests.servicing.actions.test_intake_afterwards import agreed, applied, checked, undone, uploads  # noqa: F401
from tests.servicing.books import a_book
from tests.servicing.contracts import paid
from tests.servicing.core import Core, keys_file

REASON = "a file of the wrong month"
pytestmark = pytest.mark.django_db
PAID = "L3,P2,2026-11-22T10:00:00,60,borrower,succeeded,wallet,\n"
MORE = [("payments.csv", "L3,P1,", f"{PAID}L3,P1,")]
LATE = [*MORE, ("payments.csv", "L3,P2", "L3,P3,2026-11-23T08:00:00,5,borrower,succeeded,wallet,\nL3,P2")]
LOSS = [("loans.csv", "100,100,2026-11-01,", "100,100,2026-11-01,2026-11-22")]
OTHER = [("borrowers.csv", "张三丰", "张无忌"), ("borrowers.csv", "10000000001", "10000000009")]
FULLER = [("borrowers.csv", "李四,,", "李四,990001198001010027,")]


@pytest.fixture
def book(wei, ana, tmp_path):
    return applied(a_book(tmp_path / "a"), wei, ana)


def confirmed(batch, lead):
    """A checked batch, applied."""
    intake.apply(batch=batch, digest=intake.digest(batch), by=lead, at=NOON)
    intake.work(at=NOON, on=TODAY)
    batch.refresh_from_db()
    assert batch.status == "applied"
    return batch


def third():
    return Loan.objects.get(external_id="L3")


def facts():
    """All that is on file of the loan that is added to, but for its own past."""
    loan = third()
    return (
        (loan.status, loan.settled_on, loan.written_off_on),
        list(loan.payments.order_by("pk").values_list("external_id", "amount")),
        list(loan.instalments.values_list("number", "cleared_on")),
        list(loan.settlements.current()),
        list(PayoffStep.objects.filter(loan=loan, status="open")),
        list(BorrowerHistory.objects.values()),
    )


def test_a_later_delivery_adds_the_payments_of_an_open_loan(wei, ana, book, tmp_path):
    batch = checked(a_book(tmp_path / "b", MORE), wei)
    assert (batch.counts["extended"], batch.counts["already_imported"], batch.counts["rejected"]) == (1, 2, 0)
    confirmed(batch, ana)
    assert batch.counts["extended"] == 1
    assert third().status == "settled"
    assert batch.undo_may_be_asked_by(wei)


@pytest.mark.parametrize("changes", [MORE, LOSS, MORE + LOSS])
def test_what_was_added_to_a_loan_on_file_is_taken_back(wei, ana, bo, book, tmp_path, changes):
    before = facts()
    batch = applied(a_book(tmp_path / "b", changes), wei, ana)
    assert facts() != before
    assert undone(batch, wei, ana).status == "undone"
    assert facts() == before
    entry = LedgerEntry.objects.get(what="loan.retracted")
    assert (entry.by, entry.target_id, entry.detail["import"]) == (ana, str(third().pk), batch.pk)
    # Right or wrong, the same files may come in again, and be taken back again.
    again = applied(tmp_path / "b", bo, ana)
    assert again.counts["extended"] == 1
    assert undone(again, wei, ana).status == "undone"
    assert facts() == before


def test_a_settlement_that_an_undo_takes_back_stays_in_the_versions(wei, ana, book, tmp_path):
    undone(applied(a_book(tmp_path / "b", MORE), wei, ana), wei, ana)
    versions = third().settlements.order_by("version").values_list("kind", flat=True)
    assert list(versions) == ["early", "reopened"]
    assert not BorrowerHistory.objects.filter(borrower__external_id="B2").exists()


def test_the_earlier_of_two_additions_goes_after_the_later_one(wei, ana, book, tmp_path):
    before = facts()
    first = applied(a_book(tmp_path / "b", MORE), wei, ana)
    second = applied(a_book(tmp_path / "c", LATE), wei, ana)
    assert undone(first, wei, ana).refusal == "built_on"
    assert first.preview["built_on"][0] == ["loan", "L3", "payment.came"]
    assert undone(book, wei, ana).refusal == "built_on"
    assert undone(second, wei, ana).status == "undone"
    assert undone(first, wei, ana).status == "undone"
    assert facts() == before
    assert undone(book, wei, ana).status == "undone"
    assert not Loan.objects.exists()
    assert not Settlement.objects.exists()


def test_a_payment_of_the_feed_stands_against_the_undo_of_what_came_before_it(wei, ana, book, tmp_path):
    batch = applied(a_book(tmp_path / "b", MORE), wei, ana)
    archive.reverse(loan=third(), external_id="P2", on=TODAY, by=wei, at=NOON)
    after = facts()
    undone(batch, wei, ana)
    assert (batch.status, batch.preview["built_on"][0]) == ("applied", ["loan", "L3", "payment.reversed"])
    assert facts() == after


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_takes_an_addition_back(wei, ana, tmp_path):
    applied(a_book(tmp_path / "a"), wei, ana)
    before = facts()
    batch = applied(a_book(tmp_path / "b", MORE), wei, ana)
    agreed(intake.ask_undo(batch=batch, reason="a wrong month", by=wei, at=NOON), ana)

    def work():
        try:
            intake.work(at=NOON, on=TODAY)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ImportBatch.objects.get(pk=batch.pk).status == "undone"
    assert facts() == before
    assert LedgerEntry.objects.filter(what="loan.retracted").count() == 1


def test_another_name_or_phone_is_shown_masked_changes_nothing_and_is_noted(wei, ana, book, tmp_path):
    folder = a_book(tmp_path / "b", OTHER)
    shown = checked(folder, wei)
    assert (shown.counts["differed"], shown.counts["completed"]) == (1, 0)
    assert shown.preview["others"] == {"name": 1, "phone": 1}
    zhang = Borrower.objects.get(external_id="B1")
    assert shown.preview["told"] == [
        {"borrower": zhang.reference, "field": "name", "filed": "张**", "told": "张**"},
        {"borrower": zhang.reference, "field": "phone", "filed": "100****0001", "told": "100****0009"},
    ]
    batch = confirmed(shown, ana)
    zhang = Borrower.objects.get(external_id="B1")
    assert [privacy.plain(zhang, name) for name in ("name", "phone")] == ["张三丰", "10000000001"]
    entry = LedgerEntry.objects.get(what="borrowers.told_again")
    assert (entry.target_id, entry.detail["completed"]) == (str(batch.pk), {})
    assert entry.detail["differed"] == {"name": [zhang.pk], "phone": [zhang.pk]}


def test_only_of_a_new_loan_is_asked_that_its_plan_runs_on(wei, ana, book, tmp_path):
    Loan.objects.get(external_id="L1").instalments.filter(number=2).update(number=3)
    gap = [("instalments.csv", "L1,2,", "L1,3,")]
    assert checked(a_book(tmp_path / "b", gap), wei).counts["already_imported"] == 3


def test_the_two_forms_of_an_identity_number_are_no_difference(wei, ana, tmp_path):
    applied(a_book(tmp_path / "a", [("borrowers.csv", "990001198001010019", "990001800101001")]), wei, ana)
    shown = checked(a_book(tmp_path / "b", [("borrowers.csv", "10000000001", "10000000009")]), wei)
    assert (shown.preview["others"], shown.counts["rejected"]) == ({"phone": 1}, 0)


def test_what_was_empty_of_a_borrower_is_filled_in_and_taken_back(wei, ana, book, tmp_path):
    batch = applied(a_book(tmp_path / "b", FULLER), wei, ana)
    person = Borrower.objects.get(external_id="B2")
    assert (batch.counts["completed"], batch.counts["differed"]) == (1, 0)
    assert privacy.plain(person, "national_id") == "990001198001010027"
    assert list(privacy.find("national_id", "990001198001010027")) == [person]
    assert LedgerEntry.objects.get(what="borrowers.told_again").detail["completed"] == {
        "national_id": [person.pk]
    }
    assert undone(batch, wei, ana).status == "undone"
    person.refresh_from_db()
    assert (person.national_id_cipher, person.national_id_index) == (None, None)
    assert privacy.plain(person, "name") == "李四"
    assert Arrival.objects.filter(batch=batch).count() == 0


def test_a_borrower_of_no_loan_is_taken_only_where_they_are_on_file(wei, ana, book, tmp_path):
    alone = [("borrowers.csv", "B2,李四,,", "B9,孤星,,\nB2,李四,990001198001010027,")]
    folder = a_book(tmp_path / "b", alone)
    for name in ("loans.csv", "instalments.csv", "payments.csv", "guarantors.csv"):
        lines = (folder / name).read_text().splitlines(keepends=True)
        (folder / name).write_text("".join(line for line in lines if not line.startswith("L3")))
    batch = applied(folder, wei, ana)
    assert list(batch.rejects.values_list("key", "reason")) == [("B9", "no_loan")]
    assert not Borrower.objects.filter(external_id="B9").exists()
    assert (batch.counts["completed"], batch.counts["rejected"]) == (1, 1)


@pytest.fixture
def tell(settings, tmp_path, clock):
    """tell(what is said) -> the core of the same source says it, and every message is applied."""
    core = Core("native")
    settings.FEED_KEYS = keys_file(tmp_path / "feed.json", core)

    def tell(kind, at, loan, **data):
        core.say(kind, at, loan, **data)
        core.deliver(len(core.told), at=NOON)
        feed.work(by=clock, at=NOON)
        assert set(FeedMessage.objects.values_list("status", flat=True)) == {"applied"}

    return tell


def stands(batch, row, wei, ana):
    """Whether the undo of a batch is refused, with nothing changed, because of one thing."""
    before = facts(), Borrower.objects.count()
    undone(batch, wei, ana)
    assert (batch.status, batch.preview["built_on"]) == ("applied", [row])
    assert (facts(), Borrower.objects.count()) == before


def test_what_the_feed_confirmed_is_not_undone(wei, ana, book, tmp_path, tell):
    batch = applied(a_book(tmp_path / "b", MORE), wei, ana)
    tell("payment.made", "2026-11-22T10:00:00+08:00", "L3", payment_id="P2", amount="60.00", channel="wallet")
    stands(batch, ["feedmessage", "native 1", "payment.made"], wei, ana)


def test_a_loan_that_the_feed_confirmed_is_not_undone(wei, ana, book, tell):
    tell("payment.made", "2026-11-20T10:00:00+08:00", "L3", payment_id="P1", amount="40.00", channel="wallet")
    stands(book, ["feedmessage", "native 1", "payment.made"], wei, ana)


def test_an_identity_that_the_feed_confirmed_is_not_undone(wei, ana, book, tmp_path, tell):
    batch = applied(a_book(tmp_path / "b", FULLER), wei, ana)
    tell(
        "loan.opened", "2026-11-01T00:00:00+08:00", "L3",
        borrower={"borrower_id": "B2", "name": "李四", "national_id": "990001198001010027"},
        terms={"product": "flash", "currency": "CNY", "principal": "100.00", "total_due": "100.00",
               "disbursed_on": "2026-11-01"},
        instalments=[{"number": 1, "due_on": "2026-12-01", "amount": "100.00"}],
    )  # fmt: skip
    stands(batch, ["feedmessage", "native 1", "loan.opened"], wei, ana)


@pytest.mark.parametrize("changes", [MORE, FULLER])
def test_what_a_second_import_found_is_undone_after_that_one(wei, ana, book, tmp_path, changes):
    before = facts(), Borrower.objects.values_list("national_id_index").get(external_id="B2")
    batch = applied(a_book(tmp_path / "b", changes), wei, ana)
    # The same once more, in other bytes.
    again = applied(a_book(tmp_path / "c", [*changes, ("borrowers.csv", "phone\n", "phone\r\n")]), wei, ana)
    assert (again.counts["already_imported"], again.counts["extended"], again.counts["completed"]) == (
        3,
        0,
        0,
    )
    stands(batch, ["importbatch", str(again.pk), "import.applied"], wei, ana)
    assert undone(again, wei, ana).status == "undone"
    assert undone(batch, wei, ana).status == "undone"
    assert (facts(), Borrower.objects.values_list("national_id_index").get(external_id="B2")) == before


def test_whom_a_second_import_completed_do_not_go_before_it(wei, ana, book, tmp_path):
    applied(a_book(tmp_path / "b", FULLER), wei, ana)
    undone(book, wei, ana)
    assert (book.refusal, Borrower.objects.count()) == ("built_on", 2)


RATE = [
    ("loans.csv", "written_off_on\n", "written_off_on,annual_rate\n"),
    *[("loans.csv", f"{day},\n", f"{day},,{rate}\n") for day, rate in
      (("2026-01-01", ""), ("2026-06-01", ""), ("2026-11-01", "0.072"))],
]  # fmt: skip


def test_many_additions_are_taken_back_in_one_round(wei, ana, book, tmp_path):
    def cost(name, changes):
        batch = applied(a_book(tmp_path / name, changes), wei, ana)
        with CaptureQueriesContext(connection) as queries:
            assert undone(batch, wei, ana).status == "undone"
        assert not Loan.objects.exclude(annual_rate=None).exists()
        return len(queries)

    one = cost("b", RATE)
    all_three = cost("c", [(file, old, new if new.endswith(("rate\n", "0.072\n")) else new[:-1] + "0.06\n")
                           for file, old, new in RATE])  # fmt: skip
    assert LedgerEntry.objects.filter(what="loan.retracted").count() == 4
    assert all_three - one <= 2 * 11


def test_an_undo_that_is_stuck_is_withdrawn_by_a_lead_and_nothing_is_gone(wei, ana, clock, book, monkeypatch):
    monkeypatch.setattr(returning, "take_back", lambda *_, **__: 1 / 0)
    undone(book, wei, ana)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    book = ImportBatch.objects.get(pk=book.pk)
    assert (book.status, book.is_stuck) == ("undoing", True)
    with pytest.raises(intake.NotAllowed, match="withdraw"):
        intake.withdraw(batch=book, reason=REASON, by=wei, at=NOON)
    intake.withdraw(batch=book, reason=REASON, by=ana, at=NOON)
    book.refresh_from_db()
    assert (book.status, book.refusal, book.undone_by, Loan.objects.count()) == ("applied", "", None, 3)
    monkeypatch.undo()
    assert undone(book, wei, ana).status == "undone"


def test_a_rate_that_was_added_is_taken_back(wei, ana, book, tmp_path):
    batch = applied(a_book(tmp_path / "b", RATE), wei, ana)
    assert str(third().annual_rate).startswith("0.072")
    assert undone(batch, wei, ana).status == "undone"
    assert third().annual_rate is None


def test_rows_of_an_addition_that_came_to_differ_are_kept_for_mending(wei, operator, book, tmp_path):
    batch = checked(a_book(tmp_path / "b", MORE), wei)
    shard = batch.run.shards.get(params__has_key="first")
    judged = judging.judge(batch, shard.params, at=NOON)
    assert not judged.refused_loans
    archive.pay(loan=third(), paid=paid("P2", TODAY, 7), by=operator, at=NOON)
    assert ranges.extend(batch, judged, by=operator, at=NOON) == []
    assert (judged.refused_loans, judged.refused_borrowers) == ({"L3"}, {"B2"})
    ranges.leave(batch, shard.params, judged)
    kept = set(batch.rows.values_list("kind", "key"))
    assert kept >= {("loan", "L3"), ("borrower", "B2"), ("payment", "P2")}

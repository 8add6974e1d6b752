"""The monitor: who is late or soon due among those who settled before, and who may see whom."""

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.pages.monitor import NONE_OF_MINE, NONE_OF_SAMPLE
from servicing.actions import archive as archived
from servicing.actions import ledger
from servicing.domain import archive
from servicing.models import Instalment, Loan, OldestDue, Pause, Payment, Reminder
from servicing.models.monitor import standings
from tests import stories
from tests.cast import NOON, TODAY


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def again(db):
    """again("L7", -5, 25) -> an open loan of somebody who settled before, due 5 days ago and in 25 days."""

    def again(number, *due_in, paid=0, grace=0, borrower=None, sampled=True, kind="early"):
        borrower = borrower or stories.a_borrower(sampled=sampled)
        former = stories.a_loan(borrower, number=f"{number}-former", days_late=-3, kind=kind)
        loan = Loan.objects.create(
            borrower=borrower, product=former.product, source=borrower.source, external_id=number,
            principal=Decimal(100 * len(due_in)), total_due=Decimal(100 * len(due_in)),
            disbursed_on=TODAY - timedelta(days=90), known_on=TODAY - timedelta(days=90),
        )  # fmt: skip
        for at, days in enumerate(due_in, start=1):
            due_on = TODAY + timedelta(days=days)
            cleared = due_on if at <= paid else None
            Instalment.objects.create(
                loan=loan, number=at, due_on=due_on, amount=100, grace_days=grace, cleared_on=cleared
            )
            if cleared:
                Payment.objects.create(
                    loan=loan, external_id=f"P{at}", amount=100, paid_at=NOON, paid_on=due_on, known_on=due_on
                )
        return loan

    return again


def opened(client, person, query=""):
    client.force_login(person)
    return client.get(f"/monitor/{query}")


def numbers(response):
    return [row.loan.external_id for row in response.context["page"].rows]


def counts(response):
    return response.context["counts"]


@pytest.fixture
def six(again):
    again("FIRST", -5, 25)
    again("SECOND", -40, -10, 20, paid=1)
    again("FRESH", -61, -31, -1, paid=2)
    again("SOON", -27, 3, paid=1)
    again("TODAY", 0)
    again("LATER", 4)


def test_each_tab_holds_what_it_says(client, ana, six):
    assert numbers(opened(client, ana)) == ["SECOND", "FIRST", "FRESH"]
    assert numbers(opened(client, ana, "?tab=first")) == ["FIRST"]
    assert numbers(opened(client, ana, "?tab=second")) == ["SECOND"]
    assert numbers(opened(client, ana, "?tab=soon")) == ["TODAY", "SOON"]
    assert numbers(opened(client, ana, "?tab=all")) == ["SECOND", "FIRST", "FRESH", "TODAY", "SOON", "LATER"]
    assert counts(opened(client, ana)) == {"late": 3, "fresh": 1, "first": 1, "second": 1, "soon": 2}


def test_who_never_settled_is_not_here(client, ana, again):
    loan = again("NEW", -5)
    loan.borrower.settlements.all().delete()
    assert numbers(opened(client, ana, "?tab=all")) == []


def test_grace_and_pauses_are_deducted(client, ana, again):
    again("GRACE", -5, grace=5)
    again("OVER", -5, grace=4)
    paused = again("PAUSED", -5)
    Pause.objects.create(
        loan=paused, starts_on=TODAY - timedelta(days=9), ends_on=TODAY + timedelta(days=9), reason="flood"
    )
    part = again("PART", -10)
    Pause.objects.create(
        loan=part, starts_on=TODAY - timedelta(days=3), ends_on=TODAY - timedelta(days=2), reason="flood"
    )
    page = opened(client, ana)
    assert [(row.loan.external_id, row.days) for row in page.context["page"].rows] == [
        ("PART", 8),
        ("OVER", 5),
    ]


def test_a_loan_says_the_same_here_and_on_its_own_page(db, six):
    rows = list(OldestDue.objects.monitored(on=TODAY).for_monitor_page())
    assert len(rows) == 6
    for loan, (stands, _sent, _latest) in standings(rows, on=TODAY).items():
        row = next(row for row in rows if row.loan_id == loan)
        assert stands.dpd == row.days
        assert stands.bucket == archive.bucket(row.days)


def test_what_is_written_off_is_neither_late_nor_due_soon(client, ana, again, operator):
    late, soon = again("LOST", -40), again("GONE", 2)
    for loan in (late, soon):
        archived.write_off(loan=loan, on=TODAY, by=operator, at=NOON)
    assert numbers(opened(client, ana)) == numbers(opened(client, ana, "?tab=soon")) == []
    everything = opened(client, ana, "?tab=all")
    assert numbers(everything) == ["LOST", "GONE"]
    assert everything.content.decode().count("已核销") >= 2
    assert counts(everything) == {"late": 0, "fresh": 0, "first": 0, "second": 0, "soon": 0}
    assert everything.context["bucket_rows"] == []


def test_a_loan_that_comes_in_written_off_is_known_as_such(again):
    Loan.objects.filter(pk=again("LOST", -40).pk).update(written_off_on=TODAY)
    row = OldestDue.objects.get()
    Instalment.objects.filter(loan=row.loan_id).update(number=2)
    row.refresh_from_db()
    assert (row.number, row.written_off_on) == (2, TODAY)
    Loan.objects.filter(pk=row.loan_id).update(written_off_on=None)
    row.refresh_from_db()
    assert row.written_off_on is None


OVERLAPS = [
    [(-9, -5), (-7, -3)],  # overlap
    [(-9, -5), (-4, -3)],  # touch
    [(-9, -1), (-7, -3), (-8, 2)],  # one within another, and one into the future
    [(-30, -8), (-12, -9), (-3, 9)],  # from before the due date
    [(-30, -20), (3, 9)],  # none of it counts
]


@pytest.mark.parametrize("pauses", OVERLAPS)
def test_a_day_paused_twice_is_deducted_once_here_as_on_the_loans_page(again, pauses):
    loan = again("PAUSED", -10)
    for first, last in pauses:
        Pause.objects.create(
            loan=loan, starts_on=TODAY + timedelta(days=first), ends_on=TODAY + timedelta(days=last),
            reason="flood",
        )  # fmt: skip
    row = OldestDue.objects.monitored(on=TODAY).get()
    assert row.days == standings([row], on=TODAY)[loan.pk][0].dpd


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("bucket=1", ["SECOND", "FIRST", "FRESH"]),
        ("bucket=2", []),
        ("former=early", ["SECOND", "FIRST", "FRESH"]),
        ("former=late", []),
        (f"due={TODAY - timedelta(days=5)}", ["FIRST"]),
        ("tab=nonsense", ["SECOND", "FIRST", "FRESH"]),
        ("sort=-due", ["FRESH", "FIRST", "SECOND"]),
        ("bucket=nonsense", []),
    ],
)
def test_filters_and_order_live_in_the_address(client, ana, six, query, shown):
    assert numbers(opened(client, ana, f"?{query}")) == shown


def test_a_bar_leads_to_as_many_loans_as_it_says(client, ana, six, again):
    again("OLD", -100, kind="late")
    (rows,) = [opened(client, ana).context["bucket_rows"]]
    for _words, cells, _total in rows:
        for loans, url in cells:
            assert len(numbers(client.get(url))) == loans
    assert sum(total for _words, _cells, total in rows) == 4


def test_an_officer_sees_the_borrowers_of_own_cases(client, wei, bo, ana, six, again):
    mine = again("MINE", -2)
    stories.a_case(mine.borrower, owner=wei)
    assert numbers(opened(client, wei)) == ["MINE"]
    assert counts(opened(client, wei))["late"] == 1
    assert numbers(opened(client, bo)) == []
    assert len(numbers(opened(client, ana))) == 4


def test_an_auditor_sees_the_sample(client, ada, again):
    again("IN", -2)
    again("OUT", -2, sampled=False)
    assert numbers(opened(client, ada)) == ["IN"]


def test_names_are_masked_and_reminders_counted(client, ana, again):
    loan = again("L7", -2)
    for number in "12":
        Reminder.objects.create(loan=loan, external_id=number, sent_at=NOON, sent_on=TODAY, channel="sms")
    html = opened(client, ana).content.decode()
    assert stories.NAME not in html
    assert '2 <span class="soft">2026-11-23 12:00</span>' in html


def test_every_instalment_is_named_alike(client, ana, again):
    for paid in (0, 1, 2):
        again(f"L{paid}", -40, -30, -5, paid=paid)
    page = opened(client, ana, "?sort=number").content.decode()
    assert [page.count(f"第 {number} 期") for number in (1, 2, 3)] == [1, 1, 1]
    assert "第 1 期（首期）" in page


def test_a_refresh_brings_only_what_changed(client, ana, again):
    again("A", -2)
    page = opened(client, ana)
    seen = "&".join(f"seen={mark}" for _html, mark in page.context["parts"].values())
    nothing = client.get(f"/monitor/live/?{seen}").content.decode()
    assert "part-" not in nothing
    assert "said" not in nothing
    again("B", 2)
    changed = client.get(f"/monitor/live/?{seen}").content.decode()
    assert 'id="part-tabs"' in changed
    assert 'id="part-rows"' not in changed
    again("C", -3)
    changed = client.get(f"/monitor/live/?{seen}").content.decode()
    assert 'id="part-rows"' in changed
    assert "seen=" not in changed


def test_where_the_ledger_stands_still_nothing_is_counted(client, ana, again, operator):
    loan = again("A", -2)
    page = opened(client, ana)
    seen = f"/monitor/live/?seen={page.context['mark']}"
    with CaptureQueriesContext(connection) as asked:
        assert client.get(seen).status_code == 204
    assert "oldestdue" not in str(asked.captured_queries)
    leave("borrower.viewed", loan.borrower, operator)
    assert client.get(seen).status_code == 204
    leave("reminder.sent", loan, operator)
    fresh = client.get(seen)
    assert 'id="seen-mark"' in fresh.content.decode()
    assert client.get(f"/monitor/live/?seen={fresh.context['mark']}").status_code == 204


def leave(what, target, by):
    """A row of the ledger, chained now as it is at a commit."""
    ledger.record(what=what, target=target, by=by, at=NOON)
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set constraints all deferred")


def test_who_sees_a_part_only_is_not_told_that_nobody_is_late(client, wei, ada, again):
    again("ELSEWHERE", -5, sampled=False)
    for person, words in ((wei, NONE_OF_MINE), (ada, NONE_OF_SAMPLE)):
        page = opened(client, person)
        assert counts(page)["late"] == 0
        assert page.context["view"].empty() == words


def test_the_page_asks_as_much_for_one_loan_as_for_many(client, ana, again):
    again("L0", -2)
    opened(client, ana)
    with CaptureQueriesContext(
        connection,
    ) as one:
        opened(client, ana)
    for number in range(1, 8):
        again(f"L{number}", -2 - number)
    with CaptureQueriesContext(connection) as many:
        opened(client, ana)
    assert len(many) == len(one)


def test_the_monitor_leaves_as_a_masked_file(client, ana, six):
    client.force_login(ana)
    given = {"format": "csv", "reason": "review", "words": "look at the late ones together"}
    text = client.post("/exports/new/?of=monitor&tab=all", given).content.decode("utf-8-sig")
    _line, head, *rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == len(numbers(opened(client, ana, "?tab=all")))
    assert not [cell for row in rows for cell in row if "<" in cell or stories.NAME in cell]
    assert {len(row) for row in rows} == {len(head)}

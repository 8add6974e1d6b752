import json
import time
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from reviews import tasks
from reviews.actions import recheck
from reviews.actions.recheck import judging
from reviews.models import Alert, Case, RuleHold, Snapshot
from servicing.actions import ledger
from servicing.actions.archive import stamp
from servicing.models import Borrower, BorrowerHistory, LedgerEntry, Period, Run, Shard, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, made_up, settle

pytestmark = pytest.mark.django_db
COUNTS = ("opened", "refreshed", "closed")


def on(days):
    return TODAY + timedelta(days=days)


def counts(run):
    return tuple(run.result[name] for name in COUNTS)


@pytest.fixture
def go(clock):
    """Recheck everybody as of a day: a past one today, a coming one at its own noon."""

    def go(day=TODAY, **rest):
        return recheck.run(as_of=day, by=clock, at=max(NOON, NOON + (day - TODAY)), **rest)

    return go


@pytest.fixture
def crowd():
    """Forty quiet borrowers, so that one who is not quiet is no more than a few per cent."""
    for number in range(40):
        a_loan(a_borrower(f"Q{number}"), on(-400), settled_on=on(-300))


@pytest.fixture
def late(crowd):
    """One borrower with four good loans and then one settled eight days late."""
    borrower = a_borrower("late")
    for _ in range(4):
        a_loan(borrower, on(-400), settled_on=on(-300))
    a_loan(borrower, on(-400), settled_on=on(-100), days_late=8)
    return borrower


def test_a_run_judges_everybody_once_and_a_second_changes_nothing(go):
    made_up(1, TODAY)
    settled = Borrower.objects.settled(on=TODAY).count()
    first = go()
    before = list(Snapshot.objects.values()), list(Alert.objects.values())
    second = go()
    assert first.result["borrowers"] == first.result["snapshots"] == settled
    assert first.result["opened"] == Alert.objects.count() > 0
    assert counts(second) == (0, 0, 0)
    assert (list(Snapshot.objects.values()), list(Alert.objects.values())) == before
    assert [s.result["digest"] for s in first.shards.all()] == [
        s.result["digest"] for s in second.shards.all()
    ]


def test_shards_leave_their_counts_and_digests_in_the_ledger(go):
    Period.objects.create(code="recheck.shard", value=200, citation="test", valid_from=on(-1))
    made_up(1, TODAY)
    run = go()
    for shard in run.shards.all():
        assert ledger.latest(shard).detail["digest"] == shard.result["digest"]
        assert shard.result["borrowers"] == shard.size


def test_an_alert_keeps_what_it_saw_and_shows_what_is_now(go, late):
    go()
    alert = Alert.objects.get()
    assert (alert.rule, alert.severity, alert.status, alert.is_opening) == ("last_late", 8, "open", True)
    assert (
        alert.evidence
        == alert.latest
        == {
            "as_of": str(TODAY),
            "version": 1,
            "conditions": [{"feature": "last_days_late", "op": ">=", "threshold": 8}],
            "values": {"last_days_late": 8},
        }
    )
    a_loan(late, on(-400), settled_on=on(1), days_late=20)
    assert counts(go(on(1))) == (0, 1, 0)
    alert.refresh_from_db()
    assert (alert.evidence["values"], alert.latest["values"]) == (
        {"last_days_late": 8},
        {"last_days_late": 20},
    )
    assert (alert.severity, alert.refreshed_on, alert.latest["as_of"]) == (20, on(1), str(on(1)))


def test_another_day_alone_is_no_difference(go, late):
    go()
    assert counts(go(on(1))) == (0, 0, 0)
    assert Alert.objects.get().refreshed_on == TODAY


def test_an_alert_closes_when_its_rule_stops_and_opens_anew_when_it_fires_again(go, late):
    go()
    a_loan(late, on(-400), settled_on=on(1))
    assert counts(go(on(1))) == (0, 0, 1)
    gone = Alert.objects.get()
    assert (gone.status, gone.closed_on) == ("closed", on(1))
    assert Case.objects.for_case_page().get().has_alerts_gone
    a_loan(late, on(-400), settled_on=on(2), days_late=9)
    assert counts(go(on(2))) == (1, 0, 0)
    assert Alert.objects.live().get().case == gone.case
    assert not Case.objects.for_case_page().get().has_alerts_gone


def answered(alert):
    Case.objects.filter(pk=alert.case_id).update(status="closed", closed_at=NOON, owner=1, taken_at=NOON)
    Alert.objects.filter(pk=alert.pk).update(status="answered", answered_severity=alert.severity)


def test_an_answered_alert_comes_back_only_when_it_got_worse(go, late):
    go()
    alert = Alert.objects.get()
    answered(alert)
    settle(a_loan(late, on(-400)), on(1), days_late=8)
    go(on(1))
    alert.refresh_from_db()
    assert alert.status == "answered"
    settle(a_loan(late, on(-400)), on(2), days_late=9)
    assert counts(go(on(2))) == (0, 1, 0)
    first, case = alert.case, Alert.objects.get().case
    assert case != first
    assert (case.status, case.opened_on, Alert.objects.get().status) == ("open", on(2), "open")


def test_an_answered_alert_closes_too(go, late):
    go()
    answered(Alert.objects.get())
    a_loan(late, on(-400), settled_on=on(1))
    assert counts(go(on(1))) == (0, 0, 1)


def test_a_past_day_gets_snapshots_and_moves_no_alert(go, late):
    go()
    a_loan(late, on(-400), settled_on=on(-99))
    before = list(Alert.objects.values())
    run = go(on(-99))
    assert (run.result["snapshots"], *counts(run)) == (41, 0, 0, 0)
    assert Snapshot.objects.on(on(-99)).count() == 41
    assert list(Alert.objects.values()) == before
    assert not RuleHold.objects.filter(run=run).exists()


def test_a_day_before_a_borrowers_own_newest_snapshot_moves_no_alert_of_his(go, late):
    go(on(-2))
    a_loan(late, on(-400), settled_on=TODAY)
    go(TODAY, borrower=late)
    assert not Alert.objects.live().exists()
    assert counts(go(on(-1))) == (0, 0, 0)
    assert Snapshot.objects.on(on(-1)).count() == 41


def test_only_the_first_balance_is_an_opening_balance(go, late):
    go()
    other = a_borrower("other")
    a_loan(other, on(-400), settled_on=on(1), days_late=8)
    go(on(1))
    assert list(Alert.objects.order_by("pk").values_list("is_opening", flat=True)) == [True, False]


def test_a_history_imported_later_is_an_opening_balance_too(go, clock, crowd):
    go()
    known = Borrower.objects.get(reference="Q0")
    a_loan(known, on(-400), settled_on=TODAY, days_late=31)
    for name, ended in (("imported", on(-300)), ("fresh", TODAY), ("yesterday", on(-1))):
        a_loan(a_borrower(name), on(-400), settled_on=ended, days_late=31)
    for borrower in Borrower.objects.exclude(reference__startswith="Q") | Borrower.objects.filter(
        pk=known.pk
    ):
        Stamp.objects.create(borrower=borrower, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 4
    found = set(Alert.objects.values_list("borrower__reference", "is_opening"))
    assert found == {("Q0", False), ("imported", True), ("fresh", False), ("yesterday", False)}


def test_a_rule_that_fires_too_often_is_held(go):
    for number in range(20):
        a_loan(a_borrower(f"L{number}"), on(-400), settled_on=on(-100), days_late=8 if number < 2 else 0)
    go()
    hold = RuleHold.objects.get()
    assert (hold.rule, hold.fired, hold.borrowers) == ("last_late", 2, 20)
    assert {a.status for a in Alert.objects.all()} == {"waiting"}
    assert not Case.objects.exists()


def test_a_rule_that_fires_on_exactly_the_limit_is_not_held(go):
    for number in range(20):
        a_loan(a_borrower(f"L{number}"), on(-400), settled_on=on(-100), days_late=8 if number < 1 else 0)
    go()
    assert not RuleHold.objects.exists()
    assert Case.objects.count() == 1


def test_one_borrower_alone_is_judged_by_the_same_text(go, late):
    run = go(borrower=late)
    assert run.result["borrowers"] == run.result["snapshots"] == run.result["opened"] == 1
    go()
    snapshot = Snapshot.objects.get(borrower=late)
    assert (snapshot.fired, snapshot.edition) == ([2], 2)
    assert not RuleHold.objects.exists()


def test_a_borrower_without_a_settled_loan_is_not_judged(go):
    borrower = a_borrower("open")
    a_loan(borrower, on(-10))
    assert go(borrower=borrower).result["snapshots"] == 0
    assert go().result["borrowers"] == 0


def test_the_night_is_planned_once_and_a_rerun_is_a_run_of_its_own(clock):
    nights = {recheck.start(as_of=TODAY, by=clock, at=NOON, slot=str(TODAY)).pk for _ in range(3)}
    assert len(nights) == 1
    again = [recheck.start(as_of=TODAY, by=clock, at=NOON).slot for _ in range(2)]
    assert again == [f"{TODAY}#2", f"{TODAY}#3"]


def test_stamped_borrowers_wait_for_the_first_run_and_then_are_judged_at_once(go, late, clock):
    quiet = Borrower.objects.get(reference="Q0")
    Stamp.objects.create(borrower=quiet, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 0
    go()
    assert not Stamp.objects.exists()
    a_loan(quiet, on(-400), settled_on=TODAY, days_late=31)
    Stamp.objects.create(borrower=quiet, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert set(Alert.objects.filter(borrower=quiet).values_list("rule", "status")) == {
        ("worst_late", "open"),
        ("last_late", "open"),
    }
    assert recheck.judge_dirty(by=clock, at=NOON) == 0
    assert LedgerEntry.objects.filter(what="recheck.rejudged").count() == 1
    assert counts(go()) == (0, 0, 0)


def test_a_rule_that_an_import_makes_fire_too_often_is_held_before_the_queue_fills(go, crowd, clock):
    go()
    for number in range(20):
        borrower = a_borrower(f"L{number}")
        a_loan(borrower, on(-400), settled_on=TODAY, days_late=8)
        Stamp.objects.create(borrower=borrower, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 20
    hold = RuleHold.objects.get()
    assert (hold.rule, hold.fired, hold.borrowers) == ("last_late", 20, 60)
    assert Alert.objects.waiting().count() == 20
    assert not Case.objects.exists()


def test_a_rule_that_event_after_event_makes_fire_too_often_is_held_too(go, crowd, clock):
    go()
    held = []
    for number in range(3):
        a_loan(Borrower.objects.get(reference=f"Q{number}"), on(-400), settled_on=TODAY, days_late=8)
        Stamp.objects.create(borrower=Borrower.objects.get(reference=f"Q{number}"), stamped_at=NOON)
        recheck.judge_dirty(by=clock, at=NOON)
        held.append(list(RuleHold.objects.values_list("rule", "fired", "borrowers")))
    assert held == [[], [], [("last_late", 3, 40)]]


def test_an_event_asks_the_database_little_and_its_statement_is_planned_once(
    go, crowd, clock, django_assert_max_num_queries
):
    go()
    for number in range(2):
        Stamp.objects.create(borrower=Borrower.objects.get(reference=f"Q{number}"), stamped_at=NOON)
        with django_assert_max_num_queries(23):
            assert recheck.judge_dirty(by=clock, at=NOON) == 1
    with connection.cursor() as cursor:
        cursor.execute("select generic_plans, custom_plans from pg_prepared_statements")
        assert cursor.fetchall() == [(2, 0)]


def locked():
    """The locks that this transaction holds on days of snapshots and their indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, mode from pg_locks join pg_class c on c.oid = relation"
            " where pid = pg_backend_pid() and relname like 'reviews_snapshot_2%'"
        )
        return set(cursor.fetchall())


def test_an_event_locks_only_the_days_that_may_stand_however_many_there_are(go, crowd, clock):
    for number in range(1, 41):
        judging.make_room(on(-number))
    go(on(-2))
    Stamp.objects.create(borrower=Borrower.objects.get(reference="Q0"), stamped_at=NOON)
    before = locked()
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    days = {f"reviews_snapshot_{on(-number):%Y%m%d}" for number in range(3)}
    assert {name.removesuffix("_pkey") for name, _mode in locked() - before} <= days
    # And those it did lock, though the run held some of them already.
    assert days <= {name for name, mode in locked() if mode == "RowExclusiveLock"}


def test_a_rule_is_measured_by_those_who_are_settled_now(go, crowd, clock):
    go()
    BorrowerHistory.objects.exclude(borrower__reference__in=["Q0", "Q1"]).delete()
    a_loan(Borrower.objects.get(reference="Q0"), on(-400), settled_on=TODAY, days_late=8)
    Stamp.objects.create(borrower=Borrower.objects.get(reference="Q0"), stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert (RuleHold.objects.get().fired, RuleHold.objects.get().borrowers) == (1, 2)


def test_what_waits_comes_in_with_the_next_event_though_it_opens_nothing(go, late, clock):
    go()
    Alert.objects.update(status="waiting", case=None)
    Case.objects.all().delete()
    Stamp.objects.create(borrower=Borrower.objects.get(reference="Q0"), stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == 1
    assert Alert.objects.get().status == "open"


def test_a_run_over_nobody_is_not_the_first_balance(go, clock):
    go()
    assert (recheck.newest_day(), recheck.judge_dirty(by=clock, at=NOON)) == (None, 0)


def test_time_that_is_up_leaves_the_rest_for_the_next_look(late, clock):
    Stamp.objects.create(borrower=late, stamped_at=NOON)
    recheck.start(as_of=TODAY, by=clock, at=NOON)
    assert recheck.work(by=clock, at=NOON, until=time.monotonic()) == 0
    assert recheck.work(by=clock, at=NOON, until=time.monotonic() + 60) == Shard.objects.count() > 0
    Stamp.objects.create(borrower=late, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON, until=time.monotonic()) == 0
    assert recheck.judge_dirty(by=clock, at=NOON, until=time.monotonic() + 60) == 1


def test_a_live_alert_follows_its_rule(go, late):
    go()
    stale = Alert.objects.get()
    old = stale.latest | {"version": 0}
    Alert.objects.update(rule_version=0, priority=1, group="borrowing", latest=old)
    assert counts(go()) == (0, 1, 0)
    alert = Alert.objects.get()
    assert (alert.rule_version, alert.priority, alert.group) == (1, stale.priority, stale.group)


def test_a_past_days_run_leaves_stamps_alone(go, late):
    go()
    Stamp.objects.create(borrower=late, stamped_at=NOON)
    go(on(-3))
    assert recheck.newest_day() == TODAY
    assert Stamp.objects.get().borrower == late


def test_incremental_and_full_judgement_agree_bit_by_bit(go, clock):
    made_up(5, TODAY)
    go(on(-1))
    everybody = list(Borrower.objects.values_list("pk", flat=True))
    stamp(everybody, at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON) == len(everybody)
    columns = [f.name for f in Snapshot._meta.fields if f.name not in ("judged_at",)]
    snapshots = list(Snapshot.objects.on(TODAY).order_by("borrower").values(*columns))
    alerts = list(Alert.objects.order_by("pk").values())
    assert counts(go()) == (0, 0, 0)
    assert list(Snapshot.objects.on(TODAY).order_by("borrower").values(*columns)) == snapshots
    assert list(Alert.objects.order_by("pk").values()) == alerts


def test_the_command_prints_one_object_and_nothing_else(late):
    out = StringIO()
    call_command("recheck", "--json", stdout=out)
    found = json.loads(out.getvalue())
    assert list(found) == [
        "as_of",
        "borrowers",
        "judged",
        "snapshots",
        "opened",
        "refreshed",
        "closed",
        "seconds",
    ]
    assert found["as_of"] == str(timezone.localdate())
    assert found["borrowers"] == found["snapshots"] == 41


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--as-of", "soon"), "'soon' is not a day"),
        (("--as-of", "2999-01-01"), "has not come yet"),
        (("--borrower", "nobody"), "No borrower has the reference 'nobody'"),
    ],
)
def test_the_command_refuses_with_a_sentence(options, sentence):
    out = StringIO()
    with pytest.raises(CommandError, match=sentence) as refused:
        call_command("recheck", *options, "--json", stdout=out)
    assert (out.getvalue(), refused.value.returncode) == ("", 1)


def test_the_night_is_found_by_looking_and_planned_once(clock, late):
    first = recheck.tonight(by=clock, at=NOON)
    assert (first.slot, sum(first.shards.values_list("size", flat=True))) == (str(TODAY), 41)
    assert recheck.tonight(by=clock, at=NOON + timedelta(minutes=5)) is None
    assert recheck.tonight(by=clock, at=NOON + timedelta(days=1)).slot == str(on(1))


def test_a_night_over_nobody_or_over_half_a_book_is_not_planned_yet(clock):
    assert recheck.tonight(by=clock, at=NOON) is None
    a_loan(a_borrower(), on(-400), settled_on=on(-300))
    half = Run.objects.create(kind="import.apply", slot="1", by=clock, started_at=NOON)
    assert recheck.tonight(by=clock, at=NOON) is None
    Run.objects.filter(pk=half.pk).update(status="stuck")
    assert recheck.tonight(by=clock, at=NOON)


def test_tasks_may_run_twice(late):
    for _ in range(2):
        tasks.recheck_tonight(later_argument=1)
        tasks.recheck_work()
        tasks.rejudge()
    assert Run.objects.get(kind="recheck").status == "done"
    assert Snapshot.objects.count() == 41

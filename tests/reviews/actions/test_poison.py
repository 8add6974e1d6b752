"""One borrower whom no judging survives: all others are judged, and he is shown until somebody acts."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError, connection
from django.db.models import Sum

from reviews.actions import recheck
from reviews.actions.recheck import isolation, judging
from reviews.models import PortfolioDay, Snapshot
from servicing.actions import archive, jobs, ledger
from servicing.actions.archive import stamp
from servicing.models import Borrower, Period, Shard, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.crowd import crowd
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db
MANY, SHARD = 1000, 200


@pytest.fixture
def bad(clock):
    """One of a thousand, in the middle of a shard: his last payoff lies on no day of the calendar."""
    Period.objects.create(code="recheck.shard", value=SHARD, citation="test", valid_from=TODAY)
    crowd(MANY, today=TODAY)
    borrower = Borrower.objects.order_by("pk")[333]
    paid_off_on(borrower, "'infinity'")
    return borrower


def paid_off_on(borrower, day):
    with connection.cursor() as cursor:
        said = f"update servicing_borrowerhistory set last_settled_on = {day} where borrower_id = %s"  # noqa: S608
        cursor.execute(said, [borrower.pk])


def heal(borrower):
    paid_off_on(borrower, "valid_from")


def go(clock):
    return recheck.run(as_of=TODAY, by=clock, at=NOON)


def judge(clock):
    return recheck.judge_dirty(by=clock, at=NOON)


def test_a_run_ends_without_the_one_who_cannot_be_judged(bad, clock):
    run = go(clock)
    assert (run.status, run.result["borrowers"], run.result["quarantined"]) == ("done", MANY - 1, 1)
    alone = run.shards.get(status="quarantined")
    assert (alone.size, alone.attempts, alone.trouble) == (1, 3, "DataError")
    found = jobs.progress(run)
    assert (found["total"], found["total_done"]) == (MANY, MANY - 1)
    assert not Snapshot.objects.filter(borrower=bad).exists()
    assert PortfolioDay.objects.on(TODAY).aggregate(all=Sum("borrowers"))["all"] == MANY - 1
    assert Stamp.objects.set_aside().get().borrower == bad
    # What all others got is what a run without poison gives them.
    heal(bad)
    assert recheck.retry(borrower=bad, by=clock, at=NOON)
    assert judge(clock) == 1
    again = go(clock).result
    assert (again["opened"], again["refreshed"], again["closed"], again["quarantined"]) == (0, 0, 0, 0)
    assert again["snapshots"] == MANY
    assert not Stamp.objects.exists()


def test_a_fact_about_him_delays_no_neighbour_and_sets_him_aside_after_three_attempts(bad, clock):
    heal(bad)
    go(clock)
    paid_off_on(bad, "'infinity'")
    stamp(list(Borrower.objects.values_list("pk", flat=True)[300:350]), at=NOON)
    assert judge(clock) == 49
    for attempts in (1, 2):
        left = Stamp.objects.to_judge().get()
        assert (left.borrower, left.attempts, left.trouble) == (bad, attempts, "DataError")
        assert judge(clock) == 0
    assert Stamp.objects.set_aside().get().attempts == 3
    assert ledger.latest(bad).what == "borrower.set_aside"
    heal(bad)
    assert judge(clock) == 0  # nobody said that anything has changed
    stamp([bad.pk], at=NOON)
    assert judge(clock) == 1
    assert not Stamp.objects.exists()


@pytest.mark.parametrize("others", [0, MANY // 2])
def test_a_night_of_those_who_changed_leaves_him_until_a_fact_or_a_person_asks(bad, clock, others):
    """However many have changed: else he would have the range of all others fail night after night."""
    go(clock)
    aside = Stamp.objects.values().get()
    assert (aside["borrower_id"], aside["attempts"]) == (bad.pk, 3)
    stamp(list(Borrower.objects.values_list("pk", flat=True)[400 : 400 + others]), at=NOON)
    night = changed_night(clock, days=1)
    assert (night.result["quarantined"], night.result["borrowers"]) == (0, MANY - 1)
    # No part failed, and none was halved.
    parts = list(night.shards.order_by("number").values_list("number", "attempts"))
    assert parts == [(number, 1) for number, _part in enumerate(parts, start=1)]
    assert Stamp.objects.values().get() == aside
    assert recheck.coverage(at=NOON + timedelta(days=1)).parts["aside"] == 1
    stamp([bad.pk], at=NOON + timedelta(days=1))
    night = changed_night(clock, days=2)
    assert (night.result["quarantined"], Stamp.objects.to_judge().get().borrower) == (1, bad)
    for _attempt in range(3):
        assert recheck.judge_dirty(by=clock, at=NOON + timedelta(days=2)) == 0
    assert recheck.retry(borrower=bad, by=clock, at=NOON + timedelta(days=2))
    heal(bad)
    night = changed_night(clock, days=3)
    assert (night.result["quarantined"], night.result["borrowers"]) == (0, MANY)
    assert not Stamp.objects.exists()


def changed_night(clock, *, days):
    at = NOON + timedelta(days=days)
    with time_machine.travel(at):
        run = recheck.run(as_of=TODAY + timedelta(days=days), by=clock, at=at, changed=True)
    assert "since" in run.params
    return run


def test_a_run_over_everybody_tries_who_was_set_aside(bad, clock):
    go(clock)
    heal(bad)
    again = go(clock).result
    assert (again["quarantined"], again["borrowers"]) == (0, MANY)
    assert not Stamp.objects.exists()


def test_a_person_has_him_tried_again(bad, clock, client, wei, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)
    go(clock)
    client.force_login(wei)
    assert bad.reference in client.get("/recheck/").content.decode()
    client.post(f"/recheck/borrowers/{bad.reference}/retry/")
    assert (Stamp.objects.to_judge().get().borrower, ledger.latest(bad).by) == (bad, wei)
    assert not recheck.retry(borrower=bad, by=wei, at=NOON)


def test_a_part_whose_workers_were_killed_three_times_is_halved_with_fresh_attempts(bad, clock):
    heal(bad)
    run = recheck.start(as_of=TODAY, by=clock, at=NOON)
    whole = run.shards.get(number=2)
    spent = {"attempts": 3, "status": "leased", "leased_until": NOON.replace(year=2000)}
    Shard.objects.filter(pk=whole.pk).update(**spent)
    jobs.quarantine(by=clock, at=NOON, on=TODAY)
    halves = run.shards.filter(trouble="killed")
    assert [(half.attempts, half.status) for half in halves] == [(0, "waiting")] * 2
    assert sum(half.size for half in halves) == whole.size
    assert recheck.work(by=clock, at=NOON) == run.shards.count()
    run.refresh_from_db()
    assert (run.result["borrowers"], run.result["quarantined"]) == (MANY, 0)


def test_a_lost_connection_is_nobodys_poison(bad, clock, monkeypatch):
    def lose(**_):
        raise OperationalError

    run = recheck.start(as_of=TODAY, by=clock, at=NOON)
    before = run.shards.count()
    monkeypatch.setattr(judging, "judge", lose)
    recheck.work(by=clock, at=NOON, limit=3)
    assert run.shards.count() == before
    assert run.shards.filter(attempts=1, trouble="OperationalError").count() == 3
    stamp([bad.pk], at=NOON)
    monkeypatch.undo()
    heal(bad)
    assert recheck.work(by=clock, at=NOON) == before


def test_who_meets_the_trouble_of_the_house_alone_holds_up_the_line_for_three_calls(bad, clock, monkeypatch):
    heal(bad)
    go(clock)
    whole = judging.judge

    def lose(*, ids=None, **named):
        if ids and bad.pk in ids:
            raise OperationalError
        return whole(ids=ids, **named)

    monkeypatch.setattr(judging, "judge", lose)
    stamp([bad.pk], at=NOON)
    stamp([bad.pk + 1, bad.pk + 2], at=NOON + timedelta(seconds=1))
    assert [judge(clock) for _ in range(4)] == [0, 0, 0, 2]
    aside = Stamp.objects.get()
    assert (aside.borrower, aside.attempts, aside.trouble) == (bad, 3, "OperationalError")
    assert aside.aside_at


def test_a_run_ends_whatever_befalls_the_events_between_its_parts(bad, clock, monkeypatch):
    def lose(**_):
        raise OperationalError

    heal(bad)
    run = recheck.start(as_of=TODAY, by=clock, at=NOON)
    monkeypatch.setattr("reviews.actions.recheck.running.judge_dirty", lose)
    assert recheck.work(by=clock, at=NOON) == run.shards.count()
    run.refresh_from_db()
    assert run.status == "done"


def test_a_choice_ends_without_him_however_small_it_is(bad, clock, wei):
    run = recheck.choose(ids={bad.pk, bad.pk + 1}, token="t", by=wei, at=NOON)
    recheck.work(by=clock, at=NOON)
    run.refresh_from_db()
    assert (run.status, run.result["borrowers"], run.result["quarantined"]) == ("done", 1, 1)


def test_where_everything_fails_a_person_has_to_look(bad, clock, monkeypatch):
    def fail(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "judge", fail)
    monkeypatch.setattr("servicing.actions.jobs.failing.HALVINGS", 10)
    with pytest.raises(recheck.Stuck):
        go(clock)
    assert not recheck.whole_runs().exists()
    assert Shard.objects.count() <= MANY // SHARD + 1 + 10


def test_who_counted_on_a_past_day_and_was_undone_since_is_narrowed_down_with_the_others(clock):
    day, people = TODAY - timedelta(days=5), [a_borrower("one"), a_borrower("two")]
    for person in people:
        a_loan(person, day - timedelta(days=60), settled_on=day - timedelta(days=30))
    last = people[0].settlements.get()
    last.superseded_at, last.superseded_on = NOON, TODAY
    last.save(update_fields=["superseded_at", "superseded_on"])
    archive.roll_up([people[0].pk], on=TODAY, at=NOON)
    run = recheck.run(as_of=day, by=clock, at=NOON)
    assert isolation.members(run.shards.get()) == sorted(person.pk for person in people)

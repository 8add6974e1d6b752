"""Full runs, events and decisions at the same time neither block each other for good nor spoil a row."""

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from reviews.actions import cases, recheck
from reviews.models import Alert, Decision
from servicing.actions import ledger
from servicing.actions.archive import roll_up
from servicing.models import Borrower, BorrowerHistory, Period, Settlement, Shard, Staff, Stamp
from tests.reviews.crowd import crowd

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
BORROWERS, EVENTS = 2_000, 12


def test_runs_events_and_decisions_at_once(clock, wei):
    at = timezone.now()
    today = timezone.localdate(at)
    for code, value in (("recheck.shard", 200), ("alert.held_above", 100), ("queue.daily_capacity", 500)):
        Period.objects.create(code=code, value=value, citation="test", valid_from=today)
    crowd(BORROWERS, today=today)
    recheck.run(as_of=today - timedelta(days=1), by=clock, at=at)
    ids = list(Borrower.objects.order_by("pk").values_list("pk", flat=True))
    trouble, over = [], threading.Event()

    def forever(work):
        try:
            while not over.is_set():
                work()
        except Exception as error:
            trouble.append(error)
            over.set()
        finally:
            connections.close_all()

    def decide():
        person = Staff.objects.get(pk=wei.pk)
        if case := cases.take_next(by=person, at=at):
            shown = cases.digest(cases.seen(case))
            answer = {"verdict": "dismiss", "reason": "minor", "note": "", "seen_digest": shown}
            with suppress(cases.Changed):
                cases.decide(case=case, by=person, at=at, **answer)

    doers = [
        lambda: recheck.run(as_of=today, by=clock, at=at),
        lambda: recheck.run(as_of=today, by=clock, at=at),
        lambda: recheck.judge_dirty(by=clock, at=at),
        lambda: recheck.judge_dirty(by=clock, at=at),
        lambda: recheck.work(by=clock, at=at),
        decide,
    ]
    threads = [threading.Thread(target=forever, args=(doer,)) for doer in doers]
    for thread in threads:
        thread.start()
    for round_ in range(EVENTS):
        mine = ids[round_::EVENTS]
        late = 9 + round_
        Settlement.objects.filter(borrower__in=mine).update(days_late=late, worst_dpd=late)
        roll_up(mine, on=today, at=at)
        Stamp.objects.bulk_create([Stamp(pk=i, stamped_at=at) for i in mine], ignore_conflicts=True)
        over.wait(0.3)
    over.set()
    for thread in threads:
        thread.join(60)

    assert not trouble
    assert not Shard.objects.filter(attempts__gt=1).exists()
    recheck.judge_dirty(by=clock, at=at)
    again = recheck.run(as_of=today, by=clock, at=at).result
    assert (again["opened"], again["refreshed"], again["closed"]) == (0, 0, 0)
    assert Alert.objects.live().filter(rule="last_late").count() == BorrowerHistory.objects.count()
    assert Decision.objects.exists()
    assert ledger.verify()[1] is None

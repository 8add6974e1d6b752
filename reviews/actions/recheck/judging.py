"""Judges borrowers as of a day: one statement writes their snapshots and moves their alerts.

It compares states, so that judging twice changes nothing.
"""

import json
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from psycopg import Cursor
from psycopg.types.numeric import Int8

from reviews.actions import features, rules, scoring
from reviews.actions.recheck import statement
from reviews.actions.recheck.finished import days, first_day, newest_day
from reviews.models import Snapshot

# Borrower ids that share one lock; shards are cut at its multiples, so that no two of them share one.
BUCKET = 200
# Days that a payoff may take to reach us: one that is older was imported as history, not late as news.
NEWS = 7
# Up to so many ids, nested loops are the better plan.
FEW = 10


def judge(*, as_of, at, low=None, high=None, ids=None, shard=None):
    """Judge a range of ids or some ids in the caller's transaction, which holds their lock; returns counts.

    A day older than the newest finished run, or than a borrower's newest snapshot, moves no alert.
    An alert is part of the opening balance when there was no such run yet, or when it should have judged the
    borrower and did not know him: his history, more than NEWS days old by then, was imported after it.
    With a shard the range is judged anew: no row of an older day will ever stand again, and how the range
    stands is written as that shard's share of the day.
    """
    ruleset, is_anew = rules.current(), shard is not None
    found = parameters(as_of=as_of, at=at, low=low, high=high, ids=ids, shard=shard)
    text = statement.text(
        features.IDS if ids is not None else features.RANGE,
        ruleset,
        scoring.spans() if is_anew else None,
        is_first=is_anew and not has_rows(as_of, low=low, high=high),
        is_one_day=found["since_before"] == found["before"],
    )
    run = run_for_few if ids is not None and len(ids) <= FEW else run_for_many
    borrowers, opened, refreshed, closed, fired, digest = run(text, found | {"edition": ruleset.edition})
    return {
        "borrowers": borrowers,
        "snapshots": borrowers,
        "judged": borrowers,
        "opened": opened,
        "refreshed": refreshed,
        "closed": closed,
        "fired": json.loads(fired),
        "digest": digest or "",
        "edition": ruleset.edition,
    }


def parameters(*, as_of, at, low, high, ids, shard):
    """What the statement needs to know, but for the edition of its text."""
    newest, since_newest, since_anew = days(as_of)
    is_anew = shard is not None
    before = newest_day(before=as_of) if is_anew else None
    return features.parameters(as_of=as_of, on=timezone.localdate(at)) | {
        "low": low,
        "high": high,
        # Numbers of one size, whatever they are: a statement is planned for the types of its parameters.
        "ids": ids and [Int8(pk) for pk in ids],
        "at": at,
        "newest": newest,
        "since_newest": since_newest,
        "news": NEWS,
        "since": as_of if is_anew else since_anew,
        "shard": shard,
        "before": before,
        "since_before": before and first_day(before),
        # Where the day was judged before he dropped out of it, he stood on it.
        "ends": as_of + timedelta(days=newest is not None and newest >= as_of),
        "moves": newest is None or newest <= as_of,
    }


def run_for_many(text, parameters):
    """Fresh tables have no statistics, and then nested loops over a CTE take minutes where a hash join takes
    milliseconds. Forbidden plans look so dear that they would trigger the compiler, which costs more than it
    saves.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local jit = off; set local enable_nestloop = off")
        cursor.execute(text, parameters)
        found = cursor.fetchone()
        cursor.execute("set local enable_nestloop = on")
    return found


def run_for_few(text, parameters):
    """For a few ids nested loops are the better plan, and one plan is as good for all of them: the server
    makes it once a connection and a day, for to make it takes longer than to follow it. Its days are written
    out, or it would lock the partition of every day there is.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local jit = off; set local plan_cache_mode = force_generic_plan")
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement.dated(text, parameters), parameters, prepare=True)
        return cursor.fetchone()


def has_rows(day, *, low, high):
    """Whether anybody of a range was judged as of the day."""
    return Snapshot.objects.on(day).filter(borrower__gte=low, borrower__lte=high).exists()


def lock(*, ids, shared):
    """Hold the buckets of these ids until commit, in one order for all: a shard alone, events together."""
    call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {call}(hashtext('recheck'), bucket) from unnest(%s::integer[]) as bucket",  # noqa: S608
            [sorted({number // BUCKET for number in ids})],
        )


def make_room(as_of):
    """The partition of the day; made before any judging, because making it locks the whole table."""
    with connection.cursor() as cursor:
        cursor.execute("select snapshot_partition(%s)", [as_of])

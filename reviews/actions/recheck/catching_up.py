"""Runs of days on which none was planned, and runs over borrowers that a person chose."""

import hashlib
from datetime import date, timedelta

from django.utils import timezone

from reviews.actions.recheck import judging, running
from reviews.actions.recheck.finished import KIND
from servicing.actions import jobs, periods
from servicing.gateways import queue
from servicing.models import BorrowerHistory, Run

# Borrowers of a choice that one shard judges.
SHARE = 200


class NotAllowed(Exception):
    """A run that is refused; the message is a code that the page puts into words."""


def missed(*, on):
    """The days before today for which no run over everybody was planned, oldest first.

    Nothing was missed before the first run of the clock, nor longer ago than the setting looks back.
    """
    whole = Run.objects.filter(kind=KIND, params__borrower=None)
    rows = list(whole.values_list("params__as_of", "slot"))
    planned = {date.fromisoformat(day) for day, _slot in rows}
    scheduled = [date.fromisoformat(day) for day, slot in rows if slot == day]
    if not scheduled:
        return []
    back = on - timedelta(days=periods.value("recheck.look_back", on=on))
    began = max(min(scheduled), back)
    days = (began + timedelta(days=number) for number in range((on - began).days))
    return [day for day in days if day not in planned]


def catch_up(*, by, at):
    """Plan the runs of the days that were missed, in their order, and then today's; the days.

    They write snapshots only: a day older than the newest judgement moves no alert. Twice is once, for the
    run of a day has one slot.
    """
    on = timezone.localdate(at)
    days = missed(on=on)
    for day in days:
        running.start(as_of=day, by=by, at=at, slot=day.isoformat())
    running.tonight(by=by, at=at)
    return days


def choose(*, ids, token, by, at):
    """Plan a run of today over these borrowers, once for a token and the same choice; returns it.

    Raises NotAllowed ("right", "empty", "too_many").
    """
    if not by.may("recheck.start"):
        raise NotAllowed("right")
    as_of = timezone.localdate(at)
    if len(ids) > periods.value("recheck.chosen", on=as_of):
        raise NotAllowed("too_many")
    settled = BorrowerHistory.objects.filter(first_settled_on__lte=as_of, pk__in=ids)
    found = list(settled.order_by("pk").values_list("pk", flat=True))
    if not found:
        raise NotAllowed("empty")
    judging.make_room(as_of)
    chosen = hashlib.sha256(repr(sorted(ids)).encode()).hexdigest()
    shares = [found[start : start + SHARE] for start in range(0, len(found), SHARE)]
    run, _is_new = jobs.plan(
        kind=KIND,
        slot=f"{as_of}@{token[:32]}@{chosen[:16]}",
        params={"as_of": as_of.isoformat(), "borrower": "chosen", "chosen": len(found)},
        shards=[({"ids": share}, len(share)) for share in shares],
        by=by,
        at=at,
    )
    queue.nudge(KIND)
    return run

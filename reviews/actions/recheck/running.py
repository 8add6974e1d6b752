"""Runs over all borrowers: planned, done shard by shard by whoever helps, finished once."""

import time
from datetime import date

from django.db import transaction
from django.utils import timezone

from reviews.actions import alerts, rules
from reviews.actions.recheck import finished, judging, planning, portfolio, standing
from reviews.actions.recheck.events import HANDFUL, judge_dirty, unstamp
from reviews.actions.recheck.finished import KIND
from reviews.actions.recheck.judging import BUCKET
from servicing.actions import jobs, ledger, periods, processing
from servicing.actions.archive import stamp
from servicing.actions.intake.staging import APPLY
from servicing.gateways import queue
from servicing.models import BorrowerHistory, Run, Shard, Stamp


class Stuck(Exception):
    """Shards of the run are set aside; a person has to look."""


def start(*, as_of, by, at, borrower=None, changed=False, slot=None):
    """Plan a recheck of all borrowers settled by the day, or of one; returns the run.

    With `changed` only those are judged for whom no row holds on the day, where that comes to the same; else
    everybody. A scheduled run names its slot, so that it is planned once; without one each call is a run of
    its own.
    """
    judging.make_room(as_of)
    on = timezone.localdate(at)
    settled = planning.settled(as_of, on=on)
    params = {"as_of": as_of.isoformat(), "borrower": borrower and borrower.reference}
    if borrower is not None:
        ids = list(settled.filter(pk=borrower.pk).values_list("pk", flat=True))
        shards = [({"ids": ids}, 1)] if ids else []
    else:
        planning.count_anew()
        params |= planning.basis(on=on) | {"newest_alert": planning.newest_alert()}
        since = planning.reaches_back(as_of, on=on) if changed else None
        if as_of == on:
            # What ran out by itself is no fact that anybody told.
            stamp(processing.turned(since=finished.newest_day() or date.min, on=on), at=at)
        params |= {"since": since.isoformat()} if since else {}
        shards = planning.cut(settled, on=on, times=planning.WIDER if since else 1)
    number = Run.objects.filter(kind=KIND, slot__startswith=as_of.isoformat()).count()
    is_new = False
    while not is_new:
        number += 1
        run, is_new = jobs.plan(
            kind=KIND, slot=slot or f"{as_of}#{number}", params=params, shards=shards, by=by, at=at
        )
        if slot:
            break
    queue.nudge(KIND)
    return run


def tonight(*, by, at):
    """Plan the business day's run, of those who changed where that is enough; None where it is planned, or
    cannot be yet. An edition that nobody was judged by has a run over everybody at once.

    Nobody settled is nothing to judge, and a book that is half in would be judged as if it were the whole.
    """
    day = timezone.localdate(at)
    if (
        Run.objects.filter(kind=APPLY, status=Run.Status.RUNNING).exists()
        or not BorrowerHistory.objects.filter(first_settled_on__lte=day).exists()
    ):
        return None
    if not Run.objects.filter(kind=KIND, slot=day.isoformat()).exists():
        portfolio.let_go(on=day)
        return start(as_of=day, by=by, at=at, changed=True, slot=day.isoformat())
    if planning.is_new_edition():
        return start(as_of=day, by=by, at=at, slot=f"{day}!{rules.current().edition}")
    return None


@periods.steady()
def do(shard, *, by, at):
    """One shard of a run, in the transaction of its lease: snapshots, alerts, stamps, one ledger row.

    It goes by one edition and one set of settings, whatever comes in force meanwhile.
    """
    as_of = date.fromisoformat(shard.run.params["as_of"])
    began = time.perf_counter()
    ids, low, high = (shard.params.get(name) for name in ("ids", "low", "high"))
    spanned = ids if ids is not None else range(low // BUCKET * BUCKET, high + 1, BUCKET)
    judging.lock(ids=spanned, shared=False)
    stamps, stamped = Stamp.objects.filter(**within(shard)), []
    by_change = judges_by_change(shard, as_of=as_of, on=timezone.localdate(at))
    if as_of == timezone.localdate(at):
        # Before the facts are read: whatever is stamped later is not seen by the statement and stays.
        stamped = unstamp(stamps.to_judge() if by_change else stamps)
    if ids is not None:
        result = judging.judge(as_of=as_of, at=at, ids=ids)
    else:
        result = judge_range(shard, as_of=as_of, at=at, stamped=stamped, by_change=by_change)
    ledger.record(what="recheck.judged", target=shard, by=by, at=at, detail=result)
    return result | {"seconds": round(time.perf_counter() - began, 3)}


def within(shard):
    """The condition on a stamp that a shard is to judge its borrower."""
    ids, low, high = (shard.params.get(name) for name in ("ids", "low", "high"))
    return {"pk__in": ids} if ids is not None else {"pk__gte": low, "pk__lte": high}


def judges_by_change(shard, *, as_of, on):
    """Whether a shard judges only who is due: one of a changed run, for as long as that run knows who is.

    A run that goes on past midnight or past an edition has lost sight of it.
    """
    params = shard.run.params
    return (
        "ids" not in shard.params
        and "since" in params
        and as_of == on
        and params["edition"] == rules.current().edition
    )


def judge_range(shard, *, as_of, at, stamped, by_change):
    """Judge a range of ids, or those in it who are due, and say how all of them stand.

    Who is set aside is not due: no fact came since, and he would only have the range fail once more. A run
    over everybody tries him, for it may go by other rules than those that he failed.
    """
    span = {name: shard.params[name] for name in ("low", "high")}
    if "since" not in shard.run.params:
        return judging.judge(as_of=as_of, at=at, shard=shard.pk, **span)
    whom = span
    if by_change:
        aside = set(Stamp.objects.set_aside().filter(**within(shard)).values_list("pk", flat=True))
        due = sorted({*standing.due(as_of=as_of, **span), *stamped} - aside)
        whom = {"ids": due} if aside or len(due) * 100 <= standing.FEW * shard.size else span
    result = judging.judge(as_of=as_of, at=at, **whom)
    return result | standing.told(as_of=as_of, on=timezone.localdate(at), shard=shard.pk, **span)


def work(*, by, at, run=None, limit=None, until=None):
    """Do shards until none is left or time is up, then set aside and finish; how many were done.

    Whoever works for all runs judges after each shard those about whom a fact came: an event waits no longer.
    """
    done = jobs.work(
        kind=KIND,
        do=lambda shard: do(shard, by=by, at=at),
        on=timezone.localdate(at),
        run=run,
        limit=limit,
        until=until,
        between=None if run else lambda: judge_dirty(by=by, at=at, limit=HANDFUL, until=until),
    )
    jobs.quarantine(by=by, at=at, on=timezone.localdate(at))
    running = Run.objects.filter(kind=KIND, status=Run.Status.RUNNING)
    for each in running.filter(pk=run.pk) if run else running:
        finish(each, by=by, at=at)
    return done


@transaction.atomic
def finish(run, *, by, at):
    """Close a run that is complete, hold noisy rules, fill the queue; True for one caller.

    The few borrowers who are set aside each by himself do not keep it open; its result counts them.
    """
    if not jobs.is_complete(run):
        return False
    totals = dict.fromkeys(("borrowers", "snapshots", "judged", "opened", "refreshed", "closed"), 0)
    fired: dict[str, int] = {}
    ended, editions = run.started_at, set()
    for shard in run.shards.filter(status=Shard.Status.DONE).iterator():
        totals = {name: count + shard.result.get(name, 0) for name, count in totals.items()}
        ended = max(ended, shard.done_at)
        editions.add(shard.result.get("edition", 1))
        for rule, count in shard.result["fired"].items():
            fired[rule] = fired.get(rule, 0) + count
    seconds = round((ended - run.started_at).total_seconds(), 2)
    result = {"as_of": run.params["as_of"], **totals, "seconds": seconds, "fired": fired}
    # More than one where rules were put in force while it ran: each part was judged by those of its moment.
    result["editions"] = sorted(editions)
    result["quarantined"] = run.shards.filter(status=Shard.Status.QUARANTINED).count()
    newest_before = finished.newest_day()
    is_newest = newest_before is None or newest_before.isoformat() <= run.params["as_of"]
    if not jobs.finish(run, result=result, by=by, at=at):
        return False
    if run.params["borrower"] is None:
        portfolio.gather(run)
    if is_newest and run.params["borrower"] is None:
        alerts.hold(run=run, fired=fired, borrowers=totals["borrowers"], by=by, at=at)
    alerts.release(by=by, at=at, on=timezone.localdate(at))
    return True


def run(*, as_of, by, at, borrower=None, changed=False):
    """Recheck now, in this process and whoever helps; returns the finished run. Raises Stuck."""
    planned = start(as_of=as_of, by=by, at=at, borrower=borrower, changed=changed)
    while True:
        work(by=by, at=at, run=planned)
        planned.refresh_from_db()
        if planned.status == Run.Status.DONE:
            return planned
        if planned.status == Run.Status.STUCK:
            raise Stuck(planned)
        # Somebody else holds a shard: its row will say when it is done, or its lease runs out.
        time.sleep(0.2)

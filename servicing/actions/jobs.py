"""Runs are planned once; shards are leased, done, retried or quarantined. PostgreSQL's clock decides."""

import logging
import os
import socket
import time
import traceback
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Now

from servicing.actions import ledger, periods
from servicing.models import Heartbeat, Run, Shard

log = logging.getLogger(__name__)
WORKER = f"{socket.gethostname()}:{os.getpid()}"


class Lost(Exception):
    """The lease ran out and somebody else has the shard now."""


@transaction.atomic
def plan(*, kind, slot, params, shards, by, at):
    """Start a run with its shards, or return the one that already has this slot: (run, is_new).

    `shards` is a list of (params, size).
    """
    try:
        with transaction.atomic():
            run = Run.objects.create(kind=kind, slot=slot, params=params, by=by, started_at=at)
    except IntegrityError:
        return Run.objects.get(kind=kind, slot=slot), False
    Shard.objects.bulk_create(
        Shard(run=run, number=number, params=cut, size=size)
        for number, (cut, size) in enumerate(shards, start=1)
    )
    ledger.record(
        what=f"{kind}.started", target=run, by=by, at=at, detail={"slot": slot, "shards": len(shards)}
    )
    return run, True


CLAIM = """
update servicing_shard set status = 'leased', attempts = attempts + 1, worker = %(worker)s,
       leased_until = clock_timestamp() + make_interval(secs => %(lease)s)
where id = (
    select s.id from servicing_shard s join servicing_run r on r.id = s.run_id
    where r.kind = %(kind)s and r.status = 'running' and (%(run)s::bigint is null or r.id = %(run)s)
      and (s.status = 'waiting' or s.status = 'leased' and s.leased_until < clock_timestamp())
      and s.attempts < %(attempts)s
    order by s.run_id, s.attempts, s.number limit 1
    for update of s skip locked)
returning id
"""


def claim(*, kind, on, run=None):
    """Lease one shard for this process, committed at once; None where nothing is to be done."""
    with connection.cursor() as cursor:
        cursor.execute(
            CLAIM,
            {
                "kind": kind,
                "run": run.pk if run else None,
                "worker": WORKER[:100],
                "lease": periods.value("job.lease", on=on),
                "attempts": periods.value("job.attempts", on=on),
            },
        )
        found = cursor.fetchone()
    return Shard.objects.select_related("run").get(pk=found[0]) if found else None


def hold(shard):
    """Lock a leased shard for the transaction that does its work; raises Lost where it was taken back."""
    held = (
        Shard.objects.select_for_update()
        .filter(pk=shard.pk, status=Shard.Status.LEASED, attempts=shard.attempts)
        .first()
    )
    if held is None:
        raise Lost
    return held


def done(shard, *, result):
    """Mark the shard done, in the transaction of its work."""
    shard.status, shard.result, shard.leased_until, shard.trouble = Shard.Status.DONE, result, None, ""
    shard.save(update_fields=["status", "result", "leased_until", "trouble"])
    Shard.objects.filter(pk=shard.pk).update(done_at=Now())


def work(*, kind, do, on, run=None, limit=None, until=None):
    """Claim shards of a kind and do them, each in one transaction, until none is left or `limit` are done.

    After `until`, an instant of time.monotonic(), no further shard is claimed.
    `do(shard)` returns the result; whatever it raises costs that shard an attempt and no other.
    """

    def whole(shard):
        with transaction.atomic():
            held = hold(shard)
            done(held, result=do(held))

    return _each(whole, kind=kind, on=on, run=run, limit=limit, until=until)


def steps(*, kind, parts, keep, on, run=None, limit=None, until=None):
    """Like `work`, for shards that are too long for one transaction: they are done part by part.

    `parts(shard)` yields what is ready to be written, going on from the shard's params; `keep(shard, part)`
    writes it and brings the params up to date, in one short transaction that also renews the lease; it
    returns False where the shard ends there. Whoever claims a shard that was left goes on behind that.
    """
    lease = periods.value("job.lease", on=on)

    def parted(shard):
        _steps(shard, parts, keep, lease, until)

    return _each(parted, kind=kind, on=on, run=run, limit=limit, until=until)


def _each(do, *, kind, on, run, limit, until):
    """Claim shards and do them one after the other; how many. A failure costs its shard an attempt."""
    count = 0
    while (limit is None or count < limit) and (until is None or time.monotonic() < until):
        shard = claim(kind=kind, on=on, run=run)
        if shard is None:
            break
        count += 1
        try:
            do(shard)
        except Lost:
            continue
        except Exception as error:
            log.error("%s failed, attempt %s: %s", shard, shard.attempts, trouble_of(error))
            give_back(shard, trouble=type(error).__name__)
    return count


def _steps(shard, parts, keep, lease, until):
    for part in parts(shard):
        with transaction.atomic():
            held = hold(shard)
            if keep(held, part) is False:
                return
            Shard.objects.filter(pk=held.pk).update(
                params=held.params,
                leased_until=Now() + timedelta(seconds=lease),
            )
        if until is not None and time.monotonic() >= until:
            pause(shard)
            return
    with transaction.atomic():
        done(hold(shard), result={})


def renew(shard, *, params, on):
    """Keep a leased shard while its work goes on outside of any transaction, and say how far that is.

    Raises Lost where the lease ran out before.
    """
    lease = timedelta(seconds=periods.value("job.lease", on=on))
    mine = Shard.objects.filter(pk=shard.pk, status=Shard.Status.LEASED, attempts=shard.attempts)
    if not mine.update(params=params, leased_until=Now() + lease):
        raise Lost


def trouble_of(error):
    """Type and place of an error, and never its message: a database quotes rows in it."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in frames[::-1])])


def pause(shard):
    """Return a shard to the line in good order, which is no attempt that failed."""
    Shard.objects.filter(pk=shard.pk, status=Shard.Status.LEASED, attempts=shard.attempts).update(
        status=Shard.Status.WAITING, leased_until=None, attempts=F("attempts") - 1
    )


def give_back(shard, *, trouble):
    """Return a failed shard to the line; its attempts stay counted."""
    Shard.objects.filter(pk=shard.pk, status=Shard.Status.LEASED, attempts=shard.attempts).update(
        status=Shard.Status.WAITING, leased_until=None, trouble=trouble[:200]
    )


@transaction.atomic
def quarantine(*, by, at, on):
    """Set aside the shards that have failed as often as the setting allows.

    A run that has nothing else left needs a person, who may `retry` its shards.
    """
    spent = Q(attempts__gte=periods.value("job.attempts", on=on)) & (
        Q(status=Shard.Status.WAITING) | Q(status=Shard.Status.LEASED, leased_until__lt=Now())
    )
    for shard in Shard.objects.select_for_update(skip_locked=True).filter(spent):
        shard.status, shard.leased_until = Shard.Status.QUARANTINED, None
        shard.trouble = shard.trouble or "killed"
        shard.save(update_fields=["status", "leased_until", "trouble"])
        ledger.record(what="shard.quarantined", target=shard, by=by, at=at, detail={"trouble": shard.trouble})
    to_do = Shard.objects.filter(run=OuterRef("pk"), status__in=[Shard.Status.WAITING, Shard.Status.LEASED])
    set_aside = Shard.objects.filter(run=OuterRef("pk"), status=Shard.Status.QUARANTINED)
    Run.objects.filter(Exists(set_aside), ~Exists(to_do), status=Run.Status.RUNNING).update(
        status=Run.Status.STUCK
    )


def progress(run):
    """{"shards", "done", "quarantined"} in shards, {"total", "total_done"} in what the shards hold."""
    is_done = Q(status=Shard.Status.DONE)
    return run.shards.aggregate(
        shards=Count("pk"),
        done=Count("pk", filter=is_done),
        quarantined=Count("pk", filter=Q(status=Shard.Status.QUARANTINED)),
        total=Sum("size", default=0),
        total_done=Sum("size", filter=is_done, default=0),
    )


@transaction.atomic
def finish(run, *, result, by, at):
    """Close a run whose shards are all done; True for exactly one caller."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.status != Run.Status.RUNNING or held.shards.exclude(status=Shard.Status.DONE).exists():
        return False
    held.status, held.finished_at, held.result = Run.Status.DONE, at, result
    held.save(update_fields=["status", "finished_at", "result"])
    ledger.record(what=f"{held.kind}.finished", target=held, by=by, at=at, detail=result)
    return True


@transaction.atomic
def retry(*, shard, by, at):
    """Put a quarantined shard back in line with fresh attempts."""
    back = Shard.objects.filter(pk=shard.pk, status=Shard.Status.QUARANTINED).update(
        status=Shard.Status.WAITING, attempts=0
    )
    if back:
        Run.objects.filter(pk=shard.run_id, status=Run.Status.STUCK).update(status=Run.Status.RUNNING)
        ledger.record(what="shard.retried", target=shard, by=by, at=at)
    return bool(back)


def beat(name):
    """Note that a worker or the beat is alive, on the database's clock."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})

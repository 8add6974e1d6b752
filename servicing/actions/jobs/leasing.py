"""A worker leases one shard at a time, on the database's clock; whoever lost the lease cannot finish."""

import os
import socket
from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now

from servicing.actions import periods
from servicing.models import Shard

WORKER = f"{socket.gethostname()}:{os.getpid()}"


class Lost(Exception):
    """The lease ran out and somebody else has the shard now."""


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
returning *
"""


def claim(*, kind, on, run=None):
    """Lease one shard for this process, committed at once; None where nothing is to be done."""
    found = Shard.objects.raw(
        CLAIM,
        {
            "kind": kind,
            "run": run.pk if run else None,
            "worker": WORKER[:100],
            "lease": periods.value("job.lease", on=on),
            "attempts": periods.value("job.attempts", on=on),
        },
    )
    shard = next(iter(found), None)
    if shard and run:
        shard.run = run
    return shard


def mine(shard):
    """The row of a leased shard, for as long as nobody else has taken it over."""
    return Shard.objects.filter(pk=shard.pk, status=Shard.Status.LEASED, attempts=shard.attempts)


def hold(shard):
    """Lock a leased shard for the transaction that does its work; raises Lost where it was taken back."""
    held = mine(shard).select_for_update().first()
    if held is None:
        raise Lost
    held.run = shard.run
    return held


def done(shard, *, result):
    """Mark the shard done, in the transaction of its work."""
    Shard.objects.filter(pk=shard.pk).update(
        status=Shard.Status.DONE, result=result, leased_until=None, trouble="", done_at=Now()
    )


def renew(shard, *, params, on):
    """Keep a leased shard while its work goes on outside of any transaction, and say how far that is.

    Raises Lost where the lease ran out before.
    """
    lease = timedelta(seconds=periods.value("job.lease", on=on))
    if not mine(shard).update(params=params, leased_until=Now() + lease):
        raise Lost


def pause(shard):
    """Return a shard to the line in good order, which is no attempt that failed."""
    mine(shard).update(status=Shard.Status.WAITING, leased_until=None, attempts=F("attempts") - 1)

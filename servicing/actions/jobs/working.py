"""Works through shards: whole in one transaction, or part by part; a failure costs its shard alone."""

import logging
import time
import traceback
from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now

from servicing.actions import periods
from servicing.actions.jobs.failing import fail
from servicing.actions.jobs.leasing import Lost, claim, done, hold, pause
from servicing.models import Shard

log = logging.getLogger(__name__)


def work(*, kind, do, on, run=None, limit=None, until=None, between=None):
    """Claim shards of a kind and do them, each in one transaction, until none is left or `limit` are done.

    After `until`, an instant of time.monotonic(), no further shard is claimed.
    `do(shard)` returns the result; whatever it raises costs that shard an attempt and no other.
    `between()` is called after each, outside of any transaction; what it raises is logged, and stops nothing.
    """

    def whole(shard):
        with transaction.atomic():
            held = hold(shard)
            done(held, result=do(held))

    return _each(whole, kind=kind, on=on, run=run, limit=limit, until=until, between=between)


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


def _each(do, *, kind, on, run, limit, until, between=None):
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
            pass
        except Exception as error:
            log.error("%s failed, attempt %s: %s", shard, shard.attempts, trouble_of(error))
            fail(shard, error)
        if between:
            _aside(between)
    return count


def _aside(between):
    try:
        between()
    except Exception as error:
        log.error("what is done between shards failed: %s", trouble_of(error))


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


def trouble_of(error):
    """Type and place of an error, and never its message: a database quotes rows in it."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join([type(error).__name__, *(f"{frame.filename}:{frame.lineno}" for frame in frames[::-1])])

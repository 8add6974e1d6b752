"""Narrows a recheck that fails down to the borrower who makes it fail, and sets him aside alone."""

import logging
from datetime import date

from django.db import transaction
from django.utils import timezone

from reviews.actions.recheck import judging, planning
from servicing.actions import jobs, ledger, periods
from servicing.gateways import queue
from servicing.models import Stamp

log = logging.getLogger(__name__)


def members(shard):
    """The ids of those whom a shard is to judge, in their order."""
    if (ids := shard.params.get("ids")) is not None:
        return sorted(ids)
    as_of = date.fromisoformat(shard.run.params["as_of"])
    # A shard that fails late is halved on a later day, so those undone since are always looked for.
    settled = planning.settled(as_of, on=date.max)
    within = settled.filter(pk__gte=shard.params["low"], pk__lte=shard.params["high"])
    return list(within.order_by("pk").values_list("pk", flat=True))


def halves(shard):
    """What to put in the place of a shard that failed: [(params, size)] twice, or [] for one borrower."""
    ids = members(shard)
    if len(ids) < 2:
        return []
    middle = len(ids) // 2
    if "ids" in shard.params:
        spans = [{"ids": ids[:middle]}, {"ids": ids[middle:]}]
    else:
        low, high = shard.params["low"], shard.params["high"]
        spans = [{"low": low, "high": ids[middle] - 1}, {"low": ids[middle], "high": high}]
    sizes = (middle, len(ids) - middle)
    return [(shard.params | span, size) for span, size in zip(spans, sizes, strict=True)]


def set_aside(shard, *, at):
    """Show the one borrower of a quarantined shard as set aside, unless a new fact has him judged again."""
    ids = members(shard)
    if len(ids) != 1 or date.fromisoformat(shard.run.params["as_of"]) != timezone.localdate(at):
        return
    found = {"stamped_at": at, "aside_at": at, "attempts": shard.attempts, "trouble": shard.trouble}
    Stamp.objects.get_or_create(borrower_id=ids[0], defaults=found)


def judge(*, ids, as_of, by, at):
    """Judge some borrowers in the caller's transaction without those who make it fail.

    Returns ([result of each part], {id of one who fails: trouble}).
    """
    try:
        with transaction.atomic():
            result = judging.judge(as_of=as_of, at=at, ids=ids)
            ledger.record(what="recheck.rejudged", by=by, at=at, detail=result)
        return [result | {"claimed": len(ids)}], {}
    except Exception as error:
        if jobs.is_passing(error):
            raise
        log.error("judging %s borrowers failed: %s", len(ids), jobs.trouble_of(error))
        if len(ids) == 1:
            return [], {ids[0]: type(error).__name__}
    middle = len(ids) // 2
    halves = [judge(ids=half, as_of=as_of, by=by, at=at) for half in (ids[:middle], ids[middle:])]
    return halves[0][0] + halves[1][0], halves[0][1] | halves[1][1]


def count_attempt(stamps, *, poisoned, by, at):
    """Keep the claimed stamps of those who failed, one attempt more; the last one sets them aside."""
    attempts = periods.value("job.attempts", on=timezone.localdate(at))
    for stamp in stamps.filter(pk__in=poisoned):
        stamp.attempts, stamp.trouble = stamp.attempts + 1, poisoned[stamp.pk]
        if stamp.attempts >= attempts:
            stamp.aside_at = at
            detail = {"trouble": stamp.trouble}
            ledger.record(what="borrower.set_aside", target=stamp.borrower, by=by, at=at, detail=detail)
        stamp.save(update_fields=["attempts", "trouble", "aside_at"])


@transaction.atomic
def retry(*, borrower, by, at):
    """Have a borrower who was set aside judged again, with fresh attempts; False where he is not."""
    aside = Stamp.objects.set_aside().filter(borrower=borrower)
    if not aside.update(aside_at=None, attempts=0, trouble=""):
        return False
    ledger.record(what="borrower.retried", target=borrower, by=by, at=at)
    queue.nudge("rejudge")
    return True

"""Judges again, as of today, the borrowers about whom a fact came in."""

import logging
import time

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from reviews.actions import alerts
from reviews.actions.recheck import isolation, judging
from reviews.models import Alert
from servicing.actions import jobs, periods
from servicing.models import BorrowerHistory, Stamp

log = logging.getLogger(__name__)
# Stamped borrowers judged in one transaction.
HANDFUL = 200


def judge_dirty(*, by, at, limit=10_000, until=None):
    """Judge the stamped borrowers again as of today, a handful a transaction; returns how many.

    Who makes his handful fail is left alone until the next call, and set aside at his last attempt. Where the
    house fails a handful, smaller ones are tried; where nobody of one can be judged, the rest waits too.
    After `until`, an instant of time.monotonic(), no further handful is taken up.
    """
    newest = judging.whole_runs().order_by("pk").last()
    if newest is None or not Stamp.objects.to_judge().exists():
        return 0
    as_of, count, most = timezone.localdate(at), 0, HANDFUL
    failed: set[int] = set()
    fired: set[str] = set()
    judging.make_room(as_of)
    while count < limit and (until is None or time.monotonic() < until):
        size = min(most, limit - count)
        try:
            results, poisoned = handful(as_of=as_of, by=by, at=at, size=size, but=failed)
        except Exception as error:
            if size == 1 or not jobs.is_passing(error):
                raise
            log.error("judging up to %s borrowers failed: %s", size, jobs.trouble_of(error))
            most = size // 2
            continue
        if not results:
            break
        count += sum(result["claimed"] for result in results)
        failed |= poisoned.keys()
        fired.update(*(result["fired"] for result in results if result["opened"] or result["refreshed"]))
    if count:
        let_in(run=newest, rules=fired, on=as_of, by=by, at=at)
    return count


@transaction.atomic
def let_in(*, run, rules, on, by, at):
    """Fill the queue, after a look at rules that fired: an import may have brought more than any run saw.

    What waits since a hold or a restriction ended comes in with it.
    """
    live = Alert.objects.live().filter(rule__in=rules)
    fired = dict(live.values_list("rule").annotate(number=Count("pk")))
    # Counted only as far as none of these rules would be held, for a book may have millions.
    enough = max(fired.values(), default=0) * 100 // periods.value("alert.held_above", on=on) + 1
    borrowers = BorrowerHistory.objects.filter(first_settled_on__lte=on)[:enough].count()
    alerts.hold(run=run, fired=fired, borrowers=borrowers, by=by, at=at)
    alerts.release(by=by, at=at, on=on)


@transaction.atomic
def handful(*, as_of, by, at, size, but=()):
    """Claim stamps, oldest first, and judge their borrowers: (results, {id of one who fails: trouble}).

    A stamp goes when its judgement stays.
    """
    line = Stamp.objects.to_judge().exclude(pk__in=but).select_for_update(skip_locked=True)
    ids = sorted(line.values_list("pk", flat=True)[:size])
    if not ids:
        return [], {}
    judging.lock(ids=ids, shared=True)
    try:
        results, poisoned = isolation.judge(ids=ids, as_of=as_of, by=by, at=at)
    except Exception as error:
        # Of many it is the house's trouble; who meets it alone must not hold up the line for ever.
        if len(ids) > 1 or not jobs.is_passing(error):
            raise
        results, poisoned = [], {ids[0]: type(error).__name__}
    stamps = Stamp.objects.filter(pk__in=ids)
    stamps.exclude(pk__in=poisoned).delete()
    if poisoned:
        isolation.count_attempt(stamps, poisoned=poisoned, by=by, at=at)
    return results, poisoned


def unstamp(stamps):
    """Take stamps away and return their borrowers; those that somebody else is at are left to them."""
    ids = list(stamps.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Stamp.objects.filter(pk__in=ids).delete()
    return ids

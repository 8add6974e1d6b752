"""Judges again, as of today, the borrowers about whom a fact came in."""

import logging
import time

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from reviews.actions import alerts
from reviews.actions.recheck import finished, isolation, judging
from reviews.models import Alert, RuleHold
from servicing.actions import jobs, periods
from servicing.models import Stamp

log = logging.getLogger(__name__)
# Stamped borrowers judged in one transaction.
HANDFUL = 200

# Of each rule what the newest run found and all that were opened since; and how many borrowers there are now.
AT_MOST = f"""
select rule,
       coalesce((run.result -> 'fired' ->> rule)::integer, 0)
           + (select count(*) from reviews_alert a
              where a.rule = each.rule and a.id > coalesce((run.params ->> 'newest_alert')::bigint, 0)),
       (select coalesce(sum(number), 0)::bigint from servicing_tally where kind = '')
from unnest(%(rules)s::text[]) as each(rule),
     (select params, result from servicing_run where {finished.WHOLE}
      order by params -> 'as_of' desc, id desc limit 1) as run
"""  # noqa: S608 - our own words


def judge_dirty(*, by, at, limit=10_000, until=None):
    """Judge the stamped borrowers again as of today, a handful a transaction; returns how many.

    Who makes his handful fail is left alone until the next call, and set aside at his last attempt. Where the
    house fails a handful, smaller ones are tried; where nobody of one can be judged, the rest waits too.
    After `until`, an instant of time.monotonic(), no further handful is taken up.
    """
    if finished.newest_day() is None:
        return 0
    as_of, count, most = timezone.localdate(at), 0, HANDFUL
    failed: set[int] = set()
    fired: set[str] = set()
    judging.make_room(as_of)
    while count < limit and (until is None or time.monotonic() < until):
        size = min(most, limit - count)
        try:
            with periods.steady():
                ids, results, poisoned = handful(as_of=as_of, by=by, at=at, size=size, but=failed)
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
        # Whoever is stamped from now on brings a look of his own.
        if len(ids) < size:
            break
    if count:
        let_in(rules=fired, on=as_of, by=by, at=at)
    return count


def let_in(*, rules, on, by, at):
    """Fill the queue, after a look at rules that fired: an import may have brought more than any run saw.

    What waits since a hold or a restriction ended comes in with it.
    """
    with periods.steady():
        if rules:
            hold(rules, on=on, by=by, at=at)
        alerts.release(by=by, at=at, on=on)


def hold(fired, *, on, by, at):
    """Hold those of the rules that fire for too many of the borrowers that there are now.

    They are counted only where those of the newest run and all since might be too many: a book may have
    millions, and an event comes about one.
    """
    with connection.cursor() as cursor:
        cursor.execute(AT_MOST, {"rules": list(fired)})
        rows = cursor.fetchall()
    most, borrowers = {rule: number for rule, number, _ in rows}, rows[0][2]
    if noisy := alerts.too_many(most, borrowers=borrowers, on=on):
        unknown = noisy.keys() - set(RuleHold.objects.current().values_list("rule", flat=True))
        live = Alert.objects.live().filter(rule__in=unknown)
        firing = dict(live.values_list("rule").annotate(number=Count("pk")))
        run = finished.whole_runs().order_by("pk").last()
        with transaction.atomic():
            alerts.hold(run=run, fired=firing, borrowers=borrowers, by=by, at=at)


@transaction.atomic
def handful(*, as_of, by, at, size, but=()):
    """Claim stamps, oldest first, and judge their borrowers: (ids, results, {id of one who fails: trouble}).

    A stamp goes when its judgement stays.
    """
    line = Stamp.objects.to_judge().exclude(pk__in=but).select_for_update(skip_locked=True)
    ids = sorted(line.values_list("pk", flat=True)[:size])
    if not ids:
        return ids, [], {}
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
    return ids, results, poisoned


def unstamp(stamps):
    """Take stamps away and return their borrowers; those that somebody else is at are left to them."""
    ids = list(stamps.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Stamp.objects.filter(pk__in=ids).delete()
    return ids

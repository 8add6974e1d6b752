"""Adds up what was tried and what failed, day by day; where something comes late, the day anew."""

import time
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from feedback.models import ChannelDay, FactDay, FactMark, FailureDay
from servicing.actions.processing import RESTRICTED
from servicing.models import Payment

# Added up anew on every first look of a day: an undone import takes payments away without a trace, and
# a restriction begins or ends.
ANEW = 60
AT_ONCE = 31  # days of one transaction

# Days on which something came since a mark.
TOUCHED = """
insert into feedback_factday (day, is_due)
select distinct paid_on, true from servicing_payment where id > %(newest)s
on conflict (day) do update set is_due = true where not feedback_factday.is_due
"""
# Each key by itself, by hour and by version of the app: one pass that no missing statistic can spoil.
ADD_UP = """
select {keys}, hour, app_version, grouping(hour, app_version),
       count(*), count(distinct borrower_id), sum(amount)
from (
    select p.paid_on as day, p.channel, p.error_code, l.borrower_id,
           case when l.currency = 'CNY' then p.amount else 0 end as amount,
           extract(hour from p.paid_at at time zone s.zone)::int as hour, p.app_version
    from servicing_payment p
    join servicing_loan l on l.id = p.loan_id join servicing_source s on s.id = l.source_id
    where p.paid_on = any(%(days)s) and p.origin = 'borrower' and {kept}
      and l.borrower_id not in ({restricted})
) as tried
group by grouping sets (({keys}), ({keys}, hour), ({keys}, app_version))
"""
ALONE, BY_HOUR = 3, 1  # as grouping() numbers them
TABLES = (
    (ChannelDay, ("day", "channel"), "true"),
    (FailureDay, ("day", "channel", "error_code"), "p.outcome = 'failed'"),
)


def gather(*, at, until=None):
    """Find the days about which something came, and add them up until none is left or it is time to stop.

    `until` is of time.monotonic(). How many days were added up.
    """
    on = timezone.localdate(at)
    look(on=on)
    done = 0
    while until is None or time.monotonic() < until:
        days = add_up(on=on)
        if not days:
            break
        done += len(days)
    return done


@transaction.atomic
def look(*, on):
    """Mark the days about which something came since the last look; on the first look of a day also since the
    last but one day of a look, for a payment may be committed after those with greater numbers.
    """
    earlier = FactMark.objects.filter(day__lt=on).order_by("-day").values_list("newest", flat=True)
    mark, is_first = FactMark.objects.select_for_update().get_or_create(day=on, defaults={"newest": 0})
    since = mark.newest
    if is_first:
        FactDay.objects.filter(day__gte=on - timedelta(days=ANEW), is_due=False).update(is_due=True)
        since = next(iter(earlier[1:2]), 0)
    mark.newest = Payment.objects.aggregate(newest=Max("id"))["newest"] or 0
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"newest": since})
    mark.save(update_fields=["newest"])


@transaction.atomic
def add_up(*, on):
    """Some days that are due, newest first, no two workers the same: their facts give way to new ones."""
    due = FactDay.objects.filter(is_due=True).order_by("-day")
    days = list(due.select_for_update(skip_locked=True).values_list("day", flat=True)[:AT_ONCE])
    if not days:
        return days
    for model, keys, kept in TABLES:
        model.objects.filter(day__in=days).delete()
        model.objects.bulk_create(added_up(model, keys, kept, days=days, on=on))
    FactDay.objects.filter(day__in=days).update(is_due=False)
    return days


def added_up(model, keys, kept, *, days, on):
    """The facts of one table on some days."""
    restricted = RESTRICTED.format(day="%(on)s::date")
    rows: dict[tuple, dict] = {}
    with connection.cursor() as cursor:
        text = ADD_UP.format(keys=", ".join(keys), kept=kept, restricted=restricted)
        cursor.execute(text, {"days": days, "on": on})
        for *key, hour, version, level, attempts, customers, amount in cursor:
            fact = rows.setdefault(tuple(key), {"hours": {}, "versions": {}})
            if level == ALONE:
                fact |= {"attempts": attempts, "customers": customers, "amount": amount}
            elif level == BY_HOUR:
                fact["hours"][str(hour)] = attempts
            elif version:
                fact["versions"][version] = attempts
    known = {field.name for field in model._meta.fields}
    return [
        model(**dict(zip(keys, key, strict=True)), **{n: v for n, v in fact.items() if n in known})
        for key, fact in rows.items()
    ]

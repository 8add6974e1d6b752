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
# One statement for both tables: {keys} and what {counts} there; which attempts count, {kept} says.
ADD_UP = """
with tried as materialized (
    select p.paid_on as day, p.channel, p.error_code, l.borrower_id,
           case when l.currency = 'CNY' then p.amount else 0 end as amount,
           extract(hour from p.paid_at at time zone s.zone)::int as hour, p.app_version
    from servicing_payment p
    join servicing_loan l on l.id = p.loan_id join servicing_source s on s.id = l.source_id
    where p.paid_on = any(%(days)s) and p.origin = 'borrower' and {kept}
      and l.borrower_id not in ({restricted})
), by_hour as (
    select {keys}, jsonb_object_agg(hour, number) as hours
    from (select {keys}, hour, count(*) as number from tried group by {keys}, hour) as counted group by {keys}
), by_version as (
    select {keys}, jsonb_object_agg(app_version, number) as versions
    from (select {keys}, app_version, count(*) as number from tried where app_version <> ''
          group by {keys}, app_version) as counted group by {keys}
)
insert into {table} ({keys}, attempts, customers, hours, versions{more})
select {keys}, count(*), count(distinct borrower_id), min(hours::text)::jsonb,
       coalesce(min(versions::text), '{{}}')::jsonb{sums}
from tried join by_hour using ({keys}) left join by_version using ({keys}) group by {keys}
"""
TABLES = (
    (ChannelDay, "day, channel", "true", "", ""),
    (FailureDay, "day, channel, error_code", "p.outcome = 'failed'", ", amount", ", sum(amount)"),
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
    """Mark the days about which something came: since the last mark, and on the first look of a day since the
    one before it, for a payment may be committed after those with greater numbers.
    """
    marks = list(FactMark.objects.filter(day__lt=on).order_by("-day").values_list("newest", flat=True)[:2])
    newest = Payment.objects.aggregate(newest=Max("id"))["newest"] or 0
    mark, is_first = FactMark.objects.get_or_create(day=on, defaults={"newest": newest})
    if is_first:
        FactDay.objects.filter(day__gte=on - timedelta(days=ANEW), is_due=False).update(is_due=True)
    known = [0, 0, *reversed(marks)]
    since = known[-2] if is_first else known[-1] or mark.newest
    with connection.cursor() as cursor:
        cursor.execute(TOUCHED, {"newest": since})


@transaction.atomic
def add_up(*, on):
    """Some days that are due, newest first, no two workers the same: their facts give way to new ones."""
    due = FactDay.objects.filter(is_due=True).order_by("-day")
    days = list(due.select_for_update(skip_locked=True).values_list("day", flat=True)[:AT_ONCE])
    if not days:
        return days
    named = {"days": days, "on": on}
    for model, keys, kept, more, sums in TABLES:
        model.objects.filter(day__in=days).delete()
        text = ADD_UP.format(
            table=model._meta.db_table, keys=keys, kept=kept, more=more, sums=sums,
            restricted=RESTRICTED.format(day="%(on)s::date"),
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(text, named)
    FactDay.objects.filter(day__in=days).update(is_due=False)
    return days

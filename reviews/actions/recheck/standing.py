"""Whom a changed day has to judge, and how everybody stands once it has.

A row that holds is carried forward, so that a day writes only whom a fact or an edge has moved.
"""

import json

from django.db import connection

from reviews.actions import rules, scoring
from reviews.actions.recheck import telling
from reviews.actions.recheck.finished import first_day, newest_day
from reviews.models import Snapshot
from servicing.actions import processing

# Up to this share of a range, in percent, those who moved are judged one by one; above it the whole range is
# the cheaper way to the same rows.
FEW = 40

# Nobody who is restricted on the day that is judged or on the day of work is told of.
DAYS = ("%(as_of)s::date", "%(on)s::date")

# Everybody settled by the day whose newest row does not hold on it, or who has none.
DUE = """
with newest as (
    select distinct on (borrower_id) borrower_id, holds_until from reviews_snapshot
    where as_of between %(since)s::date and %(as_of)s::date and borrower_id between %(low)s and %(high)s
    order by borrower_id, as_of desc
)
select h.borrower_id from servicing_borrowerhistory h left join newest n using (borrower_id)
where h.first_settled_on <= %(as_of)s::date and h.borrower_id between %(low)s and %(high)s
  and (n is null or n.holds_until <= %(as_of)s::date)
"""

# The rows that stand on the day, and what they add up to.
TOLD = """
with newest as (
    select distinct on (borrower_id) * from reviews_snapshot
    where as_of between %(since)s::date and %(as_of)s::date and borrower_id between %(low)s and %(high)s
    order by borrower_id, as_of desc
),
kept as ({restricted}),
-- Who drops out of a day on which he was judged stood on it, but its next run tells of him no more.
standing as materialized (
    select * from newest where (holds_until is null or holds_until > %(as_of)s::date)
      and borrower_id not in (select borrower_id from kept)
      and (borrower_id in (select borrower_id from servicing_borrowerhistory
                           where first_settled_on <= %(as_of)s::date
                             and borrower_id between %(low)s and %(high)s)
           or borrower_id in (select borrower_id from servicing_settlement
                              where known_on <= %(as_of)s::date and superseded_on > %(as_of)s::date
                                and borrower_id between %(low)s and %(high)s))
),
{shared}
select count(*), count(*) filter (where as_of = %(as_of)s::date),
       {digest},
       (select jsonb_object_agg(number, firing) from (
            select number, count(*) as firing from standing cross join unnest(fired) as number
            where cardinality(fired) > 0 group by number
        ) as counted)
from standing
"""


def of(borrower):
    """The row that says how a borrower stands on the newest day that was judged; None where none holds."""
    newest, rows = newest_day(), Snapshot.objects.of(borrower)
    own = rows.values_list("as_of", flat=True).first()
    if own is None:
        return None
    day = max(own, newest or own)
    return rows.standing(day, since=first_day(day)).first()


def due(*, as_of, low, high):
    """Ids of a range of those whom no row speaks for on the day."""
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off")
        cursor.execute(DUE, {"as_of": as_of, "since": first_day(as_of), "low": low, "high": high})
        ids = [row[0] for row in cursor]
        cursor.execute("set local enable_nestloop = on")
    return ids


def told(*, as_of, on, low, high, shard):
    """Write the range's share of the day's portfolio; what stands on it: {"borrowers", "snapshots", "digest",
    "fired"}.
    """
    ruleset, before = rules.current(), newest_day(before=as_of)
    since_before = before and first_day(before)
    named = {
        "as_of": as_of,
        "on": on,
        "since": first_day(as_of),
        "before": before,
        "since_before": since_before,
        "low": low,
        "high": high,
        "shard": shard,
    }
    text = TOLD.format(
        restricted=" union ".join(processing.RESTRICTED.format(day=day) for day in DAYS),
        shared=telling.shared(ruleset, scoring.spans(), is_one_day=since_before == before, is_anew=False),
        digest=telling.DIGEST,
    )
    with connection.cursor() as cursor:
        cursor.execute("set local enable_nestloop = off")
        cursor.execute(text, named)
        borrowers, snapshots, digest, fired = cursor.fetchone()
        cursor.execute("set local enable_nestloop = on")
    codes = {str(rule.number): rule.code for rule in ruleset.rules}
    counted = json.loads(fired or "{}")
    return {
        "borrowers": borrowers,
        "snapshots": snapshots,
        "digest": digest or "",
        "fired": {codes[number]: count for number, count in counted.items() if number in codes},
    }

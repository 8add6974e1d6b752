"""What another card would make of the book as it stands: which bands borrowers would move to."""

from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from reviews.actions import rules, scoring
from reviews.actions.recheck.finished import first_day, newest_day
from reviews.actions.recheck.telling import figure
from reviews.domain.features import FEATURES
from reviews.domain.scoring import Scorecard
from reviews.models import PortfolioDay
from servicing.actions import processing
from servicing.models import BorrowerHistory

# So many borrowers tell a share to within one percentage point, in a fraction of a second.
SAMPLE = 10_000

# Both cards look at the same figures, those of the rows that stand on the day. Ids go up as borrowers come
# in, so that every so-manieth is a fair sample; nobody who is restricted is looked at.
BANDED = """
with chosen as materialized (
    select generate_series(%(low)s, %(high)s, %(step)s) as borrower_id
),
newest as (
    select distinct on (borrower_id) * from reviews_snapshot
    where as_of between %(since)s::date and %(as_of)s::date
      and borrower_id in (select borrower_id from chosen)
    order by borrower_id, as_of desc
),
kept as ({restricted}),
standing as (
    select {figures} from newest
    where (holds_until is null or holds_until > %(as_of)s::date)
      and borrower_id not in (select borrower_id from kept)
      and borrower_id in (select borrower_id from servicing_borrowerhistory
                          where first_settled_on <= %(as_of)s::date)
),
scored as (select {before} as was, {after} as now from standing)
select {band_before}, {band_after}, count(*) from scored group by 1, 2 order by 1, 2
"""


def effect(card: Scorecard, *, at):
    """{"as_of", "all", "every", "looked_at", "moves": [[band before, band after, borrowers], ...]}, as JSON.

    The bands before are those of the card in force, None where there is none. Of a large book every
    so-manieth borrower is looked at. None before anybody was judged.
    """
    day = newest_day()
    if day is None:
        return None
    everybody = PortfolioDay.objects.on(day).borrowers()
    step = max(1, -(-everybody // SAMPLE))
    moves = banded(card, day=day, on=timezone.localdate(at), step=step)
    looked_at = sum(number for _was, _now, number in moves)
    return {
        "as_of": day.isoformat(),
        "all": everybody,
        "every": step,
        "looked_at": looked_at,
        "moves": moves,
    }


def banded(card, *, day, on, step):
    """Borrowers by band under the card in force and under another one, of every so-manieth of the book."""
    active = rules.current().card
    days = ("%(as_of)s::date", "%(on)s::date")
    text = BANDED.format(
        restricted=" union ".join(processing.RESTRICTED.format(day=each) for each in days),
        figures=", ".join(f"{figure(feature)} as {feature.code}" for feature in FEATURES),
        before=scoring.score(active),
        after=scoring.score(card),
        band_before=scoring.band(active, "was"),
        band_after=scoring.band(card, "now"),
    )
    ends = BorrowerHistory.objects.aggregate(low=Min("pk"), high=Max("pk"))
    named = ends | {"step": step, "as_of": day, "on": on, "since": first_day(day)}
    with transaction.atomic(), connection.cursor() as cursor:
        # To compile so many branches to machine code costs more than it saves.
        cursor.execute("set local jit = off")
        cursor.execute(text, named)
        return [list(row) for row in cursor]

"""Adds up how the whole book stood on the day of a run, and lets go of snapshots that are too old."""

from datetime import timedelta

from django.db import connection

from reviews.actions.recheck.finished import whole_runs
from reviews.models import PortfolioShare
from servicing.actions import periods

GATHER = """
with shares as (
    delete from reviews_portfolioshare p using servicing_shard s
    where s.id = p.shard_id and s.run_id = %(run)s
    returning p.product_id, p.cohort, p.band, p.band_before, p.borrowers
)
insert into reviews_portfolioday (as_of, product_id, cohort, band, band_before, borrowers)
select %(as_of)s::date, product_id, cohort, band, band_before, sum(borrowers)
from shares group by product_id, cohort, band, band_before
"""


def gather(run):
    """Make what the shards of a whole run found the facts of its day; an earlier run's facts give way.

    One that was overtaken by a run planned after it leaves that one's.
    """
    named = {"run": run.pk, "as_of": run.params["as_of"]}
    with connection.cursor() as cursor:
        # Two runs of a day that end at once would each find no other.
        cursor.execute("select pg_advisory_xact_lock(hashtext('portfolio'), hashtext(%(as_of)s))", named)
    later = whole_runs().filter(pk__gt=run.pk, params__as_of=run.params["as_of"])
    if later.exists():
        PortfolioShare.objects.filter(shard__run=run).delete()
        return
    with connection.cursor() as cursor:
        cursor.execute("delete from reviews_portfolioday where as_of = %(as_of)s::date", named)
        cursor.execute(GATHER, named)


def let_go(*, on):
    """Drop the partitions of days that are older than snapshots are kept; how many there were.

    A row may stand for days after its own until everybody is judged again, so it is kept so much longer.
    """
    kept = periods.value("snapshot.days", on=on) + periods.value("recheck.whole", on=on)
    oldest = on - timedelta(days=kept)
    with connection.cursor() as cursor:
        cursor.execute("select snapshots_let_go(%s)", [oldest])
        return cursor.fetchone()[0]

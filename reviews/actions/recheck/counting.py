"""Counts who of the settled borrowers was looked at in time: at once, or for a large book now and then."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from reviews.actions.recheck import finished
from reviews.models import CoverageDay, Part, Watch
from servicing.actions import periods, processing

# A book of more borrowers is not counted while somebody waits for the page.
LARGE = 20_000
EVERY = timedelta(minutes=10)

# One statement, so that the parts add up; the conditions are those of Watch.
COUNT = f"""
with restricted as ({processing.RESTRICTED.format(day="%(on)s::date")}),
aside as (select borrower_id from servicing_stamp where aside_at is not null),
words as (
    select distinct on (borrower_id) borrower_id,
           coalesce(least(withdrawn_on, until_on + 1) <= %(on)s::date, false) as is_over
    from servicing_consent where purpose = 'outside_data' order by borrower_id, given_on desc, id desc
),
newest as (
    select s.borrower_id, s.inquiries_30 is not null as is_seen from reviews_snapshot s
    where s.as_of between %(since)s::date and %(on)s::date
      and (s.as_of >= %(due)s::date or s.holds_until is null or s.holds_until > %(due)s::date)
      and not exists (select from reviews_snapshot n where n.borrower_id = s.borrower_id
                      and n.as_of > s.as_of and n.as_of between %(since)s::date + 1 and %(on)s::date)
)
select case when h.borrower_id in (select borrower_id from restricted) then 'restricted'
            when h.borrower_id in (select borrower_id from aside) then 'aside'
            when n.borrower_id is null then 'late'
            when n.is_seen then 'checked'
            when h.borrower_id in (select borrower_id from words where is_over)
                 or exists (select from servicing_observation o where o.borrower_id = h.borrower_id
                            and o.withdrawn_on is null
                            and o.known_on <= %(on)s::date and o.observed_on > %(due)s::date - %(stale)s)
            then 'internal' else 'unasked' end as part,
       count(*)
from servicing_borrowerhistory h left join newest n on n.borrower_id = h.borrower_id
where h.first_settled_on <= %(on)s::date
group by part
"""  # noqa: S608 - our own names


def watch(*, on):
    """What was to be done by a day."""
    newest = finished.newest_day()
    since = finished.first_day(newest) if newest else on
    return Watch(on=on, newest=newest, since=since, stale=periods.value("observation.stale", on=on))


def count(look, *, at):
    """The parts as they are at this moment, not saved."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {name: getattr(look, name) for name in ("on", "due", "since", "stale")})
        parts = dict.fromkeys(Part.values, 0) | dict(cursor.fetchall())
    return CoverageDay(as_of=look.on, due=look.due, counted_at=at, parts=parts)


def coverage(*, at):
    """The parts for the page: counted now, or for a large book as they were counted last."""
    kept = CoverageDay.objects.order_by("-as_of").first()
    return kept if kept and kept.settled > LARGE else count(watch(on=timezone.localdate(at)), at=at)


def keep(*, at):
    """Count anew where a run has finished since, or it is some minutes ago; True where it was."""
    kept = CoverageDay.objects.order_by("-as_of").first()
    newest = finished.whole_runs().order_by("-finished_at").first()
    if kept and at - kept.counted_at < EVERY and not (newest and newest.finished_at > kept.counted_at):
        return False
    counted = count(watch(on=timezone.localdate(at)), at=at)
    CoverageDay.objects.update_or_create(
        as_of=counted.as_of,
        defaults={"due": counted.due, "counted_at": at, "parts": counted.parts},
    )
    return True

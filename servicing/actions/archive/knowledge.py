"""From which day on a fact counts: what a past day knew must not change when more becomes known."""

from django.db import connection
from django.utils import timezone

from servicing.models import Source


def opened(source, *, at):
    """The source with the day of its first arrival, which this may be."""
    if source.opened_on is None:
        today = timezone.localdate(at, source.zone_info)
        Source.objects.filter(pk=source.pk, opened_on=None).update(opened_on=today)
        source.refresh_from_db(fields=["opened_on"])
    return source


def is_history(source, *, at):
    """Whether what comes now came with the source itself: then it was known as of its own days."""
    return source.opened_on == timezone.localdate(at, source.zone_info)


def known_on(source, own_day, *, at):
    """The first day on which a fact of `own_day` counts that comes now."""
    return own_day if is_history(source, at=at) else max(own_day, timezone.localdate(at, source.zone_info))


def superseded_on(source, known, *, at):
    """The first day on which a fact known since `known` counts no longer; of history it never counted."""
    return known if is_history(source, at=at) else max(known, timezone.localdate(at, source.zone_info))


# The version of what a loan waits for is none any more; of history it never was one.
GONE = """
update servicing_arrear a set superseded_on = case
    when s.opened_on = (%(at)s::timestamptz at time zone s.zone)::date then a.known_on
    else greatest(a.known_on, (%(at)s::timestamptz at time zone s.zone)::date) end
from servicing_borrower b join servicing_source s on s.id = b.source_id
where b.id = a.borrower_id and a.superseded_on is null and a.borrower_id = any(%(people)s) and not exists (
    select from servicing_oldestdue o where o.loan_id = a.loan_id
    and (o.due_on, o.number, o.grace_days) = (a.oldest_due_on, a.number, a.grace_days))
"""
COME = """
insert into servicing_arrear (loan_id, borrower_id, oldest_due_on, number, grace_days, known_on)
select o.loan_id, o.borrower_id, o.due_on, o.number, o.grace_days,
       case when s.opened_on = (%(at)s::timestamptz at time zone s.zone)::date then l.known_on
            else greatest(l.known_on, (%(at)s::timestamptz at time zone s.zone)::date) end
from servicing_oldestdue o join servicing_loan l on l.id = o.loan_id
join servicing_source s on s.id = l.source_id
where o.borrower_id = any(%(people)s) and not exists (
    select from servicing_arrear a where a.loan_id = o.loan_id and a.superseded_on is null)
order by o.loan_id
"""


def note_arrears(people, *, at):
    """Write the next version of what the loans of these borrowers wait for, where it has changed.

    The caller holds the borrowers (ids).
    """
    named = {"people": sorted(people), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(GONE, named)
        cursor.execute(COME, named)

"""Restricts what is done with a borrower's data, lifts it with a second person, and notes consent."""

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.actions import ledger
from servicing.actions.archive.histories import stamp
from servicing.actions.controls.desk import Kind, propose
from servicing.actions.controls.desk import NotAllowed as Refused
from servicing.domain.privacy import blur, says_something
from servicing.gateways import queue
from servicing.models import Borrower, Consent, Restriction

# The borrowers who are restricted on a day, as SQL: the one place that says it to what works on whole books.
RESTRICTED = """select borrower_id from servicing_restriction
    where from_on <= {day} and coalesce(until_on >= {day}, true) and coalesce(lifted_on > {day}, true)"""
# Who is restricted on the day that is judged or on the day of work; and the newest words on outside data.
ALLOWED = f"""
restricted as materialized (
    select borrower_id from ({RESTRICTED.format(day="%(as_of)s::date")}
                             union {RESTRICTED.format(day="%(on)s::date")}) as kept
    where borrower_id {{who}}
),
words as materialized (
    select distinct on (borrower_id) borrower_id, given_on,
           coalesce(least(withdrawn_on, until_on + 1) <= %(on)s::date, false) as is_over
    from servicing_consent where purpose = 'outside_data' and borrower_id {{who}}
    order by borrower_id, given_on desc, id desc
)"""  # noqa: S608 - our own names
# Who has ended a consent is not read any more, whichever day is judged.
MAY_BE_READ = """borrower_id not in (select borrower_id from words where is_over)
    and (source_id = any(array(select id from servicing_source where declares_consent))
         or borrower_id in (select borrower_id from words where given_on <= %(as_of)s::date))"""
READABLE = f"""
with {ALLOWED.format(who="= any(%(ids)s::bigint[])")}
select borrower_id
from (select unnest(%(ids)s::bigint[]) as borrower_id, %(source)s::bigint as source_id) as asked
where borrower_id not in (select borrower_id from restricted) and {MAY_BE_READ}
"""  # noqa: S608 - our own names


def readable(people, *, source, on):
    """Those of these borrowers (ids) of whom may be read on this day what a source says."""
    with connection.cursor() as cursor:
        cursor.execute(READABLE, {"ids": list(people), "source": source.pk, "as_of": on, "on": on})
        return {pk for (pk,) in cursor}


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


@transaction.atomic
def restrict(*, borrower, ground, reason, until_on, by, at):
    """Keep a borrower's data and do nothing else with it, from today; what is so already changes nothing.

    Raises NotAllowed ("right", "reason", "until").
    """
    if not by.may("processing.restrict"):
        raise NotAllowed("right")
    if not says_something(reason):
        raise NotAllowed("reason")
    today = timezone.localdate(at)
    if until_on is not None and until_on < today:
        raise NotAllowed("until")
    borrower = Borrower.objects.held(borrower.pk)
    there = Restriction.objects.in_force(on=today).filter(borrower=borrower).first()
    if there:
        return there
    row = Restriction.objects.create(
        borrower=borrower, ground=ground, reason=blur(reason)[:200], from_on=today, until_on=until_on,
        by=by, at=at,
    )  # fmt: skip
    # The next recheck takes note that what it found before stands no longer.
    stamp({borrower.pk}, at=at)
    detail = {"ground": ground, "reason": row.reason, "until": until_on and until_on.isoformat()}
    ledger.record(what="processing.restricted", target=borrower, by=by, at=at, detail=detail)
    return row


def shown(row):
    """What the second person sees of a restriction that shall end."""
    return {
        "about": str(row.borrower),
        "restriction": row.pk,
        "ground": row.ground,
        "reason": row.reason,
        "from_on": row.from_on.isoformat(),
        "until_on": row.until_on and row.until_on.isoformat(),
    }


def propose_lift(*, restriction, purpose, by, at):
    """Ask that a restriction end; raises the desk's NotAllowed ("right", "waits", "over")."""
    if not Restriction.objects.in_force(on=timezone.localdate(at)).filter(pk=restriction.pk).exists():
        raise Refused("over")
    return propose(
        kind=LIFT.code,
        subject=f"restriction:{restriction.pk}",
        shown=shown(restriction),
        purpose=purpose,
        by=by,
        at=at,
    )


def lift(*, approval, by, at):
    """End it today; the borrower is judged again at once."""
    today = timezone.localdate(at)
    row = Restriction.objects.select_for_update().get(pk=approval.shown["restriction"])
    if not Restriction.objects.in_force(on=today).filter(pk=row.pk).exists():
        raise Refused("over")
    row.lifted_on = today
    row.save(update_fields=["lifted_on"])
    stamp({row.borrower_id}, at=at)
    detail = {"approval": approval.pk, "from_on": row.from_on.isoformat()}
    ledger.record(what="processing.lifted", target=row.borrower, by=by, at=at, detail=detail)
    queue.nudge("rejudge")


def now(approval):
    return shown(Restriction.objects.select_related("borrower").get(pk=approval.shown["restriction"]))


LIFT = Kind(
    "restriction",
    _("end of a restriction"),
    "processing.restrict",
    "processing.lift",
    lift,
    now,
    refusals={"over": _("This restriction has ended already.")},
)


@transaction.atomic
def consent(*, borrower, basis, given_on, until_on, by, at):
    """Note that a borrower allows outside data to be read; the same word again changes nothing.

    Raises NotAllowed ("right", "days").
    """
    if not by.may("consent.record"):
        raise NotAllowed("right")
    today = timezone.localdate(at)
    if given_on > today or (until_on is not None and until_on < today):
        raise NotAllowed("days")
    borrower = Borrower.objects.held(borrower.pk)
    newest = Consent.objects.newest(borrower)
    said = {"basis": basis, "given_on": given_on, "until_on": until_on}
    if newest and newest.holds(on=today) and all(getattr(newest, k) == v for k, v in said.items()):
        return newest
    # An older paper that turns up later does not undo what the borrower has said since.
    if newest and given_on < max(newest.given_on, newest.withdrawn_on or newest.given_on):
        raise NotAllowed("days")
    return _said(borrower, what="consent.given", by=by, at=at, **said)


@transaction.atomic
def withdraw(*, borrower, by, at):
    """Note that a borrower no longer allows it: from now on nothing of it is read, of whatever day.

    Twice is once. Raises NotAllowed ("right").
    """
    if not by.may("consent.record"):
        raise NotAllowed("right")
    today, borrower = timezone.localdate(at), Borrower.objects.held(borrower.pk)
    newest = Consent.objects.newest(borrower)
    if newest is None:
        began = borrower.observations.aggregate(day=Min("known_on"))["day"] or today
        said = {"basis": Consent.Basis.SOURCE, "given_on": min(began, today), "until_on": None}
        return _said(borrower, what="consent.withdrawn", by=by, at=at, withdrawn_on=today, **said)
    if newest.withdrawn_on is not None:
        return newest
    newest.withdrawn_on = today
    newest.save(update_fields=["withdrawn_on"])
    _told(newest, what="consent.withdrawn", by=by, at=at)
    return newest


def _said(borrower, *, what, by, at, **said):
    purpose = Consent.Purpose.OUTSIDE_DATA
    row = Consent.objects.create(borrower=borrower, purpose=purpose, by=by, at=at, **said)
    _told(row, what=what, by=by, at=at)
    return row


def _told(row, *, what, by, at):
    """Judge again by what may be read now, and leave the trace."""
    stamp({row.borrower_id}, at=at)
    detail = {"purpose": row.purpose, "basis": row.basis, "given_on": row.given_on.isoformat()}
    ledger.record(what=what, target=row.borrower, by=by, at=at, detail=detail)
    queue.nudge("rejudge")


def turned(*, since, on):
    """Ids of borrowers for whom a restriction or a consent ran out by itself from one day to another."""
    ended = (since, on - timedelta(days=1))
    rows = Restriction.objects.filter(until_on__range=ended, lifted_on=None)
    words = Consent.objects.on_outside_data().filter(until_on__range=ended, withdrawn_on=None)
    return {*rows.values_list("borrower", flat=True), *words.values_list("borrower", flat=True)}

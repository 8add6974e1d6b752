"""What all settlements of a borrower add up to, kept for the pages and for the recheck."""

import hashlib
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.archive.holding import ROUND, Round, rows
from servicing.actions.archive.knowledge import note_arrears
from servicing.actions.archive.sums import ROLL
from servicing.domain.periods import years_before
from servicing.gateways import queue
from servicing.models import BorrowerHistory, Stamp

CHUNK = 1000


def roll_up(borrower_ids, *, on, at):
    """Write the histories of some borrowers from their current settlements as of a day.

    Returns rows (borrower, worst DPD, late loans, next lapse). Who has no settled loan (any more) has no
    history. The caller holds the borrowers' rows, or as `rebuild_lapsed` does their histories, and what
    settles meanwhile rolls up after it.
    """
    ids, years = sorted(borrower_ids), periods.value("adverse.years", on=on)
    named = {"ids": ids, "as_of": on, "years": years, "adverse_since": years_before(on, years), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(ROLL, named)
        rolled = cursor.fetchall()
    if gone := set(ids) - {row[0] for row in rolled}:
        BorrowerHistory.objects.filter(pk__in=gone).delete()
    return rolled


def stamp(borrower_ids, *, at):
    """Mark borrowers as not judged since this instant; one who was set aside is tried again."""
    Stamp.objects.bulk_create(
        [Stamp(borrower_id=borrower_id, stamped_at=at) for borrower_id in sorted(borrower_ids)],
        update_conflicts=True,
        unique_fields=["borrower"],
        update_fields=["stamped_at", "attempts", "aside_at", "trouble"],
    )


def bring_up(*, touched, ended, at):
    """Note what the loans of those whom a fact touched wait for now, and stamp them; roll up those of whom a
    loan came, ended, or did not after all.

    In a round it is done once, at its end.
    """
    if now := ROUND.get():
        now.touched.update(touched)
        now.ended.update(ended)
        return
    note_arrears(touched, at=at)
    if ended:
        roll_up(ended, on=timezone.localdate(at), at=at)
    stamp(touched, at=at)


@contextmanager
def together(borrowers, *, at, **which):
    """A round of facts about those loans of these borrowers (ids) that the filter `which` finds; the caller's
    transaction holds the borrowers.
    """
    loans = rows().filter(borrower__in=borrowers, **which).order_by("pk")
    now = Round(set(borrowers), {loan.pk: loan for loan in loans})
    token = ROUND.set(now)
    try:
        with periods.steady(), ledger.gathered():
            yield
    finally:
        ROUND.reset(token)
    bring_up(touched=now.touched, ended=now.ended, at=at)


def rebuild_lapsed(*, on, by, at):
    """Roll up again every borrower of whom something has stopped counting by this day; how many."""
    count = 0
    while found := _rebuild_some(on=on, by=by, at=at):
        count += found
    return count


@transaction.atomic
def _rebuild_some(*, on, by, at):
    # Another setting for adverse facts makes them all lapse.
    lapsed = BorrowerHistory.objects.select_for_update(no_key=True, skip_locked=True).filter(
        Q(next_lapse_on__lte=on) | ~Q(adverse_years=periods.value("adverse.years", on=on))
    )
    ids = list(lapsed.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if not ids:
        return 0
    rolled = roll_up(ids, on=on, at=at)
    stamp(ids, at=at)
    wrote = "\n".join(f"{pk} {worst} {late} {lapse}" for pk, worst, late, lapse in sorted(rolled))
    ledger.record(
        what="history.rebuilt",
        by=by,
        at=at,
        detail={"count": len(rolled), "sha256": hashlib.sha256(wrote.encode()).hexdigest()},
    )
    queue.nudge("rejudge")
    return len(ids)

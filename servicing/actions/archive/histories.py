"""What all settlements of a borrower add up to, kept for the pages; a recheck reads the settlements."""

import hashlib
from contextlib import contextmanager
from dataclasses import asdict, fields
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.archive.holding import ROUND, Round, rows
from servicing.domain import archive
from servicing.gateways import queue
from servicing.models import BorrowerHistory, Settlement, Stamp

FIELDS = [field.name for field in fields(archive.History)]
CHUNK = 1000


def roll_up(borrower_ids, *, on, at):
    """Write the histories of some borrowers from their current settlements as of a day; returns them.

    Who has no settled loan (any more) has no history. The caller holds the borrowers' rows, so that no
    settlement is added meanwhile.
    """
    borrower_ids = set(borrower_ids)
    years = periods.value("adverse.years", on=on)
    rows = (
        Settlement.objects.current()
        .filter(borrower__in=borrower_ids)
        .order_by("borrower_id")
        .values_list(
            "borrower_id", "loan_id", "settled_on", "days_late", "worst_dpd", "failed_payments", named=True
        )
    )
    histories = [
        BorrowerHistory(
            borrower_id=borrower_id,
            rolled_at=at,
            **asdict(archive.roll(group, on=on, adverse_years=years)),
        )
        for borrower_id, group in groupby(rows, key=lambda row: row.borrower_id)
    ]
    if gone := borrower_ids - {history.borrower_id for history in histories}:
        BorrowerHistory.objects.filter(pk__in=gone).delete()
    BorrowerHistory.objects.bulk_create(
        histories,
        update_conflicts=True,
        unique_fields=["borrower"],
        update_fields=[*FIELDS, "rolled_at"],
    )
    return histories


def stamp(borrower_ids, *, at):
    """Mark borrowers as not judged since this instant."""
    Stamp.objects.bulk_create(
        [Stamp(borrower_id=borrower_id, stamped_at=at) for borrower_id in sorted(borrower_ids)],
        update_conflicts=True,
        unique_fields=["borrower"],
        update_fields=["stamped_at"],
    )


def bring_up(*, touched, ended, at):
    """Roll up borrowers of whom a loan ended, or did not after all, and stamp all whom a fact touched.

    In a round it is done once, at its end.
    """
    if now := ROUND.get():
        now.touched.update(touched)
        now.ended.update(ended)
        return
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
    """Roll up again every borrower of whom some lateness has stopped counting by this day; how many."""
    count = 0
    while found := _rebuild_some(on=on, by=by, at=at):
        count += found
    return count


@transaction.atomic
def _rebuild_some(*, on, by, at):
    lapsed = BorrowerHistory.objects.select_for_update(no_key=True, skip_locked=True).filter(
        next_lapse_on__lte=on
    )
    ids = list(lapsed.order_by("pk").values_list("pk", flat=True)[:CHUNK])
    if not ids:
        return 0
    rolled = roll_up(ids, on=on, at=at)
    stamp(ids, at=at)
    wrote = "\n".join(f"{row.pk} {row.worst_dpd} {row.late_loans} {row.next_lapse_on}" for row in rolled)
    ledger.record(
        what="history.rebuilt",
        by=by,
        at=at,
        detail={"count": len(rolled), "sha256": hashlib.sha256(wrote.encode()).hexdigest()},
    )
    queue.nudge("rejudge")
    return len(ids)

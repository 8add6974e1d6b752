"""Takes back a whole import, in one transaction, as long as nothing was built on what it brought."""

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from servicing.actions import archive, jobs, ledger
from servicing.actions.intake.staging import UNDO, NotAllowed, begin
from servicing.models import (
    Borrower,
    BorrowerHistory,
    Guarantor,
    ImportBatch,
    Instalment,
    Loan,
    Pause,
    Payment,
    PayoffStep,
    Settlement,
    Stamp,
)

# What an import writes about a loan and a borrower; whatever else refers to them was built on it.
OF_LOAN = (Guarantor, Payment, Pause, Instalment, PayoffStep, Settlement)
OF_BORROWER = (BorrowerHistory, Stamp)
# Entries of the trail that only say that somebody looked.
LOOKS = ("borrower.viewed", "borrower.revealed", "borrower.refused")


class BuiltOn(Exception):
    """Something refers to what the import brought."""


@transaction.atomic
def ask_undo(*, batch, reason, by, at):
    """Ask a second person to take an applied import back; raises NotAllowed."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not batch.undo_may_be_asked_by(by):
        raise NotAllowed("undo")
    batch.undo_asked_by, batch.undo_asked_at, batch.undo_reason, batch.refusal = by, at, reason[:200], ""
    batch.save(update_fields=["undo_asked_by", "undo_asked_at", "undo_reason", "refusal"])
    ledger.record(what="import.undo_asked", target=batch, by=by, at=at, detail={"reason": reason[:200]})


@transaction.atomic
def undo(*, batch, by, at):
    """Begin to take an import back that another person asked to be taken back; raises NotAllowed."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not batch.undone_after(by):
        raise NotAllowed("undo")
    batch.undone_by = by
    batch.save(update_fields=["undone_by"])
    ledger.record(what="import.undo_begun", target=batch, by=by, at=at)
    size = sum(len(share.loans) for share in batch.arrivals.all())
    begin(batch, UNDO, shards=[({}, size)], by=by, at=at)


def undo_shard(shard, *, at):
    """All of it at once: half an import would be neither there nor gone."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    shares = list(batch.arrivals.all())
    loans = [pk for share in shares for pk in share.loans]
    borrowers = [pk for share in shares for pk in share.borrowers]
    try:
        with transaction.atomic():
            take_back(loans, borrowers, at=at)
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
    except (BuiltOn, IntegrityError):
        return {"built_on": True}
    batch.rows.all().delete()
    batch.arrivals.all().delete()
    return {"loans": len(loans), "borrowers": len(borrowers)}


def take_back(loans, borrowers, *, at):
    """Delete the loans and the borrowers who came with them; roll up again who stays. Raises BuiltOn, and
    IntegrityError where a row that an import does not write refers to them.
    """
    owners = set(Loan.objects.filter(pk__in=loans).values_list("borrower_id", flat=True)) | set(borrowers)
    list(Borrower.objects.select_for_update().filter(pk__in=owners).order_by("pk").values_list("pk"))
    if was_used(loans, owners):
        raise BuiltOn
    for model in OF_LOAN:
        delete(model, "loan_id", loans)
    delete(Loan, "id", loans)
    stay = sorted(owners - set(borrowers))
    settled = set(
        Settlement.objects.current().filter(borrower__in=stay).values_list("borrower_id", flat=True)
    )
    empty = owners - settled
    for name in settings.FORGETS:
        if not import_string(name)(borrowers=sorted(empty)):
            raise BuiltOn
    delete(BorrowerHistory, "borrower_id", sorted(empty))
    delete(Stamp, "borrower_id", borrowers)
    delete(Borrower, "id", borrowers)
    archive.roll_up(settled, on=timezone.localdate(at), at=at)
    archive.stamp(settled, at=at)


USED = """
select exists (
    select from unnest(%(loans)s::bigint[]) as l(id)
    join servicing_ledgerentry e on e.target_type = 'servicing.loan' and e.target_id = l.id::text
), exists (
    select from unnest(%(owners)s::bigint[]) as b(id)
    join servicing_ledgerentry e on e.target_type = 'servicing.borrower' and e.target_id = b.id::text
    where e.what <> all(%(looks)s)
), exists (
    select from servicing_loan where borrower_id = any(%(owners)s) and id > %(last)s
)
"""


def was_used(loans, owners):
    """Whether the trail names one of the loans or borrowers, or a later loan is theirs."""
    if not loans:
        return False
    named = {"loans": loans, "owners": sorted(owners), "last": max(loans), "looks": list(LOOKS)}
    with connection.cursor() as cursor:
        cursor.execute(USED, named)
        return any(cursor.fetchone())


def delete(model, column, ids):
    """Delete by id straight in the database, whose constraints say whether that may be."""
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"delete from {table} where {column} = any(%s)", [list(ids)])  # noqa: S608 - our own names


def conclude(batch, run, *, at):
    """Close an undo: the import is undone, or it stays because something was built on it."""
    (result,) = run.shards.values_list("result", flat=True)
    if not jobs.finish(run, result=result, by=run.by, at=at):
        return
    if "built_on" in result:
        batch.status, batch.refusal = ImportBatch.Status.APPLIED, "built_on"
        batch.undo_asked_by = batch.undo_asked_at = batch.undone_by = None
    else:
        batch.status, batch.undone_at = ImportBatch.Status.UNDONE, at
    batch.save()
    what = "import.undo_refused" if "built_on" in result else "import.undone"
    ledger.record(what=what, target=batch, by=run.by, at=at, detail=result)

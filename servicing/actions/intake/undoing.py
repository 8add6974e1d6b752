"""Takes back a whole import, in one transaction, as long as nothing was built on what it brought."""

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from servicing.actions import archive, controls, jobs, ledger
from servicing.actions.intake.staging import APPLY, UNDO, NotAllowed, begin
from servicing.domain.privacy import blur, says_something
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
    Run,
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
    """Propose that an applied import is taken back; the approval that waits for a second person.

    Raises NotAllowed ("undo", "reason", "arrivals" where nobody wrote down what the import brought), and
    what the desk refuses.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not batch.undo_may_be_asked_by(by):
        raise NotAllowed("undo")
    if not says_something(reason):
        raise NotAllowed("reason")
    shown = shown_of(batch)
    # Imports from before arrivals were written down: taking back what is known would leave the rest.
    if any(shown[name] != batch.counts.get(name, 0) for name in ("loans", "borrowers")):
        raise NotAllowed("arrivals")
    approval = controls.propose(
        kind=KIND.code, subject=f"import:{batch.pk}", shown=shown, purpose=reason, by=by, at=at
    )
    ledger.record(what="import.undo_asked", target=batch, by=by, at=at, detail={"reason": blur(reason)[:200]})
    return approval


def shown_of(batch):
    """What the second person sees: which import, and what of it would go."""
    shares = list(batch.arrivals.all())
    return {
        "about": f"#{batch.pk} {batch.name}"[:64],
        "import": batch.pk,
        "status": batch.status,
        "files": [entry["file"] for entry in batch.files],
        "loans": sum(len(share.loans) for share in shares),
        "borrowers": sum(len(share.borrowers) for share in shares),
        "digest": batch.digest,
    }


def of_approval(approval):
    return ImportBatch.objects.get(pk=approval.shown["import"])


def now(approval):
    """What would be shown now: the import as it stands."""
    return shown_of(of_approval(approval))


def undo(*, approval, by, at):
    """Begin to take an import back; runs in the transaction of the approval."""
    batch = ImportBatch.objects.select_for_update().get(pk=of_approval(approval).pk)
    batch.undo_asked_by, batch.undo_asked_at = approval.proposed_by, approval.proposed_at
    batch.undo_reason, batch.undone_by = approval.purpose, by
    batch.refusal = "in_part" if batch.status == ImportBatch.Status.PART else ""
    batch.save(update_fields=["undo_asked_by", "undo_asked_at", "undo_reason", "undone_by", "refusal"])
    ledger.record(what="import.undo_begun", target=batch, by=by, at=at, detail={"approval": approval.pk})
    begin(batch, UNDO, shards=[({}, approval.shown["loans"])], by=by, at=at)


KIND = controls.Kind("undo", _("undo of an import"), "import.undo", "import.apply", undo, now)


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
    list(
        Borrower.objects.select_for_update(no_key=True).filter(pk__in=owners).order_by("pk").values_list("pk")
    )
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
    select from servicing_loan other left join unnest(%(loans)s::bigint[]) as own(id) using (id)
    where other.borrower_id = any(%(owners)s) and own.id is null and other.id > (
        select coalesce(min(mine.id), 0) from servicing_loan mine
        join unnest(%(loans)s::bigint[]) as l(id) using (id) where mine.borrower_id = other.borrower_id)
)
"""


def was_used(loans, owners):
    """Whether the trail names one of the loans or borrowers, or a later loan is theirs.

    Ids of loans are drawn while their borrower is held, so among one borrower's loans the larger id is the
    later one; across borrowers it says nothing, because parts of an import and the feed run side by side.
    """
    named = {"loans": loans, "owners": sorted(owners), "looks": list(LOOKS)}
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
        batch.status, batch.refusal = before(batch), "built_on"
        batch.undo_asked_by = batch.undo_asked_at = batch.undone_by = None
    else:
        batch.status, batch.undone_at = ImportBatch.Status.UNDONE, at
    batch.save(
        update_fields=["status", "refusal", "undo_asked_by", "undo_asked_at", "undone_by", "undone_at"]
    )
    what = "import.undo_refused" if "built_on" in result else "import.undone"
    ledger.record(what=what, target=batch, by=run.by, at=at, detail=result)


def before(batch):
    """Applied, or in part: as the run that applied it ended."""
    is_whole = Run.objects.filter(kind=APPLY, slot=f"{batch.pk}", status=Run.Status.DONE).exists()
    return ImportBatch.Status.APPLIED if is_whole else ImportBatch.Status.PART

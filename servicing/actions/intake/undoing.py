"""Takes back a whole import, in one transaction, as long as nothing was built on what it brought."""

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from servicing.actions import controls, jobs, ledger
from servicing.actions.intake import takers
from servicing.actions.intake.ranges import newest
from servicing.actions.intake.returning import BuiltOn
from servicing.actions.intake.staging import APPLY, UNDO, NotAllowed, begin
from servicing.domain.privacy import blur, says_something
from servicing.models import ImportBatch, LedgerEntry, Run


@transaction.atomic
def ask_undo(*, batch, reason, by, at):
    """Propose that an applied import is taken back; the approval that waits for a second person, or None
    where something was built on it, which its page then says.

    Raises NotAllowed ("undo", "reason", "arrivals" where nobody wrote down what the import brought), and
    what the desk refuses.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if not batch.undo_may_be_asked_by(by):
        raise NotAllowed("undo")
    if not says_something(reason):
        raise NotAllowed("reason")
    brought = takers.of(batch).brought(batch)
    # Imports from before arrivals were written down: taking back what is known would leave the rest.
    if any(count != batch.counts.get(name, 0) for name, count in brought.counts().items()):
        raise NotAllowed("arrivals")
    if found := brought.obstacles():
        stays(batch, found)
        ledger.record(what="import.undo_refused", target=batch, by=by, at=at, detail={"built_on": found})
        return None
    approval = controls.propose(
        kind=KIND.code, subject=f"import:{batch.pk}", shown=shown_of(brought), purpose=reason, by=by, at=at
    )
    if approval.proposed_at == at:  # and not by a second click
        detail = {"reason": blur(reason)[:200]}
        ledger.record(what="import.undo_asked", target=batch, by=by, at=at, detail=detail)
    return approval


def stays(batch, found):
    """The import stays because of what was built on it."""
    batch.refusal, batch.preview = "built_on", batch.preview | {"built_on": found}
    batch.save(update_fields=["refusal", "preview"])


def shown_of(brought):
    """What the second person sees: which import, and what of it would go."""
    batch = brought.batch
    return {
        "about": f"#{batch.pk} {batch.note or batch.name}"[:64],
        "import": batch.pk,
        "status": batch.status,
        "files": list(dict.fromkeys(entry["sent"] for entry in batch.files)),
        "digest": batch.digest,
        **brought.counts(),
    }


def of_approval(approval):
    return ImportBatch.objects.get(pk=approval.shown["import"])


def now(approval):
    """What would be shown now: the import as it stands, and what was built on it since."""
    batch = of_approval(approval)
    brought = takers.of(batch).brought(batch)
    found = brought.obstacles()
    return shown_of(brought) | ({"built_on": found} if found else {})


def outcome(approval, *, now):
    """(the import, what stands against its undo or stood against it): what comes of a proposal, of which
    `now` would be shown at this moment.
    """
    batch = of_approval(approval)
    if approval.status == approval.Status.WAITING:
        return batch, now.get("built_on", [])
    return batch, batch.preview.get("built_on", []) if batch.refusal == "built_on" else []


def undo(*, approval, by, at):
    """Begin to take an import back; runs in the transaction of the approval."""
    batch = ImportBatch.objects.select_for_update().get(pk=of_approval(approval).pk)
    batch.undo_asked_by, batch.undo_asked_at = approval.proposed_by, approval.proposed_at
    batch.undo_reason, batch.undone_by = approval.purpose, by
    batch.refusal = "in_part" if batch.status == ImportBatch.Status.PART else ""
    batch.save(update_fields=["undo_asked_by", "undo_asked_at", "undo_reason", "undone_by", "refusal"])
    ledger.record(what="import.undo_begun", target=batch, by=by, at=at, detail={"approval": approval.pk})
    begin(batch, UNDO, shards=[({}, approval.shown[takers.of(batch).main])], by=by, at=at)


KIND = controls.Kind("undo", _("undo of an import"), "import.undo", "import.apply", undo, now)


def undo_shard(shard, *, at):
    """All of it at once: half an import would be neither there nor gone."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    brought = takers.of(batch).brought(batch)
    try:
        with transaction.atomic():
            since = newest(LedgerEntry)
            brought.take_back(by=shard.run.by, at=at)
            with connection.cursor() as cursor:
                cursor.execute("set constraints all immediate")
    except BuiltOn as built:
        return {"built_on": built.found}
    except IntegrityError as error:
        return {"built_on": [("", "", table_of(error))]}
    batch.rows.all().delete()
    brought.forget(since=since)
    return brought.counts()


def table_of(error):
    """The table whose row refers to what would be gone."""
    return getattr(getattr(error.__cause__, "diag", None), "table_name", None) or ""


def conclude(batch, run, *, at):
    """Close an undo: the import is undone, or it stays because something was built on it."""
    (result,) = run.shards.values_list("result", flat=True)
    if not jobs.finish(run, result=result, by=run.by, at=at):
        return
    if "built_on" in result:
        give_up(batch)
        stays(batch, result["built_on"])
    else:
        batch.status, batch.undone_at = ImportBatch.Status.UNDONE, at
        batch.save(update_fields=["status", "undone_at"])
    what = "import.undo_refused" if "built_on" in result else "import.undone"
    ledger.record(what=what, target=batch, by=run.by, at=at, detail=result)


def give_up(batch):
    """Let an undo that came to nothing be none: whatever it had begun was rolled back."""
    batch.status = before(batch)
    batch.undo_asked_by = batch.undo_asked_at = batch.undone_by = None
    batch.save(update_fields=["status", "undo_asked_by", "undo_asked_at", "undone_by"])


def before(batch):
    """Applied, or in part: as the run that applied it ended."""
    is_whole = Run.objects.filter(kind=APPLY, slot=f"{batch.pk}", status=Run.Status.DONE).exists()
    return ImportBatch.Status.APPLIED if is_whole else ImportBatch.Status.PART

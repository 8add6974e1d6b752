"""Ways out for a person: what failed is tried again, or the files are given up."""

from django.db import transaction

from servicing.actions import jobs, ledger
from servicing.actions.intake import previews, takers, undoing
from servicing.actions.intake.staging import NotAllowed, drop_files, quote_no_more
from servicing.domain.privacy import blur, says_something
from servicing.gateways import queue
from servicing.models import ImportBatch, Shard


@transaction.atomic
def retry(*, batch, by, at):
    """Put the quarantined shards of a stuck batch back in line; raises NotAllowed where `by` may not."""
    batch = held(batch)
    if not batch.retried_by(by):
        raise NotAllowed("retry")
    for shard in batch.run.shards.filter(status=Shard.Status.QUARANTINED).order_by("number"):
        jobs.retry(shard=shard, by=by, at=at)
    queue.nudge("import")


@transaction.atomic
def withdraw(*, batch, reason, by, at):
    """Give up a batch that is checked or stuck, so that the same files may come in again.

    An application that is stuck ends with what it had brought by then, which can be undone; of an undo that
    is stuck nothing happened. Raises NotAllowed where `by` may not, and "reason" where none is given.
    """
    batch = held(batch)
    if not batch.withdrawn_by(by):
        raise NotAllowed("withdraw")
    if not says_something(reason):
        raise NotAllowed("reason")
    detail: dict[str, object] = {"status": batch.status, "reason": blur(reason)[:200]}
    if batch.status == ImportBatch.Status.UNDOING:
        undoing.give_up(batch)
        ledger.record(what="import.withdrawn", target=batch, by=by, at=at, detail=detail)
        return
    batch.rows.all().delete()
    drop_files(batch)
    quote_no_more(batch)
    previews.forget_parts(batch.run)
    if batch.status == ImportBatch.Status.APPLYING:
        batch.counts = takers.counts_of(batch, batch.run.shards.filter(status=Shard.Status.DONE))
        batch.status, batch.refusal, batch.applied_at = ImportBatch.Status.PART, "in_part", at
        detail |= batch.counts
    else:
        batch.status, batch.refusal = ImportBatch.Status.REFUSED, "withdrawn"
    batch.save(update_fields=["status", "refusal", "counts", "applied_at", "files", "preview"])
    ledger.record(what="import.withdrawn", target=batch, by=by, at=at, detail=detail)


def held(batch):
    """The batch as it is now, locked: of two verbs at once the second one sees what the first one did."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    batch.run.refresh_from_db()
    return batch

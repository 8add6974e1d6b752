"""Checks and applies batches shard by shard, each in one transaction, whoever does the work."""

import time
from collections import Counter
from functools import partial

from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from servicing.actions import archive, jobs, ledger
from servicing.actions.intake.judging import judge
from servicing.actions.intake.staging import APPLY, CHECK, NotAllowed, begin
from servicing.domain.archive import settle
from servicing.domain.intake import BY_CODE
from servicing.models import ImportBatch, Reject, Run, Shard

COUNTS = ("borrowers", "loans", "settled", "skipped", "rejected", "already_imported")


class Stuck(Exception):
    """Shards failed as often as the setting allows and wait for a person."""


def work(*, at, on, run=None, limit=None, until=None):
    """Do what waits of checks and applications, then close what is complete; how many shards were done."""
    count = 0
    for kind, do in ((CHECK, check_shard), (APPLY, apply_shard)):
        left = None if limit is None else limit - count
        count += jobs.work(kind=kind, do=partial(do, at=at), on=on, run=run, limit=left, until=until)
    unfinished = Shard.objects.filter(run=OuterRef("pk")).exclude(status=Shard.Status.DONE)
    running = Run.objects.filter(kind__in=(CHECK, APPLY), status=Run.Status.RUNNING)
    for complete in running.filter(~Exists(unfinished)):
        conclude(complete, at=at)
    return count


def check_shard(shard, *, at):
    """Judge a range and write down what is refused; nothing else is changed."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    if "orphans" in shard.params:
        return refuse_orphans(batch)
    judged = judge(batch, shard.params, at=at)
    refuse(batch, judged.sorting)
    loans = [loan for loan, _ in judged.sorting.loans]
    settled = sum(
        settle(loan.dues, loan.payments, disbursed_on=loan.disbursed_on) is not None for loan in loans
    )
    fresh = set(judged.sorting.borrowers) - set(judged.known)
    return counted(judged, {"borrowers": len(fresh), "loans": len(loans), "settled": settled})


def apply_shard(shard, *, at):
    """Judge a range again, for the world may have changed, and let the archive take what is sound."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    if "orphans" in shard.params:
        return refuse_orphans(batch)
    judged = judge(batch, shard.params, at=at, lock=True)
    refuse(batch, judged.sorting)
    taken = archive.take(
        source=judged.source,
        borrowers=[facts for key, (facts, _) in judged.sorting.borrowers.items() if key not in judged.known],
        loans=[loan for loan, _ in judged.sorting.loans],
        known=judged.known,
        target=batch,
        by=shard.run.by,
        at=at,
    )
    return counted(judged, taken)


def counted(judged, taken):
    return taken | {
        "skipped": judged.sorting.skipped,
        "rejected": judged.sorting.rejected,
        "already_imported": judged.already,
    }


def refuse(batch, sorting):
    Reject.objects.bulk_create(
        [Reject(batch=batch, **refusal._asdict()) for refusal in sorting.refusals], ignore_conflicts=True
    )


# Set arithmetic first: without statistics an anti join of fresh rows may be planned as nested loops.
ORPHANS = """
with lost as (
    select parent from servicing_stagedrow where batch_id = %(batch)s and kind = any(%(kinds)s)
    except
    select key from servicing_stagedrow where batch_id = %(batch)s and kind = 'loan'
), orphans as (
    select s.file, s.line, s.key from lost join servicing_stagedrow s using (parent)
    where s.batch_id = %(batch)s and s.kind = any(%(kinds)s)
), noted as (
    insert into servicing_reject (batch_id, file, line, "column", reason, key)
    select %(batch)s, file, line, 'loan_id', 'unknown_loan', key from orphans
    on conflict do nothing
)
select count(*) from orphans
"""


def refuse_orphans(batch):
    """Refuse the rows of loans that are not in the batch."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS, {"batch": batch.pk, "kinds": list(BY_CODE[batch.layout].parts)})
        return {"rejected": cursor.fetchone()[0]}


@transaction.atomic
def apply(*, batch, by, at):
    """Begin to apply a checked batch; raises NotAllowed where it is not checked, or `by` staged it or has not
    the right.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status != ImportBatch.Status.CHECKED:
        raise NotAllowed("status")
    if batch.staged_by_id == by.pk:
        raise NotAllowed("second_person")
    if not by.may("import.apply"):
        raise NotAllowed("right")
    # They are judged again, and what is sound by now must not stand among them.
    batch.rejects.all().delete()
    shards = [(shard.params, shard.size) for shard in batch.run.shards.order_by("number")]
    ledger.record(what="import.applied", target=batch, by=by, at=at, detail=batch.counts)
    begin(batch, APPLY, shards=shards, by=by, at=at)
    return batch


@transaction.atomic
def conclude(run, *, at):
    """Close a run whose shards are all done: the batch is checked, or it is applied and its rows are gone."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.params["batch"])
    counts = Counter(dict.fromkeys(COUNTS, 0))
    for result in run.shards.values_list("result", flat=True):
        counts.update(result)
    if not jobs.finish(run, result=dict(counts), by=run.by, at=at):
        return
    batch.counts = dict(counts)
    if run.kind == CHECK:
        batch.status = ImportBatch.Status.CHECKED
    else:
        batch.status, batch.applied_at = ImportBatch.Status.APPLIED, at
        batch.rows.all().delete()
    batch.save(update_fields=["counts", "status", "applied_at"])


def carry(*, batch, by, at, progress=None):
    """Apply a batch of the shell here and now, beside any worker, until it is applied.

    `progress` is called with (shards done, shards, status). Raises Stuck, and NotAllowed for a batch of
    the browser, which waits for a second person.
    """
    on = timezone.localdate(at)
    while batch.status != ImportBatch.Status.APPLIED:
        if batch.door != ImportBatch.Door.SHELL:
            raise NotAllowed("second_person")
        done = work(at=at, on=on, run=batch.run, limit=1)
        batch.refresh_from_db()
        state = jobs.progress(batch.run)
        if progress:
            progress(state["done"], state["shards"], batch.status)
        if not done and batch.status != ImportBatch.Status.APPLIED:
            wait(state, by=by, at=at, on=on)
            batch.refresh_from_db()
    return batch


def wait(state, *, by, at, on):
    """Somebody else has the last shards: wait a little, and give up where nobody will bring them."""
    if state["quarantined"] and state["quarantined"] + state["done"] == state["shards"]:
        raise Stuck
    jobs.quarantine(by=by, at=at, on=on)
    time.sleep(0.2)


def counts_of_call(batch, *, is_new):
    """What one call of the shell did with an applied batch: everything, or nothing but find it there."""
    counts = {name: batch.counts[name] for name in COUNTS}
    if is_new:
        return counts
    return dict.fromkeys(COUNTS, 0) | {"already_imported": counts["loans"] + counts["already_imported"]}


@transaction.atomic
def exported(*, batch, rows, digest, by, at):
    """Leave a trace of a file of rejected rows; it says where they stand and holds no personal data."""
    ledger.record(what="reject.exported", target=batch, by=by, at=at, detail={"rows": rows, "sha256": digest})

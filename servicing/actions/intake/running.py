"""Checks and applies batches shard by shard, each in one transaction, whoever does the work."""

import time
from collections.abc import Callable
from functools import partial

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from servicing.actions import archive, controls, jobs, ledger, periods
from servicing.actions.intake import looking, previews, reading, takers, undoing
from servicing.actions.intake.staging import APPLY, CHECK, LOOK, READ, UNDO, NotAllowed, begin
from servicing.gateways import files
from servicing.models import ImportBatch, Run, Shard


class Stuck(Exception):
    """Shards failed as often as the setting allows and wait for a person."""


@periods.steady()
def work(*, at, on, run=None, limit=None, until=None):
    """Do what waits of files, checks and applications and close what is complete; how many shards it was.

    It goes by the settings that it began with.
    """
    count, running = 0, kinds_running()
    for kind, do in DOERS.items():
        if kind not in running:
            continue
        left = None if limit is None else limit - count
        count += do(at=at, on=on, run=run, limit=left, until=until)
        # Where one step ends the next begins.
        if close(kind, at=at):
            running = kinds_running()
    return count


def kinds_running():
    """The steps at which any batch is; in most seconds of a day that is none."""
    rows = Run.objects.filter(kind__in=DOERS, status=Run.Status.RUNNING)
    return set(rows.order_by().values_list("kind", flat=True))


def close(kind, *, at):
    """Conclude the runs of a kind whose shards are all done; how many there were."""
    unfinished = Shard.objects.filter(run=OuterRef("pk")).exclude(status=Shard.Status.DONE)
    running = Run.objects.filter(kind=kind, status=Run.Status.RUNNING)
    complete = list(running.filter(~Exists(unfinished)))
    for run in complete:
        {LOOK: looking.conclude, READ: reading.conclude}.get(kind, conclude)(run, at=at)
    return len(complete)


@transaction.atomic
def apply(*, batch, digest, by, at):
    """Begin to apply a checked batch; raises NotAllowed where it is not checked, where `by` staged it or has
    not the right, where the licence of who says it is on file no longer, or where what was shown under this
    digest holds no longer.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status != ImportBatch.Status.CHECKED:
        raise NotAllowed("status")
    if batch.staged_by_id == by.pk:
        raise NotAllowed("second_person")
    whose = controls.authority(by, "import.apply", on=timezone.localdate(at), proposer=batch.staged_by)
    if whose is None:
        raise NotAllowed("right")
    if batch.told_by and not batch.told_by.licence:
        raise NotAllowed("licence")
    if digest != previews.digest(batch) or previews.why_stale(batch, at=at) is not None:
        raise NotAllowed("shown")
    # Here and not in a shard: others would wait for it with their borrowers in hand.
    archive.name_products(set(batch.preview.get("new_products", ())))
    # They are judged again, and what is sound by now must not stand among them.
    batch.rejects.all().delete()
    detail = batch.counts | {"preview": digest}
    if whose.pk != by.pk:
        detail["deputy_for"] = whose.pk
    ledger.record(what="import.applied", target=batch, by=by, at=at, detail=detail)
    begin(batch, APPLY, shards=cuts_of(batch), by=by, at=at)
    return batch


def cuts_of(batch):
    return [(shard.params, shard.size) for shard in batch.run.shards.order_by("number")]


@transaction.atomic
def check_again(*, batch, by, at):
    """Judge a checked batch anew, because the archive has changed since; raises NotAllowed."""
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.status != ImportBatch.Status.CHECKED:
        raise NotAllowed("status")
    if not (by.may("import.stage") or by.may("import.apply")):
        raise NotAllowed("right")
    batch.rejects.all().delete()
    ledger.record(what="import.checked_again", target=batch, by=by, at=at)
    begin(batch, CHECK, shards=cuts_of(batch), by=by, at=at)
    return batch


@transaction.atomic
def conclude(run, *, at):
    """Close a run whose shards are all done: the batch is checked, or it is applied and its rows are gone."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.params["batch"])
    if run.kind == UNDO:
        undoing.conclude(batch, run, at=at)
        return
    results = list(run.shards.order_by("number").values_list("result", flat=True))
    counts = takers.counts_of(batch, run.shards)
    if not jobs.finish(run, result=counts, by=run.by, at=at):
        return
    if run.kind == APPLY and (differs := differences(batch, counts)):
        batch.preview = batch.preview | {"differs": differs}
        ledger.record(what="import.differed", target=batch, by=run.by, at=at, detail=differs)
    batch.counts = counts
    if run.kind == CHECK:
        batch.status, batch.preview = ImportBatch.Status.CHECKED, takers.of(batch).preview(batch, results)
        previews.forget_parts(run)
    else:
        batch.status, batch.applied_at = ImportBatch.Status.APPLIED, at
    batch.save(update_fields=["counts", "status", "applied_at", "preview"])


def differences(batch, counts):
    """{name: "as shown → as applied"} where the archive changed between the preview and its application."""
    # In the shell nothing was shown.
    return {name: f"{n} → {counts[name]}" for name, n in batch.counts.items() if n != counts.get(name)}


def carry(*, batch, by, at, progress=None):
    """Apply a batch of the shell here and now, beside any worker, until it is applied.

    `progress` is called with (shards done, shards, status). Raises Stuck, files.Refused where reading shows
    that they cannot be taken, and NotAllowed for a batch of the browser, which waits for a second person.
    """
    on = timezone.localdate(at)
    while batch.status != ImportBatch.Status.APPLIED:
        if batch.door != ImportBatch.Door.SHELL:
            raise NotAllowed("second_person")
        if batch.status in (ImportBatch.Status.REFUSED, ImportBatch.Status.PART):
            reason, _, where = batch.refusal.partition(" ")
            raise files.Refused(reason, file=where)
        done = work(at=at, on=on, run=batch.run, limit=1 if progress else None)
        batch.refresh_from_db()
        if progress:
            state = jobs.progress(batch.run)
            progress(state["done"], state["shards"], batch.status)
        if not done and batch.status != ImportBatch.Status.APPLIED:
            wait(batch.run, by=by, at=at, on=on)
            batch.refresh_from_db()
    return batch


def wait(run, *, by, at, on):
    """Somebody else has the last shards: wait a little, and give up where nobody will bring them."""
    state = jobs.progress(run)
    if state["quarantined"] and state["quarantined"] + state["done"] == state["shards"]:
        raise Stuck
    jobs.quarantine(by=by, at=at, on=on)
    time.sleep(0.2)


@transaction.atomic
def exported(*, batch, rows, digest, by, at):
    """Leave a trace of a file of rejected rows; it says where they stand and holds no personal data."""
    ledger.record(what="reject.exported", target=batch, by=by, at=at, detail={"rows": rows, "sha256": digest})


def shards(kind, do):
    """What works through the shards of a kind, each in one transaction."""

    def each(*, at, **bounds):
        return jobs.work(kind=kind, do=partial(do, at=at), **bounds)

    return each


# In the order in which a batch goes through them.
DOERS: dict[str, Callable] = {
    LOOK: looking.look,
    READ: reading.read,
    CHECK: shards(CHECK, takers.check_shard),
    APPLY: shards(APPLY, takers.apply_shard),
    UNDO: shards(UNDO, undoing.undo_shard),
}

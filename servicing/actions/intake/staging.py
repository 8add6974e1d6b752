"""Files arrive: looked at, known by their digest, kept sealed until a worker has read them."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from servicing.actions import jobs, ledger, periods, privacy
from servicing.domain.intake import BY_CODE
from servicing.domain.privacy import blur
from servicing.gateways import files, queue
from servicing.models import ImportBatch, Source, StagedRow

READ, CHECK, APPLY, UNDO = "import.stage", "import.check", "import.apply", "import.undo"
# No upload takes as long to arrive.
LONGEST_UPLOAD = timedelta(hours=1)


class NotAllowed(Exception):
    """A verb that needs another right, another person or another moment; the message is a code."""


def stage(*, paths=None, uploads=None, layout, name, note="", door, by, at):
    """Look at the files of a layout and let a worker read them: (batch, is_new).

    `paths` is {name: path} of files on our disk, which are sealed first; `uploads` {name: sealed file}. The
    same content comes in once: every later caller gets the batch that has it. Raises files.Refused, after
    the refusal was noted, for files that cannot be taken at all, and NotAllowed in the browser for a person
    without the right; the shell is the operator's.
    """
    if door == ImportBatch.Door.BROWSER and not by.may("import.stage"):
        raise NotAllowed("right")
    sent, kept = dict(uploads or {}), set[str]()
    try:
        if layout not in BY_CODE:
            raise files.Refused("unknown_layout", file=layout)
        sent |= files.sealed(paths or {}, privacy.keyring())
        found, digest, promised = files.examined(sent, BY_CODE[layout])
        entries = [described(how, promised) for how in found]
        sent |= {how.sealed.token: how.sealed for how in found}
        batch, is_new = take_in(BY_CODE[layout], entries, digest, named=(name, note), door=door, by=by, at=at)
        kept = {entry["token"] for entry in entries} if is_new else kept
    except files.Refused as refused:
        note_refusal(refused, layout=layout, name=name, door=door, by=by, at=at)
        raise
    finally:
        files.remove(one for one in sent.values() if one.token not in kept)
    return batch, is_new


def described(how, promised):
    """How a file is read, as plain JSON; `promised` is {name as sent: rows} of the sender's manifest.

    People name files after people, so the name is kept without their numbers.
    """
    rows = promised.get(how.sent, "")
    return {
        "file": how.name,
        "sent": blur(how.sent),
        "token": how.sealed.token,
        "size": how.sealed.size,
        "bytes": how.bytes,
        "packed": how.packed,
        "encoding": how.encoding,
        "separator": how.separator,
        "columns": how.columns,
        "ends_whole": files.ends_whole(how),
        "promised": int(rows) if rows else None,
    }


@transaction.atomic
def take_in(layout, entries, digest, *, named, door, by, at):
    """A new batch with its files and one shard for each of them, or the one that has this content."""
    name, note = named
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                digest=digest,
                layout=layout.code,
                name=blur(name)[:200],
                note=blur(note)[:200],
                door=door,
                files=entries,
                staged_by=by,
                staged_at=at,
            )
    except IntegrityError:
        return ImportBatch.objects.with_files(layout=layout.code, digest=digest), False
    Source.objects.get_or_create(
        code=layout.source, defaults={"name": layout.source_name, "zone": layout.zone}
    )
    # Sizes in KiB: a file may have more bytes than the column has numbers.
    start = {"at": 0, "line": 1, "rows": 0, "spelt": {}}
    shards = [({"file": entry["file"]} | start, (entry["bytes"] >> 10) + 1) for entry in entries]
    begin(batch, READ, shards=shards, by=by, at=at)
    detail = {"digest": digest, "layout": layout.code, "door": door}
    ledger.record(what="import.staged", target=batch, by=by, at=at, detail=detail)
    return batch, True


STATUS = {
    READ: ImportBatch.Status.STAGING,
    CHECK: ImportBatch.Status.CHECKING,
    APPLY: ImportBatch.Status.APPLYING,
    UNDO: ImportBatch.Status.UNDOING,
}


def begin(batch, kind, *, shards, by, at):
    """Plan a piece of work on a batch on behalf of this person, and ask a worker for it."""
    params = {"batch": batch.pk}
    # A check and an undo may be done again; each piece of work is a run of its own.
    slot = f"{batch.pk}.{batch.run_id}" if kind in (CHECK, UNDO) else f"{batch.pk}"
    batch.run, _ = jobs.plan(kind=kind, slot=slot, params=params, shards=shards, by=by, at=at)
    batch.status = STATUS[kind]
    if kind == APPLY:
        batch.applied_by = by
    batch.save(update_fields=["run", "status", "applied_by"])
    queue.nudge("import")


def drop_files(batch):
    """Remove the files of a batch once what becomes of it is committed."""
    for entry in batch.files:
        content = files.Sealed(privacy.keyring(), entry["token"], entry["size"])
        transaction.on_commit(content.remove)


@transaction.atomic
def note_refusal(refused, *, layout, name, door, by, at):
    batch = ImportBatch.objects.create(
        digest="",
        layout=layout[:32],
        name=blur(name)[:200],
        door=door,
        staged_by=by,
        staged_at=at,
        status=ImportBatch.Status.REFUSED,
        refusal=blur(f"{refused.reason} {refused.where}")[:200],
    )
    ledger.record(what="import.refused", target=batch, by=by, at=at, detail={"reason": refused.reason})


def clear_uploads(*, at):
    """Remove uploads that nobody waits for any more, as a killed process leaves them; how many."""
    reading = ImportBatch.objects.filter(status=ImportBatch.Status.STAGING).values_list("files", flat=True)
    wanted = {entry["token"] for entries in reading for entry in entries}
    return files.clear(before=at - LONGEST_UPLOAD, wanted=wanted)


@transaction.atomic
def forget_rejected(*, by, at):
    """Remove the rejected rows of imports that were applied longer ago than they may be kept; how many.

    What was checked that long ago and nobody applied is given up.
    """
    days = periods.value("import.rejected_kept", on=timezone.localdate(at))
    before = at - timedelta(days=days)
    for batch in ImportBatch.objects.select_for_update(of=("self",)).filter(
        status=ImportBatch.Status.CHECKED, run__finished_at__lt=before
    ):
        batch.rows.all().delete()
        batch.status, batch.refusal = ImportBatch.Status.REFUSED, "lapsed"
        batch.save(update_fields=["status", "refusal"])
        ledger.record(what="import.lapsed", target=batch, by=by, at=at)
    old = ImportBatch.objects.filter(status=ImportBatch.Status.APPLIED, applied_at__lt=before)
    count, _ = StagedRow.objects.filter(batch__in=old).delete()
    if count:
        ledger.record(what="reject.forgotten", by=by, at=at, detail={"rows": count})
    return count

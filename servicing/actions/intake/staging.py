"""Files arrive: looked at, known by their digest, kept sealed until a worker has read them."""

from base64 import b64decode, b64encode
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from servicing.actions import external, jobs, ledger, periods, privacy
from servicing.actions.intake.layouts import BY_CODE
from servicing.domain.intake.layout import EXTERNAL
from servicing.domain.privacy import blur
from servicing.gateways import files, queue
from servicing.models import ImportBatch, Source, StagedRow

LOOK, READ = "import.look", "import.stage"
CHECK, APPLY, UNDO = "import.check", "import.apply", "import.undo"
# No upload takes as long to arrive.
LONGEST_UPLOAD = timedelta(hours=1)


class NotAllowed(Exception):
    """A verb that needs another right, another person or another moment; the message is a code."""


def stage(*, paths=None, uploads=None, layout, name, note="", told_by="", door, by, at):
    """Take the files of a layout and let a worker read them: (batch, is_new).

    `told_by` is the code of the source that says what others know, where the layout is of that.
    `paths` is {name: path} of files on our disk, which are sealed first; `uploads` {name: sealed file}. In
    the browser a worker looks at them, too, so that nobody waits for it. The same content comes in once: in
    the shell every later caller gets the batch that has it. Raises files.Refused, after the refusal was
    noted, for files that cannot be taken at all, and NotAllowed in the browser for a person without the
    right; the shell is the operator's.
    """
    if door == ImportBatch.Door.BROWSER and not by.may("import.stage"):
        raise NotAllowed("right")
    sent, kept = dict(uploads or {}), set[str]()
    about = {
        "name": blur(name)[:200],
        "note": blur(note)[:200],
        "door": door,
        "staged_by": by,
        "staged_at": at,
    }
    try:
        if layout not in BY_CODE:
            raise files.Refused("unknown_layout", file=layout)
        about["told_by"] = teller(BY_CODE[layout], told_by)
        sent |= files.sealed(paths or {}, privacy.keyring())
        if door == ImportBatch.Door.BROWSER:
            batch, is_new = receive(BY_CODE[layout], sent, about), True
        else:
            entries, digest = looked_at(sent, BY_CODE[layout])
            sent |= {entry["token"]: sealed_of(entry) for entry in entries}
            batch, is_new = take_in(BY_CODE[layout], entries, digest, about)
        kept = {entry["token"] for entry in batch.files} if is_new else kept
    except files.Refused as refused:
        note_refusal(refused, layout=layout, about=about)
        raise
    finally:
        files.remove(one for one in sent.values() if one.token not in kept)
    return batch, is_new


def teller(layout, code):
    """The source that says what is in the files, None where they are the lender's own; raises Refused."""
    if layout.owner != EXTERNAL:
        return None
    try:
        return external.teller(code)
    except external.NotAllowed as error:
        raise files.Refused(str(error), file=code) from error


def sealed_of(entry):
    """The sealed file of an entry of a batch."""
    return files.Sealed(privacy.keyring(), entry["token"], entry["size"])


@transaction.atomic
def receive(layout, sent, about):
    """A new batch with its files as they came; nobody has looked at them yet.

    People name files after people, so until then their names are sealed.
    """
    ring = privacy.keyring()
    entries = [
        {"token": one.token, "size": one.size, "named": b64encode(ring.seal(name, place=spot(one))).decode()}
        for name, one in sent.items()
    ]
    # Of its own until the content is known.
    digest = f"unread {entries[0]['token']}"
    batch = ImportBatch.objects.create(digest=digest, layout=layout.code, files=entries, **about)
    by, at = about["staged_by"], about["staged_at"]
    size = (sum(one.size for one in sent.values()) >> 10) + 1
    begin(batch, LOOK, shards=[({"read": 0}, size)], by=by, at=at)
    ledger.record(what="import.received", target=batch, by=by, at=at, detail={"files": len(entries)})
    return batch


def spot(sealed):
    """The place to which the name of a file is bound."""
    return f"upload|{sealed.token}|name"


def as_sent(batch, tell):
    """{name: file} as `receive` kept them; `tell` is called with the number of bytes that were read."""
    ring = privacy.keyring()
    watched = [files.Watched(ring, entry["token"], entry["size"], tell) for entry in batch.files]
    names = [b64decode(entry["named"]) for entry in batch.files]
    return {ring.open(name, place=spot(one)): one for name, one in zip(names, watched, strict=True)}


def looked_at(sent, layout):
    """([how each file is read, as plain JSON], digest of all); raises files.Refused."""
    found, digest, promised = files.examined(sent, layout)
    return [described(how, promised) for how in found], digest


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
def take_in(layout, entries, digest, about):
    """A new batch with its files, which are read next, or the one that has this content: (batch, is_new)."""
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(digest=digest, layout=layout.code, files=entries, **about)
    except IntegrityError:
        return ImportBatch.objects.with_files(layout=layout.code, digest=digest), False
    begin_reading(batch, by=about["staged_by"], at=about["staged_at"])
    return batch, True


def begin_reading(batch, *, by, at):
    """Plan one shard for each file of a batch that was looked at."""
    layout = BY_CODE[batch.layout]
    Source.objects.get_or_create(
        code=layout.source, defaults={"name": layout.source_name, "zone": layout.zone}
    )
    # Sizes in KiB: a file may have more bytes than the column has numbers.
    start = {"at": 0, "line": 1, "rows": 0, "spelt": {}}
    shards = [({"file": entry["file"]} | start, (entry["bytes"] >> 10) + 1) for entry in batch.files]
    begin(batch, READ, shards=shards, by=by, at=at)
    detail = {"digest": batch.digest, "layout": layout.code, "door": batch.door}
    ledger.record(what="import.staged", target=batch, by=by, at=at, detail=detail)


STATUS = {
    LOOK: ImportBatch.Status.STAGING,
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
    quote_no_more(batch)
    batch.save(update_fields=["run", "status", "applied_by", "preview"])
    queue.nudge("import")


def quote_no_more(batch):
    """Forget the rows of what others say that the preview quotes: they are for whoever decides on it."""
    batch.preview.pop("said", None)


def drop_files(batch):
    """Remove the files of a batch once what becomes of it is committed, and forget what they were called."""
    for entry in batch.files:
        entry.pop("named", None)
        transaction.on_commit(sealed_of(entry).remove)


@transaction.atomic
def note_refusal(refused, *, layout, about):
    batch = ImportBatch.objects.create(
        digest="",
        layout=layout[:32],
        status=ImportBatch.Status.REFUSED,
        refusal=blur(f"{refused.reason} {refused.where}")[:200],
        **about,
    )
    by, at = about["staged_by"], about["staged_at"]
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
        quote_no_more(batch)
        batch.status, batch.refusal = ImportBatch.Status.REFUSED, "lapsed"
        batch.save(update_fields=["status", "refusal", "preview"])
        ledger.record(what="import.lapsed", target=batch, by=by, at=at)
    old = ImportBatch.objects.filter(status=ImportBatch.Status.APPLIED, applied_at__lt=before)
    count, _ = StagedRow.objects.filter(batch__in=old).delete()
    if count:
        ledger.record(what="reject.forgotten", by=by, at=at, detail={"rows": count})
    return count

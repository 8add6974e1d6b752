"""Files become rows of ours: known by their digest, personal columns sealed before they are written."""

import base64
import json
from datetime import timedelta

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from servicing.actions import jobs, ledger, periods, privacy
from servicing.actions.archive.chunk import Chunk
from servicing.domain.intake import BY_CODE
from servicing.domain.intake.layout import BORROWER
from servicing.domain.intake.sorting import FAULT
from servicing.domain.privacy import place
from servicing.gateways import files, queue
from servicing.models import ImportBatch, Source, StagedRow

CHECK, APPLY = "import.check", "import.apply"
KEY = 64
# No upload takes as long to be read.
LONGEST_UPLOAD = timedelta(hours=1)
# Beside the columns: the blind index of the national id, whether others have it too, and whether the key
# comes again.
INDEX, SHARED, DOUBLED = "#national_id", "#shared", "#doubled"


class NotAllowed(Exception):
    """A verb that needs another right, another person or another moment; the message is a code."""


def stage(*, paths, layout, name, door, by, at):
    """Read the files {name: path} of a layout into staged rows and begin their check, or in the shell at
    once their application: (batch, is_new).

    The same content comes in once: every later caller gets the batch that has it. Raises files.Refused,
    after the refusal was noted, for files that cannot be taken at all, and NotAllowed in the browser for
    a person without the right; the shell is the operator's.
    """
    if door == ImportBatch.Door.BROWSER and not by.may("import.stage"):
        raise NotAllowed("right")
    try:
        if layout not in BY_CODE:
            raise files.Refused("unknown_layout", file=layout)
        found = files.matched(paths, BY_CODE[layout])
        digest = files.digest(found)
        return take_in(BY_CODE[layout], found, digest, name=name, door=door, by=by, at=at)
    except files.Refused as refused:
        note_refusal(refused, layout=layout, name=name, door=door, by=by, at=at)
        raise


@transaction.atomic
def take_in(layout, found, digest, *, name, door, by, at):
    try:
        with transaction.atomic():
            batch = ImportBatch.objects.create(
                digest=digest, layout=layout.code, name=name[:200], door=door, staged_by=by, staged_at=at
            )
    except IntegrityError:
        same = ImportBatch.objects.exclude(status=ImportBatch.Status.REFUSED)
        return same.get(layout=layout.code, digest=digest), False
    Source.objects.get_or_create(
        code=layout.source, defaults={"name": layout.source_name, "zone": layout.zone}
    )
    privacy.keyring()  # asks the database once, which nobody can during a COPY
    chunk = Chunk()
    chunk.write(
        StagedRow,
        ("batch_id", "kind", "key", "parent", "file", "line", "data"),
        (row for file, path in found for row in staged_rows(batch, file, path)),
    )
    mark(batch)
    shards = cuts(batch, size=periods.value("import.shard", on=timezone.localdate(at)))
    # In the shell one person does both, so nothing is gained by judging every row twice.
    begin(batch, CHECK if door == ImportBatch.Door.BROWSER else APPLY, shards=shards, by=by, at=at)
    ledger.record(
        what="import.staged",
        target=batch,
        by=by,
        at=at,
        detail={"digest": digest, "layout": layout.code, "door": door, "rows": chunk.counts.total()},
    )
    return batch, True


def begin(batch, kind, *, shards, by, at):
    """Plan the check of a batch, or its application by this person, and ask a worker for it."""
    run, _ = jobs.plan(kind=kind, slot=str(batch.pk), params={"batch": batch.pk}, shards=shards, by=by, at=at)
    batch.run, batch.status = run, ImportBatch.Status.CHECKING
    if kind == APPLY:
        batch.status, batch.applied_by = ImportBatch.Status.APPLYING, by
    batch.save(update_fields=["run", "status", "applied_by"])
    queue.nudge("import")


def staged_rows(batch, file, path):
    """The rows of one file as tuples of StagedRow columns."""
    for line, row, is_whole in files.rows(file, path):
        key = row.get(file.key, "")[:KEY]
        parent = row.get(file.parent, "")[:KEY] if file.parent else key
        data = kept(batch, file, key, row) if is_whole else {FAULT: "field_count"}
        yield batch.pk, file.kind, key, parent, file.name, line, json.dumps(data)


def kept(batch, file, key, row):
    """The columns that are kept; the personal ones sealed for this row of this batch."""
    data = {column: row[column] for column in file.kept} if file.unused else row
    if not file.personal:
        return data
    ring = privacy.keyring()
    for column in file.personal:
        if text := data[column]:
            blob = ring.seal(text, place=spot(batch, file.kind, key, column))
            data[column] = base64.b64encode(blob).decode()
            if file.kind == BORROWER and column == "national_id":
                data[INDEX] = ring.blind(column, text).hex()
    return data


def spot(batch, kind, key, column):
    """The place to which a personal value of a staged row is bound."""
    return place("servicing_stagedrow", column, f"{batch.pk}:{kind}:{key}")


def opened(batch, file, key, data):
    """The columns of a staged row in plain text."""
    ring = privacy.keyring()
    plain = {
        column: ring.open(base64.b64decode(data[column]), place=spot(batch, file.kind, key, column))
        for column in file.personal
        if data.get(column)
    }
    return data | plain


# Over the whole batch at once, because a double may stand in any other range.
MARK = """
update servicing_stagedrow s set data = s.data || jsonb_build_object(%(mark)s::text, true)
from (select kind, {value} as value from servicing_stagedrow
      where batch_id = %(batch)s and kind in ('borrower', 'loan') and {value} is not null
      group by 1, 2 having count(*) > 1) d
where s.batch_id = %(batch)s and s.kind = d.kind and {where} = d.value
"""


def mark(batch):
    """Mark the rows whose key comes more than once, and borrowers who share a national id."""
    value = f"data ->> '{INDEX}'"
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(value="key", where="s.key"), {"batch": batch.pk, "mark": DOUBLED})
        cursor.execute(MARK.format(value=value, where=f"s.{value}"), {"batch": batch.pk, "mark": SHARED})


def cuts(batch, *, size):
    """[(params, size)]: ranges of about `size` borrowers, and one shard for the rows of no known loan."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select min(key), max(key), count(*) from (
                select key, (row_number() over (order by key) - 1) / %(size)s as part from (
                    select distinct parent as key from servicing_stagedrow
                    where batch_id = %(batch)s and kind in ('borrower', 'loan')
                ) keys
            ) parts group by part order by part
            """,
            {"batch": batch.pk, "size": size},
        )
        ranges = [({"first": first, "last": last}, count) for first, last, count in cursor]
    return [({"orphans": True}, 0), *ranges]


@transaction.atomic
def note_refusal(refused, *, layout, name, door, by, at):
    batch = ImportBatch.objects.create(
        digest="",
        layout=layout[:32],
        name=name[:200],
        door=door,
        staged_by=by,
        staged_at=at,
        status=ImportBatch.Status.REFUSED,
        refusal=f"{refused.reason} {refused.where}"[:200],
    )
    ledger.record(what="import.refused", target=batch, by=by, at=at, detail={"reason": refused.reason})


def clear_uploads(*, at):
    """Remove uploads in plain text that a killed process left behind; how many."""
    return files.clear(before=at - LONGEST_UPLOAD)

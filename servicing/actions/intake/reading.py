"""Files become staged rows: part by part, in short transactions, from wherever the last reader stopped."""

from collections import Counter
from functools import partial
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import jobs, ledger, periods, privacy
from servicing.actions.archive.chunk import Chunk
from servicing.actions.intake import sealing
from servicing.actions.intake.layouts import BY_CODE
from servicing.actions.intake.staging import APPLY, CHECK, LOOK, READ, begin, drop_files, sealed_of
from servicing.domain.intake.layout import BORROWER
from servicing.domain.privacy import blur
from servicing.gateways import files
from servicing.models import ImportBatch, Shard, StagedRow


class Part(NamedTuple):
    """Rows that are ready to be written, and the params of the shard once they are."""

    rows: list
    params: dict


def read(*, at, on, **bounds):
    """Read what waits of the files, within the bounds of jobs.steps; how many shards."""
    size = periods.value("import.chunk", on=on)
    return jobs.steps(kind=READ, parts=partial(parts, size=size), keep=partial(keep, at=at), on=on, **bounds)


def parts(shard, *, size):
    """The rest of one file in parts of about `size` rows; a refusal is the last part."""
    if shard.params["at"] is None:
        return
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    name = shard.params["file"]
    file = next(file for file in BY_CODE[batch.layout].files if file.name == name)
    how = reading_of(batch, name)
    try:
        yield from taken(batch, file, how, shard.params, size)
    except files.Refused as refused:
        yield refused


def taken(batch, file, how, params, size):
    rows, spelt = [], Counter(params["spelt"])
    line, at, count = params["line"], params["at"], params["rows"]
    for begins, row, is_whole, after in files.rows(file, how, at=at, line=line):
        width = len(how.columns)
        rows.append(sealing.staged(batch, file, begins, row, width=width, is_whole=is_whole, spelt=spelt))
        if len(rows) == size:
            count += size
            yield Part(rows, params | {"at": after.at, "line": after.line, "rows": count, "spelt": spelt})
            rows = []
    yield Part(rows, params | {"at": None, "rows": count + len(rows), "spelt": spelt})


def reading_of(batch, name):
    """How a file of the batch is read, as it was written down when it was sent."""
    entry = next(entry for entry in batch.files if entry["file"] == name)
    content = sealed_of(entry)
    return files.Reading(
        name,
        entry["sent"],
        content,
        entry["bytes"],
        entry["packed"],
        entry["encoding"],
        entry["separator"],
        tuple(entry["columns"]),
    )


def keep(shard, part, *, at):
    """Write one part, while its batch is still being read; False where the batch was refused."""
    batch = ImportBatch.objects.select_for_update().get(pk=shard.run.params["batch"])
    if batch.status != ImportBatch.Status.STAGING:
        return False
    if isinstance(part, files.Refused):
        refuse(batch, shard.run, part, by=shard.run.by, at=at)
        return False
    privacy.keyring()  # asks the database once, which nobody can during a COPY
    if part.rows:
        Chunk().write(StagedRow, sealing.COLUMNS, part.rows)
    shard.params = part.params
    return True


def refuse(batch, run, refused, *, by, at):
    """Give up a batch while it is read: nothing of it stays but the reason."""
    batch.rows.all().delete()
    drop_files(batch)
    batch.status, batch.refusal = ImportBatch.Status.REFUSED, blur(f"{refused.reason} {refused.where}")[:200]
    batch.save(update_fields=["status", "refusal", "files"])
    run.shards.exclude(status=Shard.Status.DONE).update(status=Shard.Status.DONE, leased_until=None)
    jobs.finish(run, result={"refused": refused.reason}, by=by, at=at)
    ledger.record(what="import.refused", target=batch, by=by, at=at, detail={"reason": refused.reason})


@transaction.atomic
def conclude(run, *, at):
    """All files are read: compare them with the manifest, then begin the check, or in the shell apply all."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.params["batch"])
    counts = {shard.params["file"]: shard.params["rows"] for shard in run.shards.all()}
    try:
        complete(batch, counts)
    except files.Refused as refused:
        refuse(batch, run, refused, by=run.by, at=at)
        return
    if not jobs.finish(run, result={"rows": sum(counts.values())}, by=run.by, at=at):
        return
    spelt = {shard.params["file"]: shard.params["spelt"] for shard in run.shards.all()}
    batch.files = [
        entry | {"rows": counts[entry["file"]], "spelt": spelt[entry["file"]]} for entry in batch.files
    ]
    batch.save(update_fields=["files"])
    drop_files(batch)
    mark(batch)
    shards = cuts(batch, size=periods.value("import.shard", on=timezone.localdate(at)))
    # In the shell one person does both, so nothing is gained by judging every row twice.
    kind = CHECK if batch.door == ImportBatch.Door.BROWSER else APPLY
    begin(batch, kind, shards=shards, by=run.by, at=at)


def complete(batch, counts):
    """Raise Refused where a file has other than the promised number of rows, or none where some must be."""
    layout = BY_CODE[batch.layout]
    heads = {layout.file_of(kind).name for kind in layout.heads}
    for entry in batch.files:
        name = entry["file"]
        if entry["promised"] not in (None, counts[name]):
            raise files.Refused("rows_differ", file=name)
        if not counts[name] and name in heads:
            raise files.Refused("no_rows", file=name)


# Over the whole batch at once, because a double may stand in any other range. The ids come first: rows that
# are this fresh have no statistics, and a join of them may be planned as nested loops.
MARK = """
with counted as (
    select id, line, min(line) over same as first, max(line) over same as latest
    from servicing_stagedrow
    where batch_id = %(batch)s and kind = any(%(kinds)s) and {value} is not null
    window same as (partition by kind, {value})
), doubled as (
    select array_agg(id) as ids, array_agg(case when line = first then latest else first end) as lines
    from counted where first < latest
)
update servicing_stagedrow s set data = s.data || jsonb_build_object(%(mark)s::text, twin.line)
from doubled, unnest(doubled.ids, doubled.lines) as twin(id, line) where s.id = twin.id
"""


def mark(batch):
    """Mark the rows whose key comes more than once, and borrowers who share a national id, with the line of
    another such row: of the first one, or where it is the first itself, of the last.
    """
    heads = list(BY_CODE[batch.layout].heads)
    keys = {"batch": batch.pk, "mark": sealing.DOUBLED, "kinds": heads}
    people = {"batch": batch.pk, "mark": sealing.SHARED, "kinds": [BORROWER]}
    with connection.cursor() as cursor:
        cursor.execute(MARK.format(value="key"), keys)
        cursor.execute(MARK.format(value=f"data ->> '{sealing.INDEX}'"), people)


def cuts(batch, *, size):
    """[(params, size)]: ranges of about `size` borrowers, and one shard for the rows of no known loan."""
    layout = BY_CODE[batch.layout]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            select min(key), max(key), count(*) from (
                select key, (row_number() over (order by key) - 1) / %(size)s as part from (
                    select distinct parent as key from servicing_stagedrow
                    where batch_id = %(batch)s and kind = any(%(kinds)s)
                ) keys
            ) parts group by part order by part
            """,
            {"batch": batch.pk, "size": size, "kinds": list(layout.heads)},
        )
        ranges = [({"first": first, "last": last}, count) for first, last, count in cursor]
    return [({"orphans": True}, 0), *ranges] if layout.parts else ranges


def progress(run):
    """Progress of a run on a batch, as of any run; where files are looked at or read also `read`, in KiB."""
    found = jobs.progress(run)
    if run.kind == LOOK:
        # Each file is read twice, or more often.
        found["read"] = min(run.shards.get().params.get("read", 0) // 2, found["total"])
    if run.kind == READ:
        shards = run.shards.all()
        found["read"] = sum(
            shard.size if shard.params["at"] is None else min(shard.params["at"] >> 10, shard.size)
            for shard in shards
        )
    return found

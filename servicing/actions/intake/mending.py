"""Rejected rows as they came, in the layout's own columns, to be mended and sent again."""

import hashlib

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.intake import sealing
from servicing.actions.intake.staging import NotAllowed
from servicing.domain.intake import BY_CODE
from servicing.domain.intake.sorting import FAULT

# Every row of a loan that was refused: the loan, its parts, its borrower; and rows that belong to none.
WANTED = """
with refused as (
    select s.id, s.kind, s.key, s.parent from servicing_stagedrow s
    where s.batch_id = %(batch)s
      and exists (select from servicing_reject r
                  where (r.batch_id, r.file, r.line) = (s.batch_id, s.file, s.line))
), loans as (
    select key, parent from servicing_stagedrow
    where batch_id = %(batch)s and kind = 'loan' and (
        id in (select id from refused)
        or key in (select parent from refused where kind = any(%(parts)s)))
)
select s.kind, s.key, s.file, s.line, s.data::text from servicing_stagedrow s
where s.batch_id = %(batch)s and (
    s.id in (select id from refused)
    or s.kind = 'loan' and s.key in (select key from loans)
    or s.kind = any(%(parts)s) and s.parent in (select key from loans)
    or s.kind = 'borrower' and s.key in (select parent from loans))
order by s.file, s.line
"""


def people_in(batch):
    """How many borrowers' data the rejected rows hold."""
    return sum(kind == "borrower" for kind, *_ in wanted(batch))


def wanted(batch):
    with connection.cursor() as cursor:
        cursor.execute(WANTED, {"batch": batch.pk, "parts": list(BY_CODE[batch.layout].parts)})
        return cursor.fetchall()


@transaction.atomic
def rejected_rows(*, batch, write, by, at):
    """The rejected rows as a file that `write` makes of {file: [rows]}; bytes.

    The rows hold personal data: the entry in the trail is written with them. Raises NotAllowed without the
    right, and for more people than may leave the house without a second person.
    """
    if not (by.may("import.stage") or by.may("import.apply")):
        raise NotAllowed("right")
    rows = wanted(batch)
    people = sum(kind == "borrower" for kind, *_ in rows)
    if people > periods.value("export.free_borrowers", on=timezone.localdate(at)):
        raise NotAllowed("export")
    content = write(BY_CODE[batch.layout], tables(batch, rows))
    detail = {"rows": len(rows), "people": people, "sha256": hashlib.sha256(content).hexdigest()}
    ledger.record(what="reject.fetched", target=batch, by=by, at=at, detail=detail)
    return content


def tables(batch, rows):
    """{file: [[reason, cells...]]} in the order of the files' own columns."""
    layout = BY_CODE[batch.layout]
    files = {file.kind: file for file in layout.files}
    reasons: dict[tuple[str, int], list[str]] = {}
    for reject in batch.rejects.order_by("pk"):
        words = f"{reject.column}: {reject.words}" if reject.column else str(reject.words)
        reasons.setdefault((reject.file, reject.line), []).append(words)
    found: dict[str, list[list[str]]] = {file.name: [] for file in layout.files}
    for kind, key, name, line, text in rows:
        cells = cells_of(batch, files[kind], key, text)
        found[name].append(["; ".join(reasons.get((name, line), ())), *cells])
    return found


def cells_of(batch, file, key, text):
    data = sealing.loaded(batch, file, key, text)
    if FAULT in data:
        return data.get(sealing.FIELDS, [])
    return [data.get(column, "") for column in file.columns]

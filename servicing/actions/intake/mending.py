"""Rejected rows as they came, in the layout's own columns, to be mended and sent again."""

import hashlib
import json
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicing.actions import controls, exports, privacy
from servicing.actions.intake import sealing
from servicing.actions.intake.layouts import BY_CODE
from servicing.domain.intake.layout import BORROWER, LOAN
from servicing.domain.intake.sorting import FAULT
from servicing.models import Borrower, Export, ImportBatch, Restriction


class Wanted(NamedTuple):
    """A staged row that is given back; `text` is its JSON."""

    id: int
    kind: str
    key: str
    parent: str
    file: str
    line: int
    text: str


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
select s.id, s.kind, s.key, s.parent, s.file, s.line, s.data::text from servicing_stagedrow s
where s.batch_id = %(batch)s and (%(ids)s::bigint[] is null or s.id = any(%(ids)s)) and (
    s.id in (select id from refused)
    or s.kind = 'loan' and s.key in (select key from loans)
    or s.kind = any(%(parts)s) and s.parent in (select key from loans)
    or s.kind = 'borrower' and s.key in (select parent from loans))
order by s.file, s.line
"""


def wanted(batch, *, ids=None):
    with connection.cursor() as cursor:
        cursor.execute(WANTED, {"batch": batch.pk, "parts": list(BY_CODE[batch.layout].parts), "ids": ids})
        return [Wanted(*row) for row in cursor]


def ask_rows(*, batch, words, by, at):
    """Ask for the rejected rows of an import; they come at once, or after a second person, as a list does.

    Raises exports.NotAllowed.
    """
    rows, on = wanted(batch), timezone.localdate(at)
    owned = list(zip(rows, people(batch, rows, on=on), strict=True))
    first = [row for row, _person in exports.usable(owned, on=on)[0][: exports.SAMPLE]]

    def say():
        why = reasons(batch)
        return {
            "list": gettext("Rows to mend of import %(number)s") % {"number": batch.pk},
            "filters": [],
            "head": [gettext("file"), gettext("line"), gettext("reason")],
            "sample": [[row.file, row.line, why.get((row.file, row.line), "")] for row in first],
        }

    return exports.ask(
        kind=KIND,
        view=f"{KIND.code} {batch.pk}",
        right="import.view",
        spoken=exports.in_each_language(say),
        rows=[(row.id, person) for row, person in owned],
        format=Export.Format.XLSX,
        reason=Export.Reason.MEND,
        words=words,
        by=by,
        at=at,
    )


def people(batch, rows, *, on):
    """Whose each row is: the borrower's id, or below zero a number for who is not on file.

    A row that speaks of another person is that person's, and one that could not be read nobody else's. Where
    the data of a borrower is only kept, all that names them is theirs, in whatever column a fault has put
    their number: no part of the loan leaves without the rest.
    """
    layout, ring = BY_CODE[batch.layout], privacy.keyring()
    others = {file.kind for file in layout.files if file.personal and file.kind != BORROWER}
    owners = {row.key: row.parent for row in rows if row.kind == LOAN}
    keys = [owners.get(row.parent, row.parent) for row in rows]
    found = Borrower.objects.filter(source__code=layout.source, external_id__in=set(keys))
    on_file = dict(found.values_list("external_id", "pk"))
    restricted = Restriction.objects.in_force(on=on).values("borrower")
    kept = dict(
        Borrower.objects.filter(source__code=layout.source, pk__in=restricted).values_list(
            "external_id", "pk"
        )
    )

    def stranger(*about):
        text = ":".join(map(str, (layout.source, *about)))
        return -1 - int.from_bytes(ring.blind("staged", text)[:7])

    def whose(row, key):
        person, data = on_file.get(key), json.loads(row.text)
        if named := {key, *words_of(row, data)} & kept.keys():
            return kept[min(named)]
        if FAULT in data:
            return stranger("row", row.id)
        if row.kind in others:
            return stranger(row.kind, row.key, row.parent)
        return person or stranger(key)

    return [whose(row, key) for row, key in zip(rows, keys, strict=True)]


def words_of(row, data):
    """All that a row says in the clear, without the blanks around it."""
    found = [row.key, row.parent, *data.values()]
    return {said.strip() for said in found if isinstance(said, str)}


def is_of_rows(export):
    """Whether a file holds rejected rows and not a list."""
    return export.view.startswith(f"{KIND.code} ")


@transaction.atomic
def rejected_rows(*, export, write, by, at):
    """The rows that were asked for, as far as they are still rejected, as `write(layout, tables)` puts them;
    none of a borrower whose data came to be only kept since.

    They hold personal data in full: the entry in the trail is written with them. Raises exports.NotAllowed.
    """
    if not by.may(KIND.proposes):
        raise exports.NotAllowed("right")
    batch = ImportBatch.objects.get(pk=export.view.removeprefix(f"{KIND.code} "))
    on, there = timezone.localdate(at), wanted(batch, ids=export.ids)
    usable, _left_out = exports.usable(list(zip(there, people(batch, there, on=on), strict=True)), on=on)
    rows = [row for row, _person in usable]
    if not rows:
        raise exports.NotAllowed("expired")
    content = write(BY_CODE[batch.layout], tables(batch, rows, mark=exports.mark(export)))
    exports.fetched(export=export, rows=len(rows), digest=hashlib.sha256(content).hexdigest(), by=by, at=at)
    return content


KIND = controls.Kind(
    "mend",
    _("rejected rows to mend"),
    "import.mend",
    "export.approve",
    exports.let_go,
    exports.now,
    guarded=True,
)


def reasons(batch):
    """{(file, line): why it was refused, in words}."""
    found: dict[tuple[str, int], list[str]] = {}
    for reject in batch.rejects.order_by("pk"):
        said = [reject.column, reject.words] if reject.column else [reject.words]
        found.setdefault((reject.file, reject.line), []).append(gettext(": ").join(said))
    return {place: gettext("; ").join(words) for place, words in found.items()}


def tables(batch, rows, *, mark):
    """{file: [[reason, cells...]]} in the order of the files' own columns; each reason ends with the mark."""
    layout = BY_CODE[batch.layout]
    files = {file.kind: file for file in layout.files}
    why = reasons(batch)
    found: dict[str, list[list[str]]] = {file.name: [] for file in layout.files}
    for row in rows:
        cells = cells_of(batch, files[row.kind], row.key, row.text)
        found[row.file].append([why.get((row.file, row.line), "") + mark, *cells])
    return found


def cells_of(batch, file, key, text):
    data = sealing.loaded(batch, file, key, text)
    if FAULT in data:
        return data.get(sealing.FIELDS, [])
    return [data.get(column, "") for column in file.columns]

"""Rows of files on their way into staging and out of it: their personal columns sealed in between."""

import base64
import json

from servicing.actions import privacy
from servicing.domain.intake import spelling
from servicing.domain.intake.layout import BORROWER
from servicing.domain.intake.sorting import COUNTS, FAULT
from servicing.domain.privacy import place

KEY = 64
COLUMNS = ("batch_id", "kind", "key", "parent", "file", "line", "data")
# Beside the columns: the blind index of the national id, whether others have it too, and whether the key
# comes again.
INDEX, SHARED, DOUBLED = "#national_id", "#shared", "#doubled"
# The fields of a row that has too many or too few of them.
FIELDS = "#fields"


def staged(batch, file, line, row, *, width, is_whole, spelt):
    """A row of a file as a tuple of COLUMNS in our spelling; other spellings are counted in `spelt`.

    `width` is how many fields the header has.
    """
    key = row.get(file.key, "")[:KEY]
    parent = row.get(file.parent, "")[:KEY] if file.parent else key
    if not is_whole:
        data = fault(batch, file, key, row, "field_count") | {COUNTS: {"found": len(row), "expected": width}}
        return batch.pk, file.kind, key, parent, file.name, line, json.dumps(data)
    if file.forms:
        spelt.update(spelling.plain(row, file.forms))
    return batch.pk, file.kind, key, parent, file.name, line, json.dumps(kept(batch, file, key, row))


def kept(batch, file, key, row):
    """The columns that are kept; the personal ones sealed for this row of this batch."""
    data = {column: row[column] for column in file.kept} if len(row) != len(file.kept) else row
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


def loaded(batch, file, key, text):
    """A staged row from its JSON, in plain text."""
    data = json.loads(text)
    if FAULT in data:
        return opened_fault(batch, file, key, data)
    return opened(batch, file, key, data) if file.personal else data


def fault(batch, file, key, row, reason):
    """A row that is none, with its fields sealed as they came: nobody knows which of them are personal."""
    blob = privacy.keyring().seal(json.dumps(list(row.values())), place=spot(batch, file.kind, key, FIELDS))
    return {FAULT: reason, FIELDS: base64.b64encode(blob).decode()}


def opened_fault(batch, file, key, data):
    if FIELDS not in data:  # staged before the fields were kept
        return data
    blob = base64.b64decode(data[FIELDS])
    fields = privacy.keyring().open(blob, place=spot(batch, file.kind, key, FIELDS))
    return data | {FIELDS: json.loads(fields)}

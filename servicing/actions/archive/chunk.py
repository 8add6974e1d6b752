"""Rows written together by COPY, counted and digested on the way for their one entry in the trail."""

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from psycopg import sql

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text):
    # Nearly all texts need nothing, and looking is much cheaper than translating.
    return text if text.isprintable() and "\\" not in text else text.translate(ESCAPES)


TEXTS: dict[type, Callable] = {
    type(None): lambda value: "\\N",
    str: escaped,
    int: str,
    bool: str,
    Decimal: str,
    date: date.isoformat,
    datetime: datetime.isoformat,
    bytes: lambda value: "\\\\x" + value.hex(),
}
BLOCK = 1000


class Chunk:
    """Writes rows into tables; `counts` by table and `digest` say what was written."""

    def __init__(self):
        self.counts: Counter[str] = Counter()
        self._hash = hashlib.sha256()

    @property
    def digest(self):
        return self._hash.hexdigest()

    def write(self, model, columns, rows):
        """COPY rows (tuples in the order of the column names) into a model's table."""
        table = model._meta.db_table
        command = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor() as cursor, cursor.copy(command) as copy:
            for block in blocks(rows):
                text = "".join(
                    "\t".join([TEXTS[type(value)](value) for value in row]) + "\n" for row in block
                ).encode()
                self.counts[table] += len(block)
                self._hash.update(text)
                copy.write(text)


def blocks(rows):
    """Lists of at most BLOCK rows."""
    block = []
    for row in rows:
        block.append(row)
        if len(block) == BLOCK:
            yield block
            block = []
    if block:
        yield block


def reserve(model, count):
    """Ids for rows that do not exist yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor]

"""Rows of a file: found by its header, read from any place on, and never trusted."""

import csv
import re
from typing import NamedTuple

from servicing.gateways.files.refusal import Refused
from servicing.gateways.files.spool import Sealed
from servicing.gateways.files.streams import opened

SEPARATORS = {"comma": ",", "tab": "\t", "semicolon": ";"}
LONGEST = 1 << 20
# What an unknown column may look like to be repeated: without a header it is somebody's data.
HARMLESS = re.compile(r"[a-z_]{1,32}")
# A column of ours in the files of rejected rows, ignored when they come back.
REASON = "reject_reason"


class Reading(NamedTuple):
    """How one file of `bytes` (unpacked) is read; `columns` are ours, in the order of the file."""

    name: str
    sent: str
    sealed: Sealed
    bytes: int
    packed: bool
    encoding: str
    separator: str
    columns: tuple[str, ...]


def reading(file, sent, sealed, *, count, packed, encoding):
    """How the file is read, from its first line; raises Refused where that does not fit the layout."""
    with opened(sealed, file=file.name, packed=packed, encoding=encoding) as stream:
        first = stream.readline(LONGEST).decode()
    if not first.strip():
        raise Refused("no_header", file=file.name)
    if "\r" in first.rstrip("\r\n"):
        raise Refused("line_ends", file=file.name, line=1)
    found, troubles = [], []
    for name, sign in SEPARATORS.items():
        try:
            columns = header(file, next(csv.reader([first], strict=True, delimiter=sign)))
            found.append(Reading(file.name, sent, sealed, count, packed, encoding, name, columns))
        except csv.Error:
            troubles.append((0, Refused("not_csv", file=file.name, line=1)))
        except Refused as refused:
            troubles.append((first.count(sign), refused))
    if len(found) == 1:
        return found[0]
    # The separator that cuts the line into most parts was meant.
    raise max(troubles, key=lambda trouble: trouble[0])[1]


def header(file, names):
    """The layout's columns in the order of the file; raises Refused where one is missing or too many."""
    columns = [file.aliases.get(name, name) for name in names]
    for number, (name, column) in enumerate(zip(names, columns, strict=True), start=1):
        if column not in file.columns and column != REASON:
            named = name if HARMLESS.fullmatch(name) else number
            raise Refused("extra_column", file=file.name, line=1, column=named)
        if columns.count(column) > 1:
            raise Refused("doubled_column", file=file.name, line=1, column=column)
    for column in file.columns:
        if column not in columns and column not in file.optional:
            raise Refused("missing_column", file=file.name, line=1, column=column)
    return tuple(columns)


class Place(NamedTuple):
    """Where to go on reading: behind so many bytes, at the line of this number."""

    at: int
    line: int


class Lines:
    """The lines of a stream in UTF-8; `at` is how many bytes were read."""

    def __init__(self, stream, *, at):
        self.stream, self.at = stream, at

    def __iter__(self):
        return self

    def __next__(self):
        line = self.stream.readline(LONGEST)
        if not line:
            raise StopIteration
        self.at += len(line)
        if len(line) == LONGEST and not line.endswith(b"\n"):
            raise csv.Error("line too long")
        return line.decode()


def rows(file, how, *, at=0, line=1):
    """(first line, {column: text}, is whole, Place behind it) of each row below the header.

    From `at` bytes on, where the line `line` begins; 0 is the header. A row with too many or too few fields
    is not whole; one that does not even say whose it is refuses the file.
    """
    owner, width, first = how.columns.index(file.parent or file.key), len(how.columns), line
    with opened(how.sealed, file=file.name, packed=how.packed, encoding=how.encoding, skip=at) as stream:
        lines = Lines(stream, at=at)
        reader = csv.reader(lines, strict=True, delimiter=SEPARATORS[how.separator])
        try:
            if not at:
                next(reader)
                first += reader.line_num
            for fields in reader:
                after = line + reader.line_num
                # The last field of a short row may itself be short, so it names nobody.
                if len(fields) < width and fields and len(fields) <= owner + 1:
                    raise Refused("cut_off", file=file.name, line=first)
                if fields:
                    row = dict(zip(how.columns, fields, strict=False))
                    if len(fields) == width:
                        row = dict.fromkeys(file.optional, "") | row
                    # What stands behind the last column is only kept to be given back.
                    row |= {f"#{number}": more for number, more in enumerate(fields[width:])}
                    yield first, row, len(fields) == width, Place(lines.at, after)
                first = after
        except csv.Error as error:
            reason = "line_ends" if "new-line" in str(error) else "not_csv"
            raise Refused(reason, file=file.name, line=first) from error


def ends_whole(how):
    """Whether the file's last line has a line end: without one it may have been cut off unnoticed."""
    if how.packed or how.encoding not in ("utf-8", "gb18030", "utf-8-sig") or not how.sealed.size:
        return True
    with how.sealed.open() as stream:
        stream.seek(how.sealed.size - 1)
        return stream.read(1) == b"\n"

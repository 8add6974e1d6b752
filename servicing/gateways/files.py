"""The street for files: plain or gzip CSV in UTF-8, read as a stream and never trusted."""

import csv
import gzip
import hashlib
import io
import os
import re
import shutil
import tempfile
import zlib
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings

from servicing.models import Reason

# A loan book compresses about ten times; a bomb does a thousand times.
LARGEST, DENSEST, FIRST_LOOK = 4 << 30, 200, 1 << 20
BLOCK = 1 << 18
# What an unknown column may look like to be repeated: without a header it is somebody's data.
HARMLESS = re.compile(r"[a-z_]{1,32}")


class Refused(Exception):
    """A file that is not taken at all: a code of Reason, and where."""

    def __init__(self, reason, *, file="", line=None, column=""):
        super().__init__(reason, file, line, column)
        self.reason, self.file, self.line, self.column = reason, file, line, column

    @property
    def where(self):
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)

    def __str__(self):
        return f"{self.where}: {Reason(self.reason).label}"


class Guarded(io.RawIOBase):
    """Decompressed bytes of a file, up to LARGEST and not denser than DENSEST."""

    def __init__(self, path, *, file):
        self.file, self.count = file, 0
        self.source = open(path, "rb")  # noqa: SIM115 - closed by close()
        self.bytes = gzip.GzipFile(fileobj=self.source) if str(path).endswith(".gz") else self.source

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            got = self.bytes.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise Refused("bad_gzip", file=self.file) from error
        if b"\0" in got:
            raise Refused("not_utf8", file=self.file)
        buffer[: len(got)] = got
        self.count += len(got)
        if self.count > LARGEST:
            raise Refused("too_large", file=self.file)
        if self.count > FIRST_LOOK and self.count > DENSEST * max(self.source.tell(), 1):
            raise Refused("too_dense", file=self.file)
        return len(got)

    def close(self):
        self.source.close()
        super().close()


def folder(path):
    """{name: path} of the CSV files of a folder; what else lies there is nobody's data."""
    try:
        entries = sorted(Path(path).iterdir())
    except OSError as error:
        raise Refused("not_found", file=str(path)) from error
    return {entry.name: entry for entry in entries if entry.name.endswith((".csv", ".csv.gz"))}


def matched(paths, layout):
    """[(file of the layout, path)] in the layout's order; `paths` is {name: path}, a name may end in .gz."""
    found = {}
    for name, path in paths.items():
        plain = name.removesuffix(".gz")
        if plain in found:
            raise Refused("doubled_file", file=plain)
        found[plain] = path
    known = {file.name for file in layout.files}
    if strange := sorted(set(found) - known):
        raise Refused("unknown_file", file=strange[0])
    for file in layout.files:
        if file.required and file.name not in found:
            raise Refused("missing_file", file=file.name)
    return [(file, found[file.name]) for file in layout.files if file.name in found]


def digest(files):
    """sha256 over name, content and length of all files, decompressed, in the layout's order."""
    total = hashlib.sha256()
    for file, path in files:
        total.update(file.name.encode() + b"\0")
        with _open(path, file.name) as raw:
            while block := raw.read(BLOCK):
                total.update(block)
            total.update(raw.raw.count.to_bytes(8, "big"))
    return total.hexdigest()


def rows(file, path):
    """(first line, {column: text}, is whole) of each row below the header.

    The header must hold exactly the layout's columns. A row with too many or too few fields is not whole;
    one that does not even say whose it is refuses the file.
    """
    line = 1
    try:
        with _open(path, file.name) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            reader = csv.reader(text, strict=True)
            header = _header(file, next(reader, None))
            owner = header.index(file.parent or file.key)
            line = reader.line_num + 1
            for fields in reader:
                # The last field of a short row may itself be short, so it names nobody.
                if len(fields) < len(header) and fields and len(fields) <= owner + 1:
                    raise Refused("cut_off", file=file.name, line=line)
                if fields:
                    yield line, dict(zip(header, fields, strict=False)), len(fields) == len(header)
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise Refused("not_utf8", file=file.name) from error
    except csv.Error as error:
        raise Refused("not_csv", file=file.name, line=line) from error


def _open(path, name):
    try:
        return io.BufferedReader(Guarded(path, file=name), BLOCK)
    except OSError as error:
        raise Refused("not_found", file=name) from error


def _header(file, header):
    """The header, where it is a rearrangement of the layout's columns."""
    if not header:
        raise Refused("no_header", file=file.name)
    for number, column in enumerate(header, start=1):
        if column not in file.columns:
            named = column if HARMLESS.fullmatch(column) else number
            raise Refused("extra_column", file=file.name, line=1, column=named)
        if header.count(column) > 1:
            raise Refused("doubled_column", file=file.name, line=1, column=column)
    for column in file.columns:
        if column not in header:
            raise Refused("missing_column", file=file.name, line=1, column=column)
    return header


@contextmanager
def spooled(uploads):
    """{name: path} of uploaded files in a private folder, which is gone afterwards.

    A browser's file name is only ever a key: the path is a number.
    """
    settings.UPLOADS.mkdir(parents=True, exist_ok=True, mode=0o700)
    room = Path(tempfile.mkdtemp(dir=settings.UPLOADS))
    try:
        paths = {}
        for number, upload in enumerate(uploads):
            if upload.name in paths:
                raise Refused("doubled_file", file=upload.name)
            path = room / f"{number}{'.gz' if upload.name.endswith('.gz') else ''}"
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                for chunk in upload.chunks():
                    out.write(chunk)
            paths[upload.name] = path
        yield paths
    finally:
        shutil.rmtree(room)


def clear(*, before):
    """Remove the upload folders that a killed process left behind before this instant; how many."""
    count = 0
    for room in settings.UPLOADS.glob("*/"):
        with suppress(FileNotFoundError):  # its own process was quicker
            if room.stat().st_mtime < before.timestamp():
                shutil.rmtree(room)
                count += 1
    return count

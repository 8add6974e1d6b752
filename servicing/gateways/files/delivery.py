"""Files of one delivery: which they are, how each is read, and whether they are what the sender sent."""

import csv
import hashlib
import io
from pathlib import Path

from servicing.gateways.files import encodings, sheets, spool, tables
from servicing.gateways.files.refusal import Refused

ENDINGS = (".csv", ".csv.gz", ".xlsx")
# Beside the files of any layout: the sender's own count and digest of each of them.
MANIFEST, MANIFEST_COLUMNS, MANIFEST_SIZE = "manifest.csv", ("file", "rows", "sha256"), 1 << 16


def folder(path):
    """{name: path} of the files of a folder that may be delivered; what else lies there is nobody's."""
    try:
        entries = sorted(Path(path).iterdir())
    except OSError as error:
        raise Refused("not_found", file=str(path)) from error
    return {entry.name: entry for entry in entries if entry.name.endswith(ENDINGS)}


def sealed(paths, ring):
    """{name: sealed file} of {name: path}."""
    found = {}
    try:
        for name, path in paths.items():
            found[name] = spool.seal(ring, blocks(path, name))
    except BaseException:
        remove(found.values())
        raise
    return found


def blocks(path, name):
    try:
        with open(path, "rb") as source:
            yield from iter(lambda: source.read(spool.FRAME), b"")
    except OSError as error:
        raise Refused("not_found", file=name) from error


def remove(files):
    for one in files:
        one.remove()


def examined(sent, layout):
    """([how each file is read], digest, {name: rows of the manifest}) of {name: sealed file}, in the layout's
    order.

    Sheets become sealed tables of their own, which the caller removes with the rest; raises Refused.
    """
    sent = dict(sent)
    named = manifest(sent)
    found: dict[str, tuple[str, spool.Sealed]] = {}
    try:
        for name, file in sent.items():
            plain = {name.removesuffix(".gz"): file}
            for table, content in (sheets.tables(name, file, layout) if is_book(name) else plain).items():
                if table in found:
                    raise Refused("doubled_file", file=table)
                found[table] = name, content
        complete(found, layout)
        return read(found, layout, named)
    except BaseException:
        remove(content for name, content in found.values() if is_book(name))
        raise


def is_book(name):
    return name.endswith(".xlsx")


def complete(found, layout):
    """Refuse files that the layout does not have, and the want of those that it asks for."""
    if strange := sorted(set(found) - {file.name for file in layout.files}):
        raise Refused("unknown_file", file=strange[0])
    for file in layout.files:
        if file.required and file.name not in found:
            raise Refused("missing_file", file=file.name)


def read(found, layout, named):
    total, result = hashlib.sha256(), []
    for file in layout.files:
        if file.name not in found:
            continue
        sent, content = found[file.name]
        packed = sent.endswith(".gz")
        encoding, digest, count = encodings.survey(content, file=file.name, packed=packed)
        total.update(f"{file.name}\0{digest}\0{count}\n".encode())
        result.append(tables.reading(file, sent, content, count=count, packed=packed, encoding=encoding))
    total.update("".join(f"{name}\0{rows}\n" for name, rows in sorted(named.items()) if rows).encode())
    return result, total.hexdigest(), named


def manifest(sent):
    """{name as sent: rows or ""} of the sender's manifest, taken out of `sent`; raises Refused where a file
    is not what it says, or is not in it.
    """
    content = sent.pop(MANIFEST, None)
    if content is None:
        return {}
    if content.size > MANIFEST_SIZE:
        raise Refused("too_large", file=MANIFEST)
    with content.open() as stream:
        try:
            lines = list(csv.reader(io.StringIO(stream.read().decode("utf-8-sig")), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise Refused("bad_manifest", file=MANIFEST) from error
    if not lines or tuple(lines[0]) != MANIFEST_COLUMNS:
        raise Refused("bad_manifest", file=MANIFEST, line=1)
    named: dict[str, str] = {}
    for number, fields in enumerate(lines[1:], start=2):
        named |= entry(number, fields, sent, named)
    if missing := sorted(set(sent) - set(named)):
        raise Refused("not_in_manifest", file=missing[0])
    return named


def entry(number, fields, sent, named):
    """One line of the manifest: {name: rows}. A digest or a number of rows must be there."""
    if len(fields) != len(MANIFEST_COLUMNS) or not any(fields[1:]) or fields[0] in named:
        raise Refused("bad_manifest", file=MANIFEST, line=number)
    name, rows, digest = fields
    if name not in sent:
        raise Refused("bad_manifest", file=MANIFEST, line=number, column="file")
    if rows and not (rows.isascii() and rows.isdigit() and len(rows) <= 12):
        raise Refused("bad_manifest", file=MANIFEST, line=number, column="rows")
    if digest:
        total = hashlib.sha256()
        with sent[name].open() as stream:
            for block in iter(lambda: stream.read(spool.FRAME), b""):
                total.update(block)
        if total.hexdigest() != digest.lower():
            raise Refused("digest_differs", file=name)
    return {name: rows}

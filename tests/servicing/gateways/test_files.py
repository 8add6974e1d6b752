"""Workbooks that were made to harm, at the smallest size at which they did."""

import io
import os
import zipfile

import openpyxl
import pytest
from openpyxl.xml.constants import SHARED_STRINGS

from servicing.domain.intake import native
from servicing.domain.privacy import Keyring
from servicing.gateways import files
from servicing.gateways.files import parts
from tests.servicing.books import BOOK

RING = Keyring({"k": b"1" * 32}, "k", b"2" * 32)
SHEET, STRINGS, STYLES = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
ROW_OF_LOANS = "<row>{}</row>".format(
    "".join(
        f'<c t="inlineStr"><is><t>{column}</t></is></c>'
        for column in BOOK["loans.csv"].split("\n")[0].split(",")
    )
)


@pytest.fixture(autouse=True)
def uploads(tmp_path, settings):
    settings.UPLOADS = tmp_path


def a_workbook(changes=(), *, method=zipfile.ZIP_DEFLATED):
    """The whole small book as openpyxl writes it, with parts replaced or added."""
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, text in BOOK.items():
        sheet = book.create_sheet(name.removesuffix(".csv"))
        for line in text.splitlines():
            sheet.append(line.split(","))
    plain = io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", method) as new:
        kept = {name: old.read(name) for name in old.namelist()}
        for name, content in (kept | dict(changes)).items():
            new.writestr(name, content)
    return out.getvalue()


def a_sheet(rows):
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def verdict(data, tell=lambda count: None, **others):
    """Whether files are taken: "" or the code of why not."""
    one = files.seal(RING, [data])
    others = {f"{name}.csv": files.seal(RING, [content]) for name, content in others.items()}
    try:
        files.examined({"book.xlsx": files.Watched(RING, one.token, one.size, tell)} | others, native.LAYOUT)
    except files.Refused as refused:
        return refused.reason if refused.file else f"{refused.reason}, of no file"
    return ""


def test_a_workbook_with_what_offices_put_beside_the_sheets_is_read():
    beside = {
        "xl/media/image1.png": os.urandom(parts.PART + 1),
        "xl/calcChain.xml": f'<calcChain xmlns="{MAIN}"/>',
        "xl/drawings/drawing1.xml": "<wsDr/>",
        "docProps/custom.xml": "<Properties/>",
        "xl/printerSettings/printerSettings1.bin": b"\0" * 512,
        "customXml/item1.xml": "<a/>",
    }
    assert verdict(a_workbook(beside)) == ""


# Noise in a comment keeps what repeats from being refused as dense.
NOISE = f"<!--{os.urandom(60_000).hex()}-->"
FAR = a_sheet(ROW_OF_LOANS + '<row><c r="ZZZ2"/></row>')
WIDE = a_sheet(ROW_OF_LOANS + '<row><c r="XFD2"/></row>' * 300)
HARMFUL = {
    "cells in one row": ({SHEET: a_sheet(f"<row>{'<c/>' * 80_000}</row>")}, "too_large"),
    "rows inside a row": ({SHEET: a_sheet(f"<row>{'<row/>' * 60_000}</row>")}, "too_large"),
    "elements between the rows": (
        {SHEET: a_sheet((NOISE + "<a/>" * 20_000 + "<row/>") * 22)},
        "too_large",
    ),
    "rows of another name": ({SHEET: a_sheet('<row xmlns="x"/>' * 270_000 + NOISE)}, "too_large"),
    "a tag without an end": ({SHEET: a_sheet(f'<row><c r="{"1" * 300_000}"/></row>')}, "too_large"),
    "one cell far out": ({"xl/worksheets/sheet2.xml": FAR}, "too_wide"),
    "many rows with a cell far out": ({"xl/worksheets/sheet2.xml": WIDE}, "too_wide"),
    "many styles": ({STYLES: f"<a>{'<a/>' * (1 << 20)}{NOISE}</a>"}, "too_large"),
}


@pytest.mark.parametrize("case", HARMFUL)
def test_what_would_fill_the_memory_is_refused_while_it_is_small(case):
    changes, reason = HARMFUL[case]
    assert verdict(a_workbook(changes)) == reason


def test_texts_are_counted_whatever_their_part_is_called(monkeypatch):
    monkeypatch.setitem(parts.MANY, "si", ("too_large", 1000, 1 << 20))
    named = {"xl/x.xml": f'<sst xmlns="{MAIN}">{"<si><t>a</t></si>" * 1001}</sst>'}
    with zipfile.ZipFile(io.BytesIO(a_workbook())) as book:
        types = book.read("[Content_Types].xml").decode()
    override = f'<Override PartName="/xl/x.xml" ContentType="{SHARED_STRINGS}"/></Types>'
    types = types.replace(f"/{STRINGS}", "/xl/x.xml")
    named["[Content_Types].xml"] = types if "xl/x.xml" in types else types.replace("</Types>", override)
    assert verdict(a_workbook(named)) == "too_large"


def test_a_directory_of_many_entries_is_refused_before_it_is_read():
    entry = b"PK\1\2" + bytes(24) + b"\1\0" + bytes(16) + b"a"
    count = parts.PART // len(entry) + 1
    size = (count * len(entry)).to_bytes(4, "little")
    end = b"PK\5\6" + bytes(4) + b"\xff\xff" * 2 + size + bytes(6)
    assert verdict(entry * count + end) == "too_large"


def test_reading_a_workbook_tells_of_itself_within_a_frame():
    told = []
    rows = ROW_OF_LOANS + "<row><c/></row>" * 20_000
    data = a_workbook({"xl/worksheets/sheet2.xml": a_sheet(rows) + NOISE})
    assert len(data) < 1 << 18
    assert verdict(data, told.append) == ""
    assert told.count(0) > 20  # of XML, not of what it was packed to


def test_a_workbook_that_takes_too_long_is_refused(monkeypatch):
    monkeypatch.setattr(parts, "SECONDS", -1)
    assert verdict(a_workbook()) == "too_slow"


def test_a_damaged_part_is_refused():
    data = bytearray(a_workbook())
    start = data.find(SHEET.encode()) + len(SHEET) + 20
    data[start : start + 20] = bytes(byte ^ 0xFF for byte in data[start : start + 20])
    assert verdict(bytes(data)) == "bad_workbook"


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_workbook_is_packed_as_workbooks_are(method):
    assert verdict(a_workbook(method=method)) == "bad_workbook"


def test_a_manifest_promises_no_number_of_five_thousand_digits():
    manifest = f"file,rows,sha256\nbook.xlsx,{'1' * 5000},\n".encode()
    assert verdict(a_workbook(), manifest=manifest) == "bad_manifest"

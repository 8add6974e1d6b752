"""Spreadsheets: checked before they are opened, read cell by cell, and turned into a table in plain text.

A cell is taken only where it says one thing: nothing is computed, and nothing that a spreadsheet has already
changed is taken for what it was.
"""

import csv
import io
import re
import struct
import zipfile
import zlib
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml.common import DefusedXmlException
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from servicing.domain.intake.spelling import DAY, MOMENT
from servicing.domain.privacy import NO_SIGNS
from servicing.gateways.files.parts import ROWS, Pieces, Reader
from servicing.gateways.files.refusal import Refused
from servicing.gateways.files.spool import FRAME, seal
from servicing.gateways.files.tables import REASON

# Cells of a row: more than any layout has, and room for what somebody wrote beside them; how many a
# spreadsheet knows; and how many of a sheet are further out and empty, as somebody coloured them.
WIDEST, KNOWN, IDLE = 256, 1 << 14, 1 << 22
# A sheet of ours that says whose rejected rows these are, ignored when they come back.
ABOUT = "about"
# Digits that a spreadsheet keeps of a number.
DIGITS = 15
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, ParseError, DefusedXmlException, KeyError, ValueError,
    TypeError, OSError, AttributeError, IndexError, EOFError, RuntimeError, NotImplementedError,
)  # fmt: skip


def tables(name, sealed, layout):
    """{name of a layout's file: sealed CSV} of the sheets of a workbook; raises Refused."""
    stems = {file.stem: file for file in layout.files}
    with Pieces(sealed.open().detach(), FRAME) as source:
        try:
            reader = Reader(sealed, source)
            reader.read()
            book = reader.wb
            titles = [title for title in book.sheetnames if title != ABOUT]
            if len(titles) == 1 and titles[0] not in stems:
                named = {titles[0]: name.removesuffix(".xlsx")}
            else:
                named = {title: title for title in titles}
            found = {}
            for title, stem in named.items():
                if stem not in stems:
                    raise Refused("unknown_sheet", file=name)
                file = stems[stem]
                found[file.name] = seal(sealed.ring, lines(file, book[title]))
        except Refused as refused:
            raise refused if refused.file else Refused(refused.reason, file=name) from None
        except BROKEN as error:
            raise Refused("bad_workbook", file=name) from error
    return found


# What XML cannot hold: openpyxl forgets the two that are no characters at all.
UNWRITABLE = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|[{''.join(NO_SIGNS)}]")
BREAKS = re.compile(r"[\r\n\0]+")


def lines(file, sheet):
    """The sheet as CSV in UTF-8, a line a row."""
    # What the sheet says about its own size may be wrong.
    sheet.reset_dimensions()
    out, columns, idle = io.StringIO(), None, 0
    writer = csv.writer(out, lineterminator="\n")
    for number, cells in enumerate(sheet.iter_rows(), start=1):
        if number > ROWS:
            raise Refused("too_many_rows", file=file.name, line=number)
        idle += max(len(cells) - WIDEST, 0)
        if len(cells) > KNOWN or idle > IDLE or any(cell.value is not None for cell in cells[WIDEST:]):
            raise Refused("too_wide", file=file.name, line=number)
        cells = cells[:WIDEST]
        if columns is None:
            columns = [file.aliases.get(str(cell.value), str(cell.value or "")) for cell in cells]
            while columns and not columns[-1]:
                columns.pop()
        names = [*columns, *[""] * (len(cells) - len(columns))]
        texts = [text(file, number, column, cell) for column, cell in zip(names, cells, strict=False)]
        while len(texts) > len(columns) and not texts[-1]:
            texts.pop()
        texts += [""] * (len(columns) - len(texts))
        # An empty row is a blank line, so that lines and rows keep the same numbers.
        if any(texts):
            writer.writerow(texts)
        else:
            out.write("\n")
        if out.tell() > 1 << 18:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


def text(file, line, column, cell):
    """What a cell says; raises Refused where it does not say it plainly."""
    value = cell.value
    if value is None:
        return ""
    is_ours = column in file.columns
    at = {"file": file.name, "line": line, "column": column if is_ours else ""}
    if cell.data_type == "f":
        raise Refused("formula", **at)
    if cell.data_type in ("e", "b"):
        raise Refused("bad_cell", **at)
    if not is_ours and isinstance(value, (datetime, date, time, int, float)):
        # Under a name that is not ours: what is told is that the columns are not the layout's.
        return str(value)
    if isinstance(value, (datetime, date, time)):
        return moment(file, column, value, at)
    if isinstance(value, (int, float)):
        if column not in file.forms and not is_plain(cell):
            raise Refused("formatted", **at)
        return number(value, at)
    if column in file.prose:
        # In one line, so that lines and rows keep the same numbers.
        return BREAKS.sub(" ", str(value))
    if any(sign in str(value) for sign in "\n\r\0"):
        raise Refused("line_break", **at)
    return str(value)


def is_plain(cell):
    """Whether a number in a column of text is shown as it is: a format may add zeros that are lost here."""
    return cell.number_format in ("General", "@") or (cell.number_format == "0" and cell.value % 1 == 0)


def moment(file, column, value, at):
    """A date cell, where a date is asked for; a time of day where a time is."""
    form = file.forms.get(column)
    if isinstance(value, datetime) and form == MOMENT:
        return value.isoformat(timespec="microseconds" if value.microsecond else "seconds")
    if isinstance(value, datetime) and form == DAY and value.time() == time():
        return value.date().isoformat()
    raise Refused("spreadsheet_date", **at)


def number(value, at):
    """The number as the spreadsheet shows it; what has lost digits is refused."""
    shown = format(value, f".{DIGITS}g")
    if "e" in shown or "n" in shown or (isinstance(value, int) and abs(value) >= 10**DIGITS):
        raise Refused("rounded", **at)
    return shown


def workbook(layout, rows, *, line, is_chinese=False):
    """A workbook of {file: [[reason, cells...]]} with a sheet a file, and one that says `line`; under
    the Chinese names of columns where the layout has some and they are asked for.

    Every cell is text, so that nothing in it is computed, rounded or taken for a date, and all of it comes
    back as it went.
    """
    book = openpyxl.Workbook(write_only=True)
    for file in layout.files:
        sheet = book.create_sheet(file.stem)
        chinese = {column: name for name, column in file.aliases.items()} if is_chinese else {}
        head = [chinese.get(column, column) for column in file.columns]
        for cells in ([REASON, *head], *rows[file.name]):
            sheet.append([as_text(sheet, cell) for cell in cells])
    about = book.create_sheet(ABOUT)
    about.append([as_text(about, line)])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_text(sheet, value):
    cell = WriteOnlyCell(sheet, UNWRITABLE.sub("\ufffd", value))
    cell.data_type, cell.number_format = "s", "@"
    return cell

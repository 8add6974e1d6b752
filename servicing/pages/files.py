"""Lists as files that a spreadsheet opens without running anything, under a line that says whose they are."""

import csv
import hashlib
import io
import re
import unicodedata
from decimal import Decimal

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from servicing.domain.privacy import NO_SIGNS

# What a spreadsheet would take for a formula, also in full width and behind blanks and quotes.
FORMULA = re.compile(r'[\s"]*[=+\-@＝＋－＠]')
# Where columns are cut at semicolons, what follows one begins a cell.
INNER = re.compile(r"(?<=;)(\s*)(?=[=+\-@＝＋－＠])")
# A spreadsheet keeps fifteen digits of a number, two of them for cents; what has more stays text.
MOST = 10**13
# Controls, marks of direction and half signs.
UNSEEN = frozenset(("Cc", "Cf", "Cs"))
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def harmless(cell):
    """Text that a spreadsheet takes for text, without control characters; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = "".join(" " if unicodedata.category(sign) in UNSEEN or sign in NO_SIGNS else sign for sign in cell)
    text = INNER.sub(r"\1'", text)
    return f"'{text}" if FORMULA.match(text) else text


def cells(row, *, mark="", marked=()):
    """A row that runs nothing; texts in the places `marked` end with the unseen mark."""
    safe = [harmless(cell) for cell in row]
    return [f"{c}{mark}" if i in marked and isinstance(c, str) else c for i, c in enumerate(safe)]


def as_csv(rows):
    """Bytes of CSV; the mark at the beginning tells spreadsheets that Chinese text is UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows, *, bold=0):
    """Bytes of a workbook with one sheet: texts are texts, also of digits, and never formulas."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for number, row in enumerate(rows, start=1):
        sheet.append([_cell(sheet, value, is_bold=number <= bold) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cell(sheet, value, *, is_bold):
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and -MOST < value < MOST:
        cell = WriteOnlyCell(sheet, value)
    else:
        cell = WriteOnlyCell(sheet, "" if value is None else str(value))
        cell.data_type = "s"
    if is_bold:
        cell.font = Font(bold=True)
    return cell


def file_of(rows, *, format="csv", name, line=None, mark="", marked=()):
    """(response, sha256 of its content): the rows, head first, as a download; `line` stands above them."""
    above = [] if line is None else [cells([line])]
    safe = above + [cells(row, mark=mark if number else "", marked=marked) for number, row in enumerate(rows)]
    content = as_csv(safe) if format == "csv" else as_xlsx(safe, bold=len(above) + 1)
    response = HttpResponse(content, content_type=TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="{name}.{format}"'
    return response, hashlib.sha256(content).hexdigest()


def csv_file(rows):
    """(response, sha256 of its content): rows as CSV without a line above them."""
    return file_of(rows, name="list")

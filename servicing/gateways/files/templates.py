"""Empty files of a layout, to be filled in and sent: the names of the columns and nothing else."""

import csv
import io
import zipfile

import openpyxl
from openpyxl.utils import get_column_letter

from servicing.gateways.files.sheets import as_text

WIDTH = 20


def heads(file, *, is_chinese):
    """The columns of a file, under their Chinese names where they have some and these are wanted."""
    chinese = {column: name for name, column in file.aliases.items()} if is_chinese else {}
    return [chinese.get(column, column) for column in file.columns]


def empty_workbook(layout, *, is_chinese):
    """A sheet a file; every column is text, so that no spreadsheet rounds a number or turns a date."""
    book = openpyxl.Workbook(write_only=True)
    for file in layout.files:
        sheet = book.create_sheet(file.stem)
        names = heads(file, is_chinese=is_chinese)
        for number in range(1, len(names) + 1):
            column = sheet.column_dimensions[get_column_letter(number)]
            column.width, column.number_format = WIDTH, "@"
        sheet.append([as_text(sheet, name) for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def empty_texts(layout, *, is_chinese):
    """The CSV files packed together; the mark at their beginning tells spreadsheets that they are UTF-8."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for file in layout.files:
            line = io.StringIO()
            csv.writer(line).writerow(heads(file, is_chinese=is_chinese))
            packed.writestr(file.name, line.getvalue().encode("utf-8-sig"))
    return out.getvalue()


TEMPLATES = {"xlsx": empty_workbook, "zip": empty_texts}

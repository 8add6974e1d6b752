"""Sixty and more ugly deliveries, each with its verdict: how it is read, or why, where and how it is refused.

Every delivery begins as the small book of books.py. A case is (name, change, verdict): `change` takes and
returns {file: bytes}; the verdict is `taken(rejects, **spelt)` or `refused(reason, where)`.
"""

import gzip
import hashlib
import io
import zipfile
from datetime import date, datetime

import openpyxl
from openpyxl.styles import PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from servicing.domain.intake import native
from tests.servicing.books import BOOK

ALL = {"L1", "L2", "L3"}
BYTES = {name: text.encode() for name, text in BOOK.items()}


def taken(*rejects, without=(), **readings):
    """All comes in but the loans `without`; `readings` is {file stem: words that say how it was read}."""
    return ("taken", list(rejects), ALL - set(without), readings)


def refused(reason, where):
    return ("refused", reason, where)


def swap(name, old, new):
    """Replace a text in one file."""

    def change(book):
        assert old.encode() in book[name], (name, old)
        return book | {name: book[name].replace(old.encode(), new.encode())}

    return change


def recode(encoding, *names):
    return lambda book: book | {name: book[name].decode().encode(encoding) for name in names or book}


def separate(sign):
    return lambda book: {name: text.replace(b",", sign) for name, text in book.items()}


def put(name, content):
    return lambda book: book | {name: content if isinstance(content, bytes) else content.encode()}


def drop(name):
    return lambda book: {key: text for key, text in book.items() if key != name}


def cut(name, count):
    """Leave out the last bytes of a file."""
    return lambda book: book | {name: book[name][:-count]}


def both(*changes):
    def change(book):
        for one in changes:
            book = one(book)
        return book

    return change


def pack(name, *, lose=0, spoil=None):
    def change(book):
        packed = bytearray(gzip.compress(book[name], mtime=0))
        if spoil is not None:
            packed[spoil] ^= 0xFF
        return drop(name)(book) | {f"{name}.gz": bytes(packed[: len(packed) - lose])}

    return change


def bomb(size):
    """Zeros that unpack to `size` bytes."""

    def change(book):
        out = io.BytesIO()
        with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9, mtime=0) as packed:
            packed.write(b"0" * size)
        return drop("loans.csv")(book) | {"loans.csv.gz": out.getvalue()}

    return change


def alias(book):
    """Chinese names of columns."""
    files = {
        file.name: {ours: theirs for theirs, ours in file.aliases.items()} for file in native.LAYOUT.files
    }
    result = {}
    for name, text in book.items():
        head, _, rest = text.decode().partition("\n")
        result[name] = (",".join(files[name].get(c, c) for c in head.split(",")) + "\n" + rest).encode()
    return result


def manifest(*, rows=True, digest=True, wrong=None, without=None):
    def change(book):
        lines = ["file,rows,sha256"]
        for name, text in book.items():
            if name == without:
                continue
            count = text.count(b"\n") - 1 + (wrong == name)
            total = hashlib.sha256(text).hexdigest()
            lines.append(f"{name},{count if rows else ''},{total if digest else ''}")
        return book | {"manifest.csv": "\n".join([*lines, ""]).encode()}

    return change


DAYS = {"disbursed_on", "written_off_on", "due_on"}
MONEY = {"principal", "total_due", "amount"}


def typed(column, text):
    """A cell as a spreadsheet would hold it."""
    if text and column in DAYS:
        return date.fromisoformat(text)
    if text and column in MONEY:
        return float(text)
    if column == "number":
        return int(text)
    if column == "paid_at" and len(text) == 19:
        return datetime.fromisoformat(text)
    return text or None


def sheets(spoil=None, *, one_book=True):
    """The delivery as XLSX with typed cells; `spoil(book)` changes the workbook."""

    def change(files):
        books = {}
        whole = openpyxl.Workbook()
        whole.remove(whole.active)
        for name, text in files.items():
            rows = [line.split(",") for line in text.decode().splitlines()]
            stem = name.removesuffix(".csv")
            book = whole if one_book else openpyxl.Workbook()
            sheet = book.create_sheet(stem) if one_book else book.active
            for number, row in enumerate(rows):
                sheet.append(row if not number else [typed(c, t) for c, t in zip(rows[0], row, strict=True)])
            books["delivery.xlsx" if one_book else f"{stem}.xlsx"] = book
        if spoil:
            spoil(whole)
        return {name: saved(book) for name, book in books.items()}

    return change


def saved(book):
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell(sheet, place, value, *, form="General"):
    def spoil(book):
        book[sheet][place].number_format = form
        book[sheet][place] = value

    return sheets(spoil)


def formatted(number, change):
    """The workbook with each day in a format that the spreadsheet knows by this number only."""

    def renumbered(files):
        out = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(change(files)["delivery.xlsx"])) as book,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for name in book.namelist():
                old, new = b'numFmtId="14"', f'numFmtId="{number}"'.encode()
                archive.writestr(name, book.read(name).replace(old, new if "styles" in name else old))
        return {"delivery.xlsx": out.getvalue()}

    return renumbered


def days(book):
    for sheet in book:
        for row in sheet.iter_rows():
            for one in row:
                one.number_format = "mm-dd-yy" if one.is_date else one.number_format


def day_as_key(book):
    days(book)
    book["payments"]["B5"] = date(2026, 1, 2)
    book["payments"]["B5"].number_format = "mm-dd-yy"


def title_above(book):
    book["loans"].insert_rows(1)
    book["loans"]["A1"] = "贷款清单"
    book["loans"].merge_cells("A1:H1")


def coloured(book):
    """Headings, filters and empty cells far below and beside, as people leave them; days since 1904."""
    book.epoch = CALENDAR_MAC_1904
    for sheet in book:
        sheet.auto_filter.ref = sheet.dimensions
        for row, column in [*((1, column) for column in range(1, 600)), *((row, 1) for row in range(1, 300))]:
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFEE00")


def beside(book):
    book["loans"]["KK3"] = "seen"


def with_entry(name, content):
    """The workbook with one more entry in its archive."""

    def change(files):
        out = io.BytesIO(sheets()(files)["delivery.xlsx"])
        with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
        return {"delivery.xlsx": out.getvalue()}

    return change


def part(loan, file, line, column, reason):
    """Verdict for one bad part of a loan."""
    lines = {"L1": 2, "L2": 3, "L3": 4}
    both_rejects = [("loans", lines[loan], "", "part_refused"), (file, line, column, reason)]
    return taken(*sorted(both_rejects), without={loan})


HEADER = "loan_id,guarantor_id,name,phone\n"
RARE = "𠮷𪚥·买买提"

CASES = [
    # Encodings
    ("utf-8 with mark", recode("utf-8-sig"), taken()),
    ("utf-16 with mark", recode("utf-16"), taken(loans=["UTF-16"])),
    (
        "utf-16 big endian",
        put("guarantors.csv", b"\xfe\xff" + BOOK["guarantors.csv"].encode("utf-16-be")),
        taken(guarantors=["UTF-16"]),
    ),
    ("utf-16 without mark", recode("utf-16-le", "loans.csv"), refused("nul_byte", "loans.csv:1")),
    ("gbk", recode("gbk"), taken(borrowers=["GB 18030"])),
    (
        "gb18030 with rare signs",
        both(swap("borrowers.csv", "张三丰", RARE), recode("gb18030")),
        taken(borrowers=["GB 18030"]),
    ),
    (
        "gbk with one sign only",
        both(swap("guarantors.csv", "王五", "王"), recode("gbk", "guarantors.csv")),
        refused("not_utf8", "guarantors.csv:2"),
    ),
    (
        "latin-1",
        both(swap("guarantors.csv", "王五", "Zoé Ça"), recode("latin-1", "guarantors.csv")),
        refused("not_utf8", "guarantors.csv:2"),
    ),
    (
        "two encodings are possible",
        both(swap("guarantors.csv", "王五", "éé"), recode("utf-8")),
        refused("two_encodings", "guarantors.csv:2"),
    ),
    (
        "utf-8 with one byte lost",
        lambda book: (
            book | {"borrowers.csv": book["borrowers.csv"].replace("三".encode(), "三".encode()[:2])}
        ),
        refused("not_utf8", "borrowers.csv:2"),
    ),
    (
        "cut inside a character",
        lambda book: book | {"guarantors.csv": (HEADER + "L1,G1,王").encode()[:-1]},
        refused("cut_character", "guarantors.csv:2"),
    ),
    ("utf-32", recode("utf-32", "loans.csv"), refused("not_utf8", "loans.csv")),
    (
        "zero byte",
        lambda book: book | {"loans.csv": book["loans.csv"].replace(b"flash", b"fl\0sh")},
        refused("nul_byte", "loans.csv:3"),
    ),
    (
        "replacement signs of a lossy program",
        swap("borrowers.csv", "李四", "李\ufffd"),
        taken(
            ("borrowers", 3, "name", "bad_name"),
            ("loans", 4, "borrower_id", "borrower_refused"),
            without={"L3"},
        ),
    ),
    # Separators, quotes, line ends
    ("semicolons", separate(b";"), taken(loans=["分号"])),
    ("tabs", separate(b"\t"), taken(payments=["制表符"])),
    ("pipes", separate(b"|"), refused("extra_column", "borrowers.csv:1:1")),
    ("windows line ends", lambda book: {n: t.replace(b"\n", b"\r\n") for n, t in book.items()}, taken()),
    (
        "old line ends",
        lambda book: {n: t.replace(b"\n", b"\r") for n, t in book.items()},
        refused("line_ends", "borrowers.csv:1"),
    ),
    (
        "everything in quotes",
        lambda book: {
            n: b'"' + t.strip().replace(b",", b'","').replace(b"\n", b'"\n"') + b'"\n'
            for n, t in book.items()
        },
        taken(),
    ),
    ("a line break inside a name", swap("borrowers.csv", "张三丰", '"张\n三丰"'), taken()),
    (
        "a line break inside a key",
        swap("payments.csv", "L2,P1", 'L2,"P\n1"'),
        part("L2", "payments", 5, "payment_id", "blanks"),
    ),
    (
        "a quotation mark inside",
        swap("payments.csv", "debit-a,\nL1,P2", 'debit"a",\nL1,P2'),
        part("L1", "payments", 2, "channel", "bad_code"),
    ),
    ("an open quotation mark", swap("payments.csv", "L2,P1", 'L2,"P1'), refused("not_csv", "payments.csv:5")),
    ("no last line end", cut("payments.csv", 1), taken(payments=["换行符"])),
    ("blank lines", swap("loans.csv", "\nL2", "\n\n\nL2"), taken()),
    # Columns
    (
        "columns in another order",
        swap(
            "guarantors.csv",
            BOOK["guarantors.csv"],
            "phone,name,loan_id,guarantor_id\n10000000003,王五,L1,G1\n",
        ),
        taken(),
    ),
    ("chinese names of columns", alias, taken()),
    (
        "chinese names in gbk with tabs",
        both(alias, separate(b"\t"), recode("gbk")),
        taken(loans=["GB 18030", "制表符"]),
    ),
    (
        "a name of a column twice",
        swap("guarantors.csv", "name,phone", "name,name"),
        refused("doubled_column", "guarantors.csv:1:name"),
    ),
    (
        "both names of a column",
        swap("guarantors.csv", "name,phone", "name,phone,姓名"),
        refused("doubled_column", "guarantors.csv:1:name"),
    ),
    (
        "a column too few",
        swap("loans.csv", "currency,", ""),
        refused("missing_column", "loans.csv:1:currency"),
    ),
    (
        "a column too many",
        swap("guarantors.csv", "name,phone", "name,phone,age"),
        refused("extra_column", "guarantors.csv:1:age"),
    ),
    (
        "data where the header should be",
        put("guarantors.csv", "L1,G1,王五,10000000003\n"),
        refused("extra_column", "guarantors.csv:1:1"),
    ),
    (
        "a header in capitals",
        swap("guarantors.csv", "loan_id", "LOAN_ID"),
        refused("extra_column", "guarantors.csv:1:1"),
    ),
    (
        "a row too short",
        swap("instalments.csv", "2026-07-01,105.50", "2026-07-01"),
        part("L2", "instalments", 4, "", "field_count"),
    ),
    (
        "a row too long",
        swap("instalments.csv", "105.50", "105.50,x"),
        part("L2", "instalments", 4, "", "field_count"),
    ),
    # Whole files
    ("an empty file", put("guarantors.csv", b""), refused("no_header", "guarantors.csv")),
    (
        "only a header",
        put("borrowers.csv", BOOK["borrowers.csv"].split("\n")[0] + "\n"),
        refused("no_rows", "borrowers.csv"),
    ),
    ("only a header where that may be", put("guarantors.csv", HEADER), taken()),
    ("a file is missing", drop("payments.csv"), refused("missing_file", "payments.csv")),
    ("a file of nobody", put("other.csv", "a\n"), refused("unknown_file", "other.csv")),
    (
        "a file twice",
        lambda book: book | {"loans.csv.gz": gzip.compress(book["loans.csv"])},
        refused("doubled_file", "loans.csv"),
    ),
    ("packed", pack("loans.csv"), taken()),
    ("packed and cut off", pack("loans.csv", lose=12), refused("bad_gzip", "loans.csv")),
    ("packed and spoilt", pack("loans.csv", spoil=40), refused("bad_gzip", "loans.csv")),
    (
        "no archive at all",
        lambda book: drop("loans.csv")(book) | {"loans.csv.gz": book["loans.csv"]},
        refused("bad_gzip", "loans.csv"),
    ),
    ("a bomb", bomb(20_000_000), refused("too_dense", "loans.csv")),
    ("cut off in a row", cut("payments.csv", 20), part("L3", "payments", 6, "", "field_count")),
    (
        "cut off before it is clear whose the row is",
        put("guarantors.csv", HEADER + "L1"),
        refused("cut_off", "guarantors.csv:2"),
    ),
    # Amounts, dates, numbers
    (
        "thousands",
        both(
            swap("loans.csv", "200,210.00", '"1,200","1,210.00"'),
            swap("instalments.csv", "2026-03-02,105.00", "2026-03-02,1105"),
            swap("payments.csv", "L1,P3,2026-03-02T23:59:59,105", 'L1,P3,2026-03-02T23:59:59,"1,105.00"'),
        ),
        taken(loans=["2 个金额带千位"]),
    ),
    (
        "full width",
        swap("instalments.csv", "L1,1,2026-01-31,105.00", "L1,１,２０２６-０１-３１,１０５．００"),
        taken(instalments=["3 处使用全角"]),
    ),
    (
        "full width thousands",
        swap("loans.csv", "100,105.5", "０，１００．００,105.5"),
        taken(loans=["1 处使用全角", "1 个金额带千位"]),
    ),
    (
        "thousands in the wrong place",
        swap("loans.csv", "100,105.5", '"1,00",105.5'),
        taken(("loans", 3, "principal", "bad_money"), without={"L2"}),
    ),
    (
        "a decimal comma",
        both(separate(b";"), swap("loans.csv", "105.5;", "105,5;")),
        taken(("loans", 3, "total_due", "bad_money"), without={"L2"}),
    ),
    (
        "an amount with a currency sign",
        swap("loans.csv", "105.5,", "￥105.5,"),
        taken(("loans", 3, "total_due", "bad_money"), without={"L2"}),
    ),
    (
        "a sign that is two in another encoding",
        swap("loans.csv", "105.5,", "¥105.5,"),
        refused("two_encodings", "loans.csv:3"),
    ),
    (
        "what a spreadsheet rounded",
        swap("payments.csv", "L2,P1", "L2,1.23457E+17"),
        part("L2", "payments", 5, "payment_id", "rounded"),
    ),
    (
        "an identity number that a spreadsheet rounded",
        swap("borrowers.csv", "990001198001010019", "9.90001E+17"),
        taken(
            ("borrowers", 2, "national_id", "rounded"),
            ("loans", 2, "borrower_id", "borrower_refused"),
            ("loans", 3, "borrower_id", "borrower_refused"),
            without={"L1", "L2"},
        ),
    ),
    (
        "chinese dates",
        swap("instalments.csv", "2026-01-31", "2026年1月31日"),
        taken(instalments=["1 个日期写作 2026年1月2日"]),
    ),
    (
        "slashes and digits",
        both(swap("loans.csv", "2026-01-01", "2026/1/1"), swap("loans.csv", "2026-06-01", "20260601")),
        taken(loans=["1 个日期写作 2026/1/2", "1 个日期写作 20260102"]),
    ),
    (
        "times of a spreadsheet",
        swap("payments.csv", "2026-02-02T09:00:00", "2026/2/2 9:00"),
        taken(payments=["没有秒"]),
    ),
    (
        "day or month first",
        swap("instalments.csv", "2026-07-01", "01/07/2026"),
        part("L2", "instalments", 4, "due_on", "day_first"),
    ),
    (
        "two digits of a year",
        swap("instalments.csv", "2026-07-01", "26/07/01"),
        part("L2", "instalments", 4, "due_on", "day_first"),
    ),
    (
        "a day that is none",
        swap("instalments.csv", "2026-07-01", "2026年2月30日"),
        part("L2", "instalments", 4, "due_on", "bad_date"),
    ),
    (
        "a serial date in CSV",
        swap("instalments.csv", "2026-07-01", "46204"),
        part("L2", "instalments", 4, "due_on", "bad_date"),
    ),
    # People
    ("fifteen digits", swap("borrowers.csv", "990001198001010019", "990001800101001"), taken()),
    (
        "a wrong check digit",
        swap("borrowers.csv", "990001198001010019", "990001198001010010"),
        taken(
            ("borrowers", 2, "national_id", "bad_national_id"),
            ("loans", 2, "borrower_id", "borrower_refused"),
            ("loans", 3, "borrower_id", "borrower_refused"),
            without={"L1", "L2"},
        ),
    ),
    (
        "born in the future",
        swap("borrowers.csv", "990001198001010019", "990001209901010015"),
        taken(
            ("borrowers", 2, "national_id", "born_in_future"),
            ("loans", 2, "borrower_id", "borrower_refused"),
            ("loans", 3, "borrower_id", "borrower_refused"),
            without={"L1", "L2"},
        ),
    ),
    ("a phone as people write it", swap("borrowers.csv", "10000000002", "+86 100-0000-0002"), taken()),
    ("dots and rare signs in a name", swap("borrowers.csv", "张三丰", RARE), taken()),
    # Doubles
    (
        "a row twice",
        swap("payments.csv", "L1,P3,", "L1,P1,"),
        part("L1", "payments", 4, "payment_id", "doubled_key"),
    ),
    (
        "a loan twice",
        swap("loans.csv", "L3,B2,flash", "L2,B1,flash"),
        taken(
            ("borrowers", 3, "borrower_id", "no_loan"),
            ("instalments", 5, "loan_id", "unknown_loan"),
            ("loans", 3, "loan_id", "doubled_key"),
            ("loans", 4, "loan_id", "doubled_key"),
            ("payments", 6, "loan_id", "unknown_loan"),
            without={"L2", "L3"},
        ),
    ),
    # Spreadsheets
    ("one workbook", sheets(), taken(loans=["delivery.xlsx"])),
    ("a workbook a file", sheets(one_book=False), taken(loans=["loans.xlsx"])),
    ("a formula", cell("instalments", "D4", "=100+5.5"), refused("formula", "instalments.csv:4:amount")),
    (
        "an error in a cell",
        cell("instalments", "D4", "#N/A"),
        refused("bad_cell", "instalments.csv:4:amount"),
    ),
    ("a truth value", cell("loans", "C3", True), refused("bad_cell", "loans.csv:3:product")),
    (
        "a key that became a date",
        cell("payments", "B5", date(2026, 1, 2)),
        refused("spreadsheet_date", "payments.csv:5:payment_id"),
    ),
    (
        "a day with a time",
        cell("loans", "G3", datetime(2026, 6, 1, 8)),
        refused("spreadsheet_date", "loans.csv:3:disbursed_on"),
    ),
    (
        "an identity number as a number",
        cell("borrowers", "C2", 990001198001010019),
        refused("rounded", "borrowers.csv:2:national_id"),
    ),
    (
        "a number that is shown with zeros it has not",
        cell("borrowers", "D2", 7, form="00000000000"),
        refused("formatted", "borrowers.csv:2:phone"),
    ),
    (
        "a date that is only a number",
        cell("loans", "G3", 46174),
        taken(("loans", 3, "disbursed_on", "bad_date"), without={"L2"}),
    ),
    ("days in the spelling of a Chinese spreadsheet", formatted(31, sheets(days)), taken()),
    (
        "a key that became a day in a Chinese spreadsheet",
        formatted(58, sheets(day_as_key)),
        refused("spreadsheet_date", "payments.csv:5:payment_id"),
    ),
    ("colours, filters and the days of another epoch", sheets(coloured), taken()),
    ("something written far beside", sheets(beside), refused("too_wide", "loans.csv:3")),
    ("a title above the columns", sheets(title_above), refused("extra_column", "loans.csv:1:1")),
    (
        "full-width digits as text",
        cell("loans", "E3", "１００", form="@"),
        taken(),
    ),
    (
        "a line break in a cell",
        cell("borrowers", "B2", "张\n三"),
        refused("line_break", "borrowers.csv:2:name"),
    ),
    (
        "a sheet too many",
        sheets(lambda book: book.create_sheet("notes")),
        refused("unknown_sheet", "delivery.xlsx"),
    ),
    ("macros", with_entry("xl/vbaProject.bin", b"x"), refused("macros", "delivery.xlsx")),
    (
        "a workbook that is a bomb",
        with_entry("xl/media/x.bin", b"0" * 5_000_000),
        refused("too_dense", "delivery.xlsx"),
    ),
    (
        "a workbook cut in half",
        lambda book: {"delivery.xlsx": sheets()(book)["delivery.xlsx"][:4000]},
        refused("bad_workbook", "delivery.xlsx"),
    ),
    ("no workbook", lambda book: {"delivery.xlsx": b"PK nothing"}, refused("bad_workbook", "delivery.xlsx")),
    # Manifests
    ("a manifest that agrees", manifest(), taken()),
    ("a manifest of rows only, that agrees", manifest(digest=False), taken()),
    (
        "rows are missing",
        manifest(digest=False, wrong="payments.csv"),
        refused("rows_differ", "payments.csv"),
    ),
    (
        "a changed byte",
        both(manifest(), swap("loans.csv", "200,210", "201,210")),
        refused("digest_differs", "loans.csv"),
    ),
    (
        "a file that the manifest does not know",
        manifest(without="guarantors.csv"),
        refused("not_in_manifest", "guarantors.csv"),
    ),
    ("a manifest that is none", put("manifest.csv", "hello\n"), refused("bad_manifest", "manifest.csv:1")),
]

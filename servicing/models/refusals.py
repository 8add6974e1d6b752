"""Words for what is not taken, and for what was read in another spelling than ours."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """Why a row or a whole file is not taken, in words."""

    EMPTY = "empty", _("is empty")
    TOO_LONG = "too_long", _("is too long")
    BLANKS = "blanks", _("has blanks around it or unprintable characters")
    BAD_CODE = "bad_code", _("may hold letters, digits and _ . : - only")
    PERSON_IN_CODE = (
        "person_in_code",
        _("is the number of a person, where a code or number of a loan belongs"),
    )
    UNKNOWN_VALUE = "unknown_value", _("is none of the allowed values")
    BAD_CURRENCY = "bad_currency", _("is not a currency of three capital letters")
    BAD_MONEY = "bad_money", _("is not an amount with at most two decimals")
    NOT_POSITIVE = "not_positive", _("must be more than zero")
    TOO_SMALL = "too_small", _("is too small to be split")
    BAD_RATE = "bad_rate", _("is not an annual rate like 0.072 for 7.2 %")
    BAD_NUMBER = "bad_number", _("is not a whole number from 1 on")
    BAD_DATE = "bad_date", _("is no day from 1990 to 2199 with its year first, like 2026-01-31")
    BAD_INSTANT = (
        "bad_instant",
        _("is no time from 1990 to 2199 with its year first, like 2026-01-31 09:05:00"),
    )
    DAY_FIRST = "day_first", _("day and month could be exchanged; write it as YYYY-MM-DD")
    ROUNDED = (
        "rounded",
        _("a spreadsheet has rounded the number; format the column as text and export it again"),
    )
    BAD_NAME = "bad_name", _("is not a name")
    BAD_PHONE = "bad_phone", _("is not a mobile number of eleven digits")
    BAD_NATIONAL_ID = "bad_national_id", _("is not a valid identity number")
    BORN_IN_FUTURE = "born_in_future", _("its birth date lies in the future")
    NATIONAL_ID_DOUBLED = "national_id_doubled", _("stands with two borrowers of these files")
    NATIONAL_ID_TAKEN = "national_id_taken", _("belongs to another borrower")
    IDENTITY_DIFFERS = "identity_differs", _("is another one than on file")
    BEFORE_LOAN = "before_loan", _("lies before the loan was paid out")
    BEFORE_PAYMENT = "before_payment", _("lies before the payment")
    IN_FUTURE = "in_future", _("lies in the future")
    ERROR_OF_SUCCESS = "error_of_success", _("a payment that succeeded has no error code")
    DOUBLED_KEY = "doubled_key", _("comes more than once")
    FIELD_COUNT = "field_count", _("the row has more or fewer fields than the header")
    UNKNOWN_BORROWER = "unknown_borrower", _("no such borrower in these files")
    NOT_ON_FILE = "not_on_file", _("is nobody on file")
    UNKNOWN_LOAN = "unknown_loan", _("no such loan in these files")
    BORROWER_REFUSED = "borrower_refused", _("its borrower was refused")
    PART_REFUSED = "part_refused", _("a row of this loan was refused")
    NO_INSTALMENTS = "no_instalments", _("the loan has no instalments")
    BELOW_PRINCIPAL = "below_principal", _("is less than what was lent")
    PLAN_GAP = "plan_gap", _("the numbers of its instalments do not run from 1 on without a gap")
    PLAN_ORDER = (
        "plan_order",
        _("its instalments do not fall due one after the other in the order of their numbers"),
    )
    NO_LOAN = "no_loan", _("is nobody on file, and no loan in these files is theirs")
    SUM_DIFFERS = "sum_differs", _("is not the sum of the instalments")
    DIFFERS = "differs", _("the loan is on file with other content")
    SAID_OTHERWISE = "said_otherwise", _("is on file under this number and says something else")
    # Of what customers said
    NO_SUCH_LOAN = "no_such_loan", _("no such loan is on file")
    OTHERS_LOAN = "others_loan", _("is the loan of another borrower")
    NO_SUCH_INSTALMENT = "no_such_instalment", _("the loan has no instalment of this number")
    HOTLINE_KNOWN = "hotline_known", _("another response has this number of the hotline")
    BEFORE_RECEIVED = "before_received", _("lies before the day on which it was received")
    # Of a whole delivery
    WITHDRAWN = "withdrawn", _("was withdrawn")
    LAPSED = "lapsed", _("was checked, and nobody applied it; its rows were removed")
    IN_PART = "in_part", _("was given up half-way: what it had brought by then is there until it is undone")
    BUILT_ON = "built_on", _("cannot be undone: something was built on what it brought")
    CAME_BEFORE = "came_before", _("these files came in before, with another import")
    LEFT_OVER = (
        "left_over",
        _("its reading broke off before this version of the program; send the files again"),
    )
    NO_SOURCE = "no_source", _("is no source that an administrator has entered")
    NO_LICENCE = "no_licence", _("its licence is not on file; an administrator enters it with the source")
    UNKNOWN_LAYOUT = "unknown_layout", _("there is no such layout")
    NOT_FOUND = "not_found", _("cannot be found or read")
    MISSING_FILE = "missing_file", _("the file is missing")
    UNKNOWN_FILE = "unknown_file", _("the layout has no such file")
    DOUBLED_FILE = "doubled_file", _("the file is there twice")
    MISSING_COLUMN = "missing_column", _("the column is missing")
    EXTRA_COLUMN = "extra_column", _("the layout has no such column")
    DOUBLED_COLUMN = "doubled_column", _("the column is there twice")
    NO_HEADER = "no_header", _("the file is empty; its first line must hold the names of the columns")
    NO_ROWS = "no_rows", _("there are no rows below the names of the columns")
    NOT_UTF8 = "not_utf8", _("is damaged, or in an encoding that cannot be told; save it as UTF-8")
    CUT_CHARACTER = "cut_character", _("the file is cut off inside a character; send it again")
    TWO_ENCODINGS = (
        "two_encodings",
        _("could be UTF-8 or GB 18030; save it as UTF-8 with byte order mark"),
    )
    NUL_BYTE = "nul_byte", _("holds a zero byte: the file is damaged or no text")
    NOT_CSV = "not_csv", _("a quotation mark is not closed or a field is too long")
    LINE_ENDS = "line_ends", _("has a carriage return inside a row; save it with ordinary line ends")
    CUT_OFF = "cut_off", _("the row is cut off")
    BAD_GZIP = "bad_gzip", _("the compressed file is damaged or cut off; pack and send it again")
    TOO_LARGE = "too_large", _("is too large")
    TOO_DENSE = "too_dense", _("is compressed more than data ever is")
    # Of a spreadsheet
    BAD_WORKBOOK = "bad_workbook", _("is damaged, locked with a password, or no spreadsheet in XLSX")
    UNKNOWN_SHEET = "unknown_sheet", _("a sheet bears no name of a file of the layout")
    MACROS = "macros", _("holds macros; save it as XLSX without them")
    FORMULA = "formula", _("the cell holds a formula; paste its value instead")
    BAD_CELL = "bad_cell", _("the cell holds an error or a truth value")
    FORMATTED = (
        "formatted",
        _("the cell shows a number otherwise than it holds it; format the column as text and type it again"),
    )
    LINE_BREAK = "line_break", _("the cell holds a line break")
    SPREADSHEET_DATE = "spreadsheet_date", _("the cell is a date where none belongs, or one with a time")
    TOO_MANY_ROWS = "too_many_rows", _("has more than 200,000 rows; send it as CSV")
    TOO_WIDE = "too_wide", _("the row has more than 256 cells; delete the empty columns beside the table")
    TOO_SLOW = "too_slow", _("takes too long to be read; send it as CSV")
    # Of a manifest
    BAD_MANIFEST = "bad_manifest", _("is no list of file, rows and sha256")
    NOT_IN_MANIFEST = "not_in_manifest", _("the file is not in the manifest")
    DIGEST_DIFFERS = "digest_differs", _("is not the file that the manifest names; send it again")
    ROWS_DIFFER = "rows_differ", _("does not have as many rows as the manifest says; send it again")


# What was found and expected, by its name in the facts of a Problem.
FACTS = {
    "found": _("found %(value)s"),
    "expected": _("expected %(value)s"),
    "at_least": _("expected %(value)s or more"),
    "at_most": _("expected %(value)s at most"),
    "not_before": _("expected %(value)s or later"),
    "not_after": _("expected %(value)s or earlier"),
    "one_of": _("expected one of %(value)s"),
    "on_file": _("on file %(value)s"),
    "line": _("also in row %(value)s"),
}
# What of a loan differs from the one on file.
WHAT = {
    "borrower": _("borrower"),
    "product": _("product"),
    "currency": _("currency"),
    "principal": _("principal"),
    "total_due": _("total due"),
    "disbursed_on": _("day of the payout"),
    "annual_rate": _("annual rate"),
    "written_off_on": _("day of the write-off"),
    "dues": _("instalment"),
    "payments": _("payment"),
}


def in_words(reason, facts):
    """Why a row is not taken, and what was found and expected where that is known."""
    label = str(Reason(reason).label)
    said = [str(WHAT[facts["what"]])] if "what" in facts else []
    said += [words % {"value": facts[name]} for name, words in FACTS.items() if name in facts]
    if not said:
        return label
    return gettext("%(reason)s: %(facts)s") % {"reason": label, "facts": gettext(", ").join(said)}


class Spelling(models.TextChoices):
    """Spellings other than ours that were read, with an example."""

    FULL_WIDTH = "full_width", _("in full-width digits (１２３)")
    THOUSANDS = "thousands", _("amounts with thousands separators (1,234.56)")
    CHINESE = "chinese", _("dates written as 2026年1月2日")
    SLASHES = "slashes", _("dates written as 2026/1/2")
    DOTS = "dots", _("dates written as 2026.1.2")
    DIGITS = "digits", _("dates written as 20260102")
    UNPADDED = "unpadded", _("dates or times written as 2026-1-2 or 9:05:00")
    NO_SECONDS = "no_seconds", _("times without seconds, taken as :00")

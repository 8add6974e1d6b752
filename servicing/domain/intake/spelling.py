"""Other spellings of amounts, dates, times and numbers that have one meaning, put into ours and counted."""

import re
import unicodedata
from collections import Counter
from datetime import date

MONEY, DAY, MOMENT, NUMBER = "money", "day", "moment", "number"
# What is written like this is ours already and is looked at no further.
OURS = {
    MONEY: re.compile(r"\d+(?:\.\d+)?", re.ASCII),
    DAY: re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    MOMENT: re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)?", re.ASCII),
    NUMBER: re.compile(r"\d+", re.ASCII),
}
WIDE = re.compile(r"[０-９，．／：－年月日时分秒0-9,./:\-T ]+")
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?", re.ASCII)
# The year comes first and has four digits: then the month is before the day.
DAYS = {
    "chinese": re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日", re.ASCII),
    "slashes": re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})", re.ASCII),
    "dots": re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})", re.ASCII),
    "digits": re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII),
    "unpadded": re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII),
}
CLOCKS = (
    re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?", re.ASCII),
    re.compile(r"(\d{1,2})[时点](\d{1,2})分(?:(\d{1,2})秒)?", re.ASCII),
)
STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)", re.ASCII)
# Which of two numbers is the month, nobody knows; what a spreadsheet made of a long number is lost.
DAY_FIRST = re.compile(r"\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}(?:[ T].*)?", re.ASCII)
ROUNDED = re.compile(r"-?\d(?:[.,]\d+)?[eE]\+?\d{1,3}", re.ASCII)


def plain(row, forms) -> Counter:
    """Put the columns of a row into our spelling, in place; what has no single meaning stays as it is.

    `forms` is {column: form}; returns how often each other spelling was read, by its code.
    """
    found: Counter[str] = Counter()
    for column, form in forms.items():
        text = row[column]
        if not text or OURS[form].fullmatch(text):
            continue
        spelled, codes = READERS[form](*narrow(text))
        if spelled is not None:
            row[column] = spelled
            found.update(codes)
    return found


def narrow(text):
    """(the text with half-width digits and signs, codes of what was changed)."""
    if not text.isascii() and WIDE.fullmatch(text):
        half = unicodedata.normalize("NFKC", text)
        if half != text:
            return half, ("full_width",)
    return text, ()


def money(text, codes):
    if THOUSANDS.fullmatch(text):
        return text.replace(",", ""), (*codes, "thousands")
    return (text, codes) if OURS[MONEY].fullmatch(text) else (None, ())


def number(text, codes):
    return (text, codes) if OURS[NUMBER].fullmatch(text) else (None, ())


def day(text, codes):
    if OURS[DAY].fullmatch(text):
        return text, codes
    for code, form in DAYS.items():
        if (found := form.fullmatch(text)) and is_day(spelled := dashed(*found.groups())):
            return spelled, (*codes, code)
    return None, ()


def moment(text, codes):
    """A day in any spelling and a time on the layout's own clock, with or without seconds."""
    if OURS[MOMENT].fullmatch(text):
        return text, codes
    if found := STAMP.fullmatch(text):
        year, month, on, *clock = found.groups()
        if is_day(spelled := f"{year}-{month}-{on}"):
            return f"{spelled}T{':'.join(clock)}", (*codes, "digits")
    for on, clock in splits(text):
        spelled, day_codes = day(on, codes)
        time = next((found for form in CLOCKS if (found := form.fullmatch(clock))), None)
        if spelled and time:
            hour, minute, second = time.groups()
            at = f"{hour.zfill(2)}:{minute.zfill(2)}:{(second or '0').zfill(2)}"
            return f"{spelled}T{at}", (*day_codes, *(() if second else ("no_seconds",))) or ("unpadded",)
    return None, ()


def splits(text):
    """A text cut into day and time at the blank, at the T, or behind 日."""
    for sign in (" ", "T"):
        before, found, after = text.partition(sign)
        if found:
            yield before, after
    before, found, after = text.partition("日")
    if found:
        yield before + "日", after.strip()


def is_day(text):
    """Whether there is such a day; what is none stays as it was written, so that it is found again."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def dashed(year, month, on):
    return f"{year}-{month.zfill(2)}-{on.zfill(2)}"


READERS = {MONEY: money, DAY: day, MOMENT: moment, NUMBER: number}
# All codes that `plain` may count, for the words beside the models.
CODES = ("full_width", "thousands", *DAYS, "no_seconds")

"""Texts of a file turned into values, or refused with a reason; nothing is guessed."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from servicing.domain import privacy
from servicing.domain.intake.layout import Problem
from servicing.domain.intake.spelling import DAY_FIRST, ROUNDED

MONEY = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
RATE = re.compile(r"0(\.\d{1,8})?|1(\.0{1,8})?", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
CODE = re.compile(r"[\w.:-]+", re.ASCII)
SEEN = re.compile(r"[-+]?\d[\d.,/:年月日eE+\-TZ ]{0,18}", re.ASCII)
# Years outside are slips of the pen, and days are added to what is inside.
FIRST_YEAR, END_YEAR = "1990", "2200"


def text(row, column, *, limit=64, is_required=True):
    """A text without blanks around it, at most `limit` long."""
    value = row[column]
    if not value:
        if is_required:
            raise Problem(column, "empty")
        return ""
    if len(value) > limit:
        raise Problem(column, "too_long", found=len(value), at_most=limit)
    if value != value.strip() or not value.isprintable():
        raise Problem(column, "blanks")
    if "+" in value and ROUNDED.fullmatch(value):
        raise Problem(column, "rounded")
    return value


def code(row, column, *, limit=32, is_required=True):
    """A text of letters, digits and `_.:-` that is no number of a person: it is shown to everybody."""
    value = text(row, column, limit=limit, is_required=is_required)
    if value and not CODE.fullmatch(value):
        raise Problem(column, "bad_code")
    if has_person(value):
        raise Problem(column, "person_in_code")
    return value


@lru_cache(1024)
def has_person(value: str) -> bool:
    return privacy.blur(value) != value


def key(row, column):
    """A text that names a row, and is nobody's identity number, as its check digit and day of birth tell."""
    value = text(row, column)
    if len(value) == 18 and is_national_id(value.upper()):
        raise Problem(column, "person_in_code")
    return value


def choice(row, column, choices):
    if row[column] not in choices:
        allowed = ", ".join(sorted(choices))
        raise Problem(
            column, "unknown_value" if row[column] else "empty", **seen(row[column]), one_of=allowed
        )
    return row[column]


def currency(row, column):
    if not CURRENCY.fullmatch(row[column]):
        raise Problem(column, "bad_currency")
    return row[column]


def money(row, column):
    """A positive amount with at most two decimals and a point."""
    value = row[column]
    if not MONEY.fullmatch(value):
        is_negative = value.startswith("-") and MONEY.fullmatch(value[1:])
        raise Problem(column, "not_positive" if is_negative else why(value, "bad_money"), **seen(value))
    if not (amount := Decimal(value)):
        raise Problem(column, "not_positive", **seen(value))
    return amount


def rate(row, column):
    """A share of the principal a year, 0.072 for 7.2 %, at most 1 so that nobody's percent is taken for it;
    None where it is empty.
    """
    value = row.get(column, "")
    if not value:
        return None
    if not RATE.fullmatch(value):
        raise Problem(column, why(value, "bad_rate"), **seen(value))
    return Decimal(value)


def number(row, column, *, top=999):
    """A whole number from 1 to `top`."""
    value = row[column]
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and 1 <= int(value) <= top):
        raise Problem(column, why(value, "bad_number"), **seen(value), at_most=top)
    return int(value)


def grace(row, column):
    """Days of grace, 0 to 999; none where it is empty."""
    return 0 if row.get(column, "") in ("", "0") else number(row, column)


def day(row, column, *, is_required=True):
    """A date as YYYY-MM-DD from 1990 to 2199."""
    value = row[column]
    if not value and not is_required:
        return None
    try:
        if DAY.fullmatch(value) and FIRST_YEAR <= value < END_YEAR:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise Problem(column, why(value, "bad_date"), **seen(value))


def moment(row, column, *, zone):
    """(instant, its day in the zone), from 1990 to 2199. Without an offset it is the zone's own clock."""
    value = row[column]
    try:
        if MOMENT.fullmatch(value) and FIRST_YEAR <= value < END_YEAR:
            at = datetime.fromisoformat(value)
            clock = ZoneInfo(zone)
            at = at.replace(tzinfo=clock) if at.tzinfo is None else at.astimezone(clock)
            return at, at.date()
    except (ValueError, OverflowError):
        pass
    raise Problem(column, why(value, "bad_instant"), **seen(value))


def not_before(column, day, began):
    """Raises Problem for a day before the loan began; no day is none."""
    if day and day < began:
        raise Problem(column, "before_loan", found=day, not_before=began)


def seen(value):
    """{"found": the text} of an amount, number or time that cannot be taken; of nothing else, for whatever
    else stands there may be about a person.
    """
    return {"found": value} if SEEN.fullmatch(value) and not has_person(value) else {}


def why(value, otherwise):
    """The code for a text that cannot be read: what is known about it, else `otherwise`."""
    if not value:
        return "empty"
    if ROUNDED.fullmatch(value):
        return "rounded"
    is_time = otherwise in ("bad_date", "bad_instant")
    return "day_first" if is_time and DAY_FIRST.fullmatch(value) else otherwise


def name(row, column):
    """A name as it was written, with its dots and rare characters, or nothing."""
    value = privacy.tidy(row[column])
    if len(value) > 64 or not all(map(is_letter, value)):
        raise Problem(column, "bad_name")
    return value


def is_letter(sign: str) -> bool:
    """Whether a sign can be shown, as all rare Chinese characters can; the mark of a lost one cannot."""
    return sign != "\ufffd" and (sign.isprintable() or 0x20000 <= ord(sign) < 0x3FFFE)


def phone(row, column):
    """A mainland mobile number of eleven digits, or nothing."""
    value = privacy.normal("phone", row[column])
    if value and not re.fullmatch(r"1\d{10}", value, re.ASCII):
        raise Problem(column, why(value, "bad_phone"))
    return value


def national_id(row, column):
    """A resident identity number of GB 11643 (18 with its check digit, or the older 15), or nothing.

    Whether the birth date lies ahead is for the caller, who knows the day: see `born_on`.
    """
    value = privacy.normal("national_id", row[column])
    if value and not is_national_id(value):
        raise Problem(column, why(value, "bad_national_id"))
    return value


def is_national_id(value: str) -> bool:
    if re.fullmatch(r"\d{15}", value, re.ASCII):
        return born_on(value) is not None
    if not re.fullmatch(r"\d{17}[\dX]", value, re.ASCII):
        return False
    return born_on(value) is not None and value[17] == privacy.check_digit(value[:17])


def born_on(value: str) -> date | None:
    """The birth date inside an identity number; None where there is no such day."""
    digits = "19" + value[6:12] if len(value) == 15 else value[6:14]
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return None

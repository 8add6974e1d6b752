"""Reads JSON that a stranger wrote: every complaint names its place, as in `events[3].amount`."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation

# Decimal and date would take more: underscores, full-width digits, weeks of the year.
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST = Decimal("1e12")
YEARS = range(1900, 2201)


class Wrong(ValueError):
    """What is wrong with the input and where, in one sentence."""

    def __init__(self, path: str, words: str):
        super().__init__(f"{path}: {words}" if path else words)


def load(text: str):
    """The value of a JSON text, its numbers exact. Raises Wrong."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=refuse, object_pairs_hook=once)
    except RecursionError:
        raise Wrong("", "this is nested too deeply") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Wrong("", f"this is no JSON ({error.msg}, {where})") from None
    except Wrong:
        raise
    except ValueError:  # a number with more digits than Python converts
        raise Wrong("", "a number in it is too long") from None


def refuse(name: str):
    raise Wrong("", f"{name} is no number")


def once(pairs) -> dict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise Wrong(
            "", f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object"
        )
    return found


class Node:
    """An object of the input; each name is taken once, and what nobody took is refused by `done`."""

    def __init__(self, value, path: str = ""):
        if not isinstance(value, dict):
            raise Wrong(path, "must be an object")
        self.value, self.path, self.left = value, path, set(value)

    def __contains__(self, name: str) -> bool:
        return name in self.value

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def take(self, name: str):
        if name not in self.value:
            raise Wrong(self.at(name), "is missing")
        self.left.discard(name)
        return self.value[name]

    def done(self):
        if self.left:
            raise Wrong(self.at(min(self.left)), "is not known here")

    def text(self, name: str, default: str | None = None) -> str:
        if default is not None and name not in self:
            return default
        value = self.take(name)
        if not isinstance(value, str):
            raise Wrong(self.at(name), "must be a text")
        return value

    def code(self, name: str, codes, default: str | None = None) -> str:
        value = self.text(name, default)
        if value not in codes:
            raise Wrong(self.at(name), f"{value!r} is none of {', '.join(codes)}")
        return value

    def day(self, name: str) -> date:
        return a_day(self.take(name), self.at(name))

    def whole(self, name: str, default: int | None = None, *, low: int, high: int) -> int:
        if default is not None and name not in self:
            return default
        value = self.take(name)
        if type(value) is not int or not low <= value <= high:
            raise Wrong(self.at(name), f"must be a whole number from {low} to {high}")
        return value

    def number(self, name: str, *, low: Decimal, high: Decimal = MOST, places: int) -> Decimal:
        """An exact number with at most so many decimals, as a number or a text."""
        value = self.take(name)
        try:
            is_number = type(value) in (int, Decimal) or (isinstance(value, str) and NUMBER.fullmatch(value))
            number = Decimal(value) if is_number else None
        except InvalidOperation:  # an exponent beyond all bounds
            number = None
        if number is None:
            raise Wrong(self.at(name), "must be a number")
        if not low <= number <= high:
            raise Wrong(self.at(name), f"must lie between {low} and {high:f}")
        if number != round(number, places):
            raise Wrong(self.at(name), f"must have at most {places} decimals")
        return round(number, places)

    def money(self, name: str) -> Decimal:
        return self.number(name, low=Decimal("0.01"), places=2)

    def items(self, name: str) -> Iterator[tuple[object, str]]:
        """(value, path) of each item of a list; nothing where the list is missing."""
        values = self.take(name) if name in self else []
        if not isinstance(values, list):
            raise Wrong(self.at(name), "must be a list")
        return ((value, f"{self.at(name)}[{spot}]") for spot, value in enumerate(values))


def a_day(value, path: str) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else None
    except ValueError:
        day = None
    if day is None or day.year not in YEARS:
        raise Wrong(path, f"must be a day like 2026-01-31, from {YEARS[0]} to {YEARS[-1]}")
    return day

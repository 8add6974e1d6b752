"""A delivery as messages: JSON lines with numbers that follow each other. What they mean is read later."""

import json
import re
from datetime import datetime
from typing import NamedTuple

FIRST_YEAR, END_YEAR = 1990, 2200
KIND = re.compile(r"[a-z_]{1,24}\.[a-z_]{1,24}", re.ASCII)
NUMBER = re.compile(r"[1-9]\d{0,17}", re.ASCII)
ENVELOPE = ("sequence", "kind", "at", "loan")
# Lists and objects inside each other in one message; the kinds that we know need four.
DEEPEST = 8
# Faults that are named of one delivery.
NAMED = 10


class Malformed(Exception):
    """A signed delivery that cannot be read: the line, counted from 1, and a code; `faults` are these of its
    first lines that cannot be read.
    """

    def __init__(self, line: int, reason: str, faults: list[tuple[int, str]] | None = None):
        super().__init__(line, reason)
        self.line, self.reason = line, reason
        self.faults = faults or [(line, reason)]


class Message(NamedTuple):
    """One line. `loan` is the core's loan number or ""; `data` holds everything else, all scalars as text."""

    sequence: int
    kind: str
    at: datetime
    loan: str
    data: dict

    def canonical(self) -> str:
        """One spelling for the same content, however the core orders and spaces its JSON."""
        whole = [self.sequence, self.kind, self.at.isoformat(), self.loan, self.data]
        return json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def parse(body: bytes, *, first: int, last: int) -> list[Message]:
    """The messages of a delivery, which must be exactly those from `first` to `last`; raises Malformed."""
    lines = body.split(b"\n")
    if lines and not lines[-1]:
        lines.pop()
    if not 1 <= first <= last or len(lines) != last - first + 1:
        raise Malformed(len(lines), "not_as_signed")
    found, faults = [], []
    for line, (raw, expected) in enumerate(zip(lines, range(first, last + 1), strict=True), start=1):
        try:
            found.append(_message(raw, line, expected))
        except Malformed as fault:
            faults += fault.faults
            # One number that is off moves all that follow.
            if fault.reason == "not_as_signed" or len(faults) == NAMED:
                break
    if faults:
        raise Malformed(*faults[0], faults)
    return found


def _message(raw, line, expected):
    try:
        # Numbers stay the text that was signed: 0.1 has no exact value in binary.
        data = json.loads(
            raw.decode(), parse_float=str, parse_int=str, parse_constant=_never, object_pairs_hook=_once
        )
    except (ValueError, RecursionError):
        raise Malformed(line, "not_json") from None
    if not isinstance(data, dict) or _is_deep(data):
        raise Malformed(line, "not_json")
    sequence, kind, at, loan = (data.pop(name, "") for name in ENVELOPE)
    if not isinstance(sequence, str) or not NUMBER.fullmatch(sequence):
        raise Malformed(line, "bad_sequence")
    if int(sequence) != expected:
        raise Malformed(line, "not_as_signed")
    if not isinstance(kind, str) or not KIND.fullmatch(kind):
        raise Malformed(line, "bad_kind")
    if not isinstance(loan, str) or len(loan) > 64 or not (loan == "" or loan.isprintable()):
        raise Malformed(line, "bad_loan")
    return Message(int(sequence), kind, _instant(at, line), loan, data)


def _is_deep(data):
    """Whether so much lies inside each other that whatever walks through it might not come back."""
    level = [data]
    for _ in range(DEEPEST):
        boxes = (box.values() if isinstance(box, dict) else box for box in level)
        level = [one for box in boxes for one in box if isinstance(one, dict | list)]
    return bool(level)


def _instant(text, line):
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise Malformed(line, "bad_at") from None
    # Without an offset nobody can say on which day it was.
    if at.tzinfo is None or not FIRST_YEAR <= at.year < END_YEAR:
        raise Malformed(line, "bad_at")
    return at


def _never(text):
    raise ValueError(text)


def _once(pairs):
    """An object whose names come once: of two equal names nobody can say which one is meant."""
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("doubled name")
    return {_plain(name): _plain(value) for name, value in data.items()}


def _plain(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        raise ValueError("neither text nor number")
    # Raises ValueError too: half of a pair of surrogates is no text that could be kept.
    if isinstance(value, str) and b"\0" in value.encode():
        raise ValueError("a character that no text has")
    return value

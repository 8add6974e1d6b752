"""The clocks of what customers say: calendar days that never pause, each kind its own."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Limits:
    """Days by kind, from the settings in force on the day of receipt; `extension` comes on top of complex."""

    complaint: int
    complex: int
    extension: int
    objection: int
    suggestion: int


def days(kind: str, *, limits: Limits, is_complex: bool = False, is_extended: bool = False) -> int | None:
    """Our own limit in calendar days; None for praise, which waits for nothing."""
    if kind == "complaint":
        return (limits.complex if is_complex else limits.complaint) + (limits.extension if is_extended else 0)
    return {"objection": limits.objection, "suggestion": limits.suggestion}.get(kind)


def own_day(kind: str, received_on: date, *, limits: Limits, **more: bool) -> date | None:
    """The last day by our own clock; the day of receipt is not counted."""
    number = days(kind, limits=limits, **more)
    return None if number is None else received_on + timedelta(days=number)


def last_day(
    kind: str, received_on: date, *, limits: Limits, hotline_due_on: date | None = None, **more: bool
) -> date | None:
    """The day that counts: the earlier one of our own clock and of that of the hotline that forwarded it."""
    known = [day for day in (own_day(kind, received_on, limits=limits, **more), hotline_due_on) if day]
    return min(known, default=None)

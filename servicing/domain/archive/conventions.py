"""The choices that two honest loan cores make differently. They are settings of a product, by code."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal

CENT = Decimal("0.01")
BASIS = {"30/360": 360, "actual/365": 365, "actual/360": 360}
ROUNDINGS = {"half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN, "up": ROUND_UP, "down": ROUND_DOWN}

# Every choice there is; what each code means stands in docs/loan_check.md.
CHOICES = {
    "day_count": tuple(BASIS),
    "rounding": tuple(ROUNDINGS),
    "remainder": ("last",),
    "prepayment": ("keep_term", "shorten"),
    "full_prepayment": ("to_the_day", "whole_period", "all_interest"),
    "order": ("interest_first", "principal_first"),
    "grace": ("excused", "counted"),
    "month_end": ("last_day", "sticky", "next_day"),
}


class ConventionError(ValueError):
    """A choice that does not exist; says where and what there is."""


@dataclass(frozen=True)
class Conventions:
    """One choice per question; docs/decisions/0008 says why these are the defaults."""

    day_count: str = "30/360"
    rounding: str = "half_up"
    remainder: str = "last"
    prepayment: str = "keep_term"
    full_prepayment: str = "to_the_day"
    order: str = "interest_first"
    grace: str = "excused"
    month_end: str = "last_day"

    def __post_init__(self):
        for field in fields(self):
            value = getattr(self, field.name)
            if value not in CHOICES[field.name]:
                raise ConventionError(f"{field.name}: {value!r} is none of {', '.join(CHOICES[field.name])}")

    @classmethod
    def of(cls, data: Mapping) -> "Conventions":
        """Conventions from JSON; what is not named is the default. Raises ConventionError."""
        if not isinstance(data, Mapping):
            raise ConventionError("conventions must be an object of codes")
        if unknown := sorted(set(data) - set(CHOICES), key=str):
            raise ConventionError(f"{unknown[0]}: there is no such convention, only {', '.join(CHOICES)}")
        return cls(**data)

    def to_cents(self, amount: Decimal) -> Decimal:
        return amount.quantize(CENT, ROUNDINGS[self.rounding])

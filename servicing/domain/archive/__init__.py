"""The arithmetic of loans: what is due, who was late, how it ended. Days are dates, money is Decimal."""

from servicing.domain.archive.arrears import Standing, bucket, clear, standing
from servicing.domain.archive.classes import CLASSES, grade
from servicing.domain.archive.conventions import CHOICES, ConventionError, Conventions
from servicing.domain.archive.facts import (
    BORROWER,
    FAILED,
    GUARANTOR,
    ORIGINS,
    RECOVERY,
    REFINANCING,
    REFUND,
    SUCCEEDED,
    TRANSFER,
    WAIVER,
    Due,
    Paid,
    Pause,
)
from servicing.domain.archive.quote import NotKnown, Quote, quote
from servicing.domain.archive.reference import DIGITS, as_lettered, lettered, reference
from servicing.domain.archive.settlement import (
    MONTHS,
    Outcome,
    by_origin,
    is_repaid_by_borrower,
    kind_of,
    profile,
    settle,
)

__all__ = [
    "BORROWER",
    "CHOICES",
    "CLASSES",
    "DIGITS",
    "FAILED",
    "GUARANTOR",
    "MONTHS",
    "ORIGINS",
    "RECOVERY",
    "REFINANCING",
    "REFUND",
    "SUCCEEDED",
    "TRANSFER",
    "WAIVER",
    "ConventionError",
    "Conventions",
    "Due",
    "NotKnown",
    "Outcome",
    "Paid",
    "Pause",
    "Quote",
    "Standing",
    "as_lettered",
    "bucket",
    "by_origin",
    "clear",
    "grade",
    "is_repaid_by_borrower",
    "kind_of",
    "lettered",
    "profile",
    "quote",
    "reference",
    "settle",
    "standing",
]

"""Borrowers, their loans, how these ended, and what follows from that."""

from servicing.models.archive.arrears import Arrear
from servicing.models.archive.borrowers import Borrower, BorrowerHistory, Product, Source, Stamp
from servicing.models.archive.certificates import Certificate
from servicing.models.archive.grades import ClassOverride
from servicing.models.archive.loans import (
    Guarantor,
    Instalment,
    Loan,
    Pause,
    Payment,
    Reminder,
)
from servicing.models.archive.payoff import PayoffStep
from servicing.models.archive.settlements import Settlement
from servicing.models.archive.tallies import Tally

__all__ = [
    "Arrear",
    "Borrower",
    "BorrowerHistory",
    "Certificate",
    "ClassOverride",
    "Guarantor",
    "Instalment",
    "Loan",
    "Pause",
    "Payment",
    "PayoffStep",
    "Product",
    "Reminder",
    "Settlement",
    "Source",
    "Stamp",
    "Tally",
]

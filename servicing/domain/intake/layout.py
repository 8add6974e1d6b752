"""What a layout declares, and the facts that every layout ends in."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from servicing.domain.archive import Outcome, settle
from servicing.domain.privacy import blur

BORROWER, LOAN, INSTALMENT, PAYMENT, GUARANTOR = "borrower", "loan", "instalment", "payment", "guarantor"
OBSERVATION = "observation"
# Which column of the house the rows belong to, and so takes them.
ARCHIVE, EXTERNAL = "archive", "external"


class Problem(Exception):
    """Why a row is not taken: the column, a code, and what was found and expected by name: amounts, dates and
    counts, never personal data. The words for all of it stand with the model.
    """

    def __init__(self, column: str, reason: str, **facts):
        super().__init__(column, reason)
        self.column, self.reason = column, reason
        # Digits of a phone can be an amount, too.
        self.facts = {name: blur(str(value)) for name, value in facts.items()}


@dataclass(frozen=True)
class File:
    """One file of a layout. Columns in `unused` must be there and are never kept; those in `optional` may be
    missing and are empty then; those in `prose` are free text, of which a workbook may hold several lines.

    `forms` is {column: form} of those with more than one spelling; `aliases` is {another name of a column:
    its name}.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    key: str
    parent: str = ""
    personal: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    required: bool = True
    prose: tuple[str, ...] = ()
    forms: dict[str, str] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name without its ending, as a sheet is called."""
        return self.name.removesuffix(".csv")

    @cached_property
    def kept(self) -> tuple[str, ...]:
        return tuple(column for column in self.columns if column not in self.unused)


def never(row, **_):
    """Stands for the facts that a layout does not tell."""
    raise NotImplementedError


@dataclass(frozen=True)
class Layout:
    """How one sender's files look and what their rows mean, and in `owner` which column takes them.

    `source` says whose numbers the borrowers bear. `borrower(row)` and `loan(row)` give facts, `loan` None
    for a row that is no repaid or running loan (it is skipped); `parts` has one function (row, loan or None)
    for each kind of row below a loan. `observation(row, today=…)` gives a borrower's number and facts, and
    who says it is named with each delivery. All raise Problem.
    """

    code: str
    source: str
    source_name: str
    zone: str
    files: tuple[File, ...]
    borrower: Callable = never
    loan: Callable = never
    parts: dict[str, Callable] = field(default_factory=dict)
    observation: Callable = never
    owner: str = ARCHIVE

    def file_of(self, kind: str) -> File:
        return next(file for file in self.files if file.kind == kind)

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Kinds of rows that are no part of a loan: each has a key of its own and names a borrower."""
        return tuple(file.kind for file in self.files if file.kind not in self.parts)


class Row(NamedTuple):
    """One row of one file. `twin` is the line of another row of its kind with its key, 0 where nobody wrote
    down which; None where there is none.
    """

    kind: str
    key: str
    parent: str
    file: str
    line: int
    data: dict
    twin: int | None = None


class BorrowerFacts(NamedTuple):
    external_id: str
    name: str = ""
    national_id: str = ""
    phone: str = ""


class GuarantorFacts(NamedTuple):
    external_id: str
    name: str = ""
    phone: str = ""


class PaymentFacts(NamedTuple):
    """In the order in which the archive keeps them."""

    external_id: str
    amount: Decimal
    paid_at: datetime
    paid_on: date
    origin: str = "borrower"
    outcome: str = "succeeded"
    channel: str = ""
    error_code: str = ""
    reversed_on: date | None = None
    app_version: str = ""


class ObservationFacts(NamedTuple):
    """One thing that a source said of a borrower, in the order in which it is kept."""

    external_id: str
    kind: str
    lender: str
    observed_on: date
    ended_on: date | None = None
    amount: Decimal | None = None
    days: int | None = None


class LoanFacts(NamedTuple):
    """One contract with all that is known of it. Each due says its grace, `grace_days` is the contract's.

    `annual_rate` 0.072 is 7.2 % a year, None where nobody said.
    """

    external_id: str
    borrower: str
    product: str
    currency: str
    principal: Decimal
    total_due: Decimal
    disbursed_on: date
    disbursed_at: datetime | None = None
    written_off_on: date | None = None
    dues: tuple = ()
    payments: tuple = ()
    guarantors: tuple = ()
    grace_days: int = 0
    pauses: tuple = ()
    annual_rate: Decimal | None = None

    def outcome(self) -> Outcome | None:
        """How the loan ended, or None while something is unpaid."""
        return settle(
            self.dues,
            self.payments,
            disbursed_on=self.disbursed_on,
            written_off_on=self.written_off_on,
            pauses=self.pauses,
        )

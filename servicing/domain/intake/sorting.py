"""Sorts staged rows into what can be taken, what is skipped and what is refused; never half a loan."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from servicing.domain.intake import dates
from servicing.domain.intake.layout import BORROWER, LOAN, PAYMENT, BorrowerFacts, LoanFacts, Problem, Row

# A staged row that could not be read as a row carries its reason under this name instead of columns.
FAULT = "!"


class Refusal(NamedTuple):
    """One line of the list of rejects."""

    file: str
    line: int
    column: str
    reason: str
    key: str


@dataclass
class Sorting:
    """The facts to be taken with the rows they came from, and everything that was not taken."""

    borrowers: dict[str, tuple[BorrowerFacts, Row]] = field(default_factory=dict)
    loans: list[tuple[LoanFacts, Row]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    skipped: int = 0
    rejected: int = 0

    def refuse(self, row, column, reason):
        self.refusals.append(Refusal(row.file, row.line, column, reason, row.key))

    def refuse_loan(self, row, column="", reason="part_refused"):
        self.refuse(row, column, reason)
        self.rejected += 1

    def refuse_borrower(self, key, column, reason):
        """Refuse a borrower that looked sound, and with them their loans."""
        _, row = self.borrowers.pop(key)
        self.refuse(row, column, reason)
        self.rejected += 1
        for loan, loan_row in self.loans:
            if loan.borrower == key:
                self.refuse_loan(loan_row, reason="borrower_refused")
        self.loans = [(loan, loan_row) for loan, loan_row in self.loans if loan.borrower != key]


def sort(layout, rows, *, today: date, doubled=frozenset()) -> Sorting:
    """Sort all rows of some borrowers. `doubled` are borrowers whose national id another one has too."""
    by_kind, below = defaultdict(list), defaultdict(list)
    for row in rows:
        if row.kind in (BORROWER, LOAN):
            by_kind[row.kind].append(row)
        else:
            below[row.parent].append(row)
    result = Sorting()
    named = {row.key for row in by_kind[BORROWER]}
    for row in by_kind[BORROWER]:
        sort_borrower(layout, row, result, doubled, today)
    for row in by_kind[LOAN]:
        sort_loan(layout, row, below[row.key], result, today, is_named=row.parent in named)
    return result


def sort_borrower(layout, row, result, doubled, today):
    try:
        facts = read(row, layout.file_of(BORROWER).key, layout.borrower)
        if row.key in doubled:
            raise Problem("national_id", "national_id_doubled")
        dates.borrower(facts, today=today)
        result.borrowers[row.key] = facts, row
    except Problem as problem:
        result.refuse(row, problem.column, problem.reason)
        result.rejected += 1


def sort_loan(layout, row, parts, result, today, *, is_named):
    try:
        loan = read(row, layout.file_of(LOAN).key, layout.loan)
        if loan is None:
            result.skipped += 1
            return
    except Problem as problem:
        result.refuse_loan(row, problem.column, problem.reason)
        read_parts(layout, None, parts, result, today)
        return
    before = len(result.refusals)
    found = read_parts(layout, loan, parts, result, today)
    if len(result.refusals) > before:
        result.refuse_loan(row)
        return
    try:
        loan = whole(loan, found, today)
        if row.parent not in result.borrowers:
            raise Problem(layout.file_of(LOAN).parent, "borrower_refused" if is_named else "unknown_borrower")
        result.loans.append((loan, row))
    except Problem as problem:
        result.refuse_loan(row, problem.column, problem.reason)


def read(row, key, make):
    """Facts of a row that can be read and whose key is its own."""
    if FAULT in row.data:
        raise Problem("", row.data[FAULT])
    if row.is_doubled:
        raise Problem(key, "doubled_key")
    return make(row.data)


def read_parts(layout, loan, parts, result, today):
    """{kind: facts} of the rows below a loan; what is wrong with any of them is noted."""
    found, seen = defaultdict(list), set()
    for row in parts:
        try:
            if FAULT in row.data:
                raise Problem("", row.data[FAULT])
            facts = layout.parts[row.kind](row.data, loan)
            # By what was read, so that 1 and 01 are one number.
            if (row.kind, facts[0]) in seen:
                raise Problem(layout.file_of(row.kind).key, "doubled_key")
            seen.add((row.kind, facts[0]))
            if row.kind == PAYMENT:
                dates.payment(facts, today=today)
            found[row.kind].append(facts)
        except Problem as problem:
            result.refuse(row, problem.column, problem.reason)
    return found


def whole(loan, found, today):
    """The loan with its parts, where they agree with it."""
    if found:
        loan = loan._replace(
            dues=tuple(found["instalment"]),
            payments=tuple(found["payment"]),
            guarantors=tuple(found["guarantor"]),
        )
    if not loan.dues:
        raise Problem("", "no_instalments")
    if sum(due.amount for due in loan.dues) != loan.total_due:
        raise Problem("total_due", "sum_differs")
    dates.loan(loan, today=today)
    # Of a layout whose loans bring their payments in the same row.
    if any(payment.paid_on > today for payment in loan.payments):
        raise Problem("", "in_future")
    return loan

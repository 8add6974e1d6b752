"""Sorts staged rows into what can be taken, what is skipped and what is refused; never half a loan."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from servicing.domain.intake import dates, fields
from servicing.domain.intake.layout import BORROWER, LOAN, PAYMENT, BorrowerFacts, LoanFacts, Problem, Row

# A staged row that could not be read as a row carries its reason under this name instead of columns.
FAULT = "!"
# How many fields it has, and should have.
COUNTS = "!counts"


class Refusal(NamedTuple):
    """One line of the list of rejects."""

    file: str
    line: int
    column: str
    reason: str
    key: str
    facts: dict[str, str]


@dataclass
class Sorting:
    """The facts to be taken with the rows they came from, and every row that was not taken, each once."""

    borrowers: dict[str, tuple[BorrowerFacts, Row]] = field(default_factory=dict)
    loans: list[tuple[LoanFacts, Row]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    skipped: int = 0

    @property
    def rejected(self):
        """How many rows are refused with a reason of their own: as many as the list of them names."""
        return len({(refusal.file, refusal.line) for refusal in self.refusals})

    def refuse(self, row, problem):
        """Refuse a row; one below a loan says of which, because its own key need not tell."""
        facts = problem.facts if row.kind in (BORROWER, LOAN) else problem.facts | {"loan": row.parent}
        found = Refusal(row.file, row.line, problem.column, problem.reason, row.key, facts)
        self.refusals.append(found)

    def refuse_borrower(self, key, problem):
        """Refuse a borrower that looked sound, and with them their loans."""
        _, row = self.borrowers.pop(key)
        self.refuse(row, problem)
        for loan, loan_row in self.loans:
            if loan.borrower == key:
                self.refuse(loan_row, Problem("", "borrower_refused"))
        self.loans = [(loan, loan_row) for loan, loan_row in self.loans if loan.borrower != key]


def sort(layout, rows, *, today: date, doubled=MappingProxyType({})) -> Sorting:
    """Sort all rows of some borrowers. `doubled` is {borrower: line} of those whose national id another one
    has too, and the line of that other one.
    """
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
            raise Problem("national_id", "national_id_doubled", **elsewhere(doubled[row.key]))
        dates.borrower(facts, today=today)
        result.borrowers[row.key] = facts, row
    except Problem as problem:
        result.refuse(row, problem)


def sort_loan(layout, row, parts, result, today, *, is_named):
    try:
        loan = read(row, layout.file_of(LOAN).key, layout.loan)
        if loan is None:
            result.skipped += 1
            return
    except Problem as problem:
        result.refuse(row, problem)
        read_parts(layout, None, parts, result, today)
        return
    before = len(result.refusals)
    found = read_parts(layout, loan, parts, result, today)
    if len(result.refusals) > before:
        result.refuse(row, Problem("", "part_refused"))
        return
    try:
        loan = whole(loan, found, today)
        if row.parent not in result.borrowers:
            raise Problem(layout.file_of(LOAN).parent, "borrower_refused" if is_named else "unknown_borrower")
        result.loans.append((loan, row))
    except Problem as problem:
        result.refuse(row, problem)


def read(row, key, make):
    """Facts of a row that can be read and whose key is its own."""
    readable(row)
    if row.twin is not None:
        raise Problem(key, "doubled_key", **elsewhere(row.twin))
    return make(row.data)


def elsewhere(line):
    """{"line": the line of the other row}, where it was written down."""
    return {"line": line} if line else {}


def readable(row):
    """Raises Problem for what could not be read as a row."""
    if FAULT in row.data:
        raise Problem("", row.data[FAULT], **row.data.get(COUNTS, {}))


def read_parts(layout, loan, parts, result, today):
    """{kind: facts} of the rows below a loan; what is wrong with any of them is noted."""
    found: dict[str, list] = defaultdict(list)
    seen: dict[tuple, int] = {}
    for row in parts:
        try:
            readable(row)
            facts = layout.parts[row.kind](row.data, loan)
            # By what was read, so that 1 and 01 are one number.
            if first := seen.get((row.kind, facts[0])):
                known = fields.seen(str(facts[0])) | elsewhere(first)
                raise Problem(layout.file_of(row.kind).key, "doubled_key", **known)
            seen[row.kind, facts[0]] = row.line
            if row.kind == PAYMENT:
                dates.payment(facts, today=today)
            found[row.kind].append(facts)
        except Problem as problem:
            result.refuse(row, problem)
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
    if (total := sum(due.amount for due in loan.dues)) != loan.total_due:
        raise Problem("total_due", "sum_differs", found=loan.total_due, expected=total)
    dates.loan(loan, today=today)
    # Of a layout whose loans bring their payments in the same row.
    for payment in loan.payments:
        dates.happened("", payment.paid_on, today=today)
    return loan

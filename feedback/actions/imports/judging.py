"""One range of a file of responses: what of it is new, what is on file, and what is refused."""

from functools import partial
from typing import NamedTuple

from feedback.domain.imports import LAYOUT, RESPONSE, ResponseFacts, response
from feedback.models import Response
from servicing.actions.intake.judging import staged
from servicing.domain.intake.layout import Problem
from servicing.domain.intake.sorting import Refusal, read
from servicing.models import Borrower, Instalment, Loan

COUNTS = ("responses", "people", "overdue", "rejected", "already_imported")
# What the sender told, in both.
TOLD = (
    "received_at kind channel loan_id instalment where words speaker authority hotline hotline_number "
    "hotline_due_on".split()
)
# What people may have done since: compared where the sender says something of it.
MAY_BE_OURS = ("topic", "is_complex", "answered_at", "answer")


class Known(NamedTuple):
    """What on file the rows of a range name: {number: id of a borrower}, {number: (id, its borrower's)} of
    loans, {(id of a loan, number)} of instalments, {(hotline, number)} that are there, {number: response}.
    """

    people: dict[str, int]
    loans: dict[str, tuple[int, int]]
    instalments: set[tuple[int, int]]
    hotlines: set[tuple[str, str]]
    there: dict[str, Response]


class Fresh(NamedTuple):
    """A response that is new, and whose it is."""

    facts: ResponseFacts
    borrower: int | None
    loan: int | None


class Judged(NamedTuple):
    """What is sound of a range is `fresh`; `already` are ids of what is on file and says the same."""

    fresh: list[Fresh]
    already: list[int]
    refusals: list[Refusal]


def judge(batch, cut, *, at):
    """Judge the responses whose numbers lie from `first` to `last`."""
    rows = staged(batch, LAYOUT, cut)
    known = on_file(rows)
    read_facts = partial(response, at=at)
    judged = Judged([], [], [])
    for row in rows:
        try:
            facts = read(row, LAYOUT.file_of(RESPONSE).key, read_facts)
            found = whose(facts, known)
            if (there := known.there.get(facts.number)) is None:
                told_once(facts, known)
                judged.fresh.append(found)
            elif says_the_same(there, found):
                judged.already.append(there.pk)
            else:
                raise Problem("", "said_otherwise")
        except Problem as problem:
            refusal = Refusal(row.file, row.line, problem.column, problem.reason, row.key, problem.facts)
            judged.refusals.append(refusal)
    return judged


def on_file(rows):
    """What the rows name, asked for at once."""
    named = {
        column: {row.data[column] for row in rows if row.data.get(column)}
        for column in ("borrower_id", "loan_id", "hotline_number")
    }
    people = Borrower.objects.filter(source__code=LAYOUT.source, external_id__in=named["borrower_id"])
    loans = Loan.objects.filter(source__code=LAYOUT.source, external_id__in=named["loan_id"])
    found = {number: (pk, owner) for number, pk, owner in loans.values_list("external_id", "pk", "borrower")}
    due = Instalment.objects.filter(loan__in=[pk for pk, _ in found.values()])
    hotlines = Response.objects.exclude(hotline="").filter(hotline_number__in=named["hotline_number"])
    there = Response.objects.exclude(external_number="").filter(external_number__in={row.key for row in rows})
    return Known(
        dict(people.values_list("external_id", "pk")),
        found,
        set(due.values_list("loan", "number")) if any(row.data.get("instalment") for row in rows) else set(),
        set(hotlines.values_list("hotline", "hotline_number")),
        {row.external_number: row for row in there},
    )


def whose(facts, known):
    """Whose response it is: of the borrower or loan that it names, or of somebody unknown."""
    borrower, loan = known.people.get(facts.borrower), None
    if facts.borrower and borrower is None:
        raise Problem("borrower_id", "not_on_file")
    if facts.loan:
        if facts.loan not in known.loans:
            raise Problem("loan_id", "no_such_loan")
        loan, owner = known.loans[facts.loan]
        if borrower not in (None, owner):
            raise Problem("loan_id", "others_loan")
        borrower = owner
    if facts.instalment is not None and (loan, facts.instalment) not in known.instalments:
        raise Problem("instalment", "no_such_instalment")
    return Fresh(facts, borrower, loan)


def told_once(facts, known):
    """A case of a hotline is one response, in this file as well."""
    case = facts.hotline, facts.hotline_number
    if facts.hotline and case in known.hotlines:
        raise Problem("hotline_number", "hotline_known")
    known.hotlines.add(case)


def says_the_same(there, found):
    told = found.facts._asdict() | {"loan_id": found.loan}
    is_theirs = found.borrower in (None, there.borrower_id)
    names = (*TOLD, *(name for name in MAY_BE_OURS if told[name]))
    return is_theirs and all(getattr(there, name) == told[name] for name in names)

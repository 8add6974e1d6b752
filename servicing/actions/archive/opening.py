"""A loan comes in alone, or is told again with more payments."""

from dataclasses import dataclass

from django.db import transaction

from servicing.actions import ledger, privacy
from servicing.actions.archive import changes
from servicing.actions.archive.arrivals import write
from servicing.actions.archive.facts import additions, completed, content, facts_of, filed
from servicing.actions.archive.holding import Differs, happened, held, rows, taken_up
from servicing.actions.archive.payoff import follow
from servicing.actions.archive.people import told_again
from servicing.domain import archive
from servicing.domain.intake import dates
from servicing.domain.intake.layout import LoanFacts
from servicing.gateways import queue
from servicing.models import Borrower, Loan


@dataclass(frozen=True)
class Added:
    """What a later delivery added to a loan on file: payments by id, whether the day of a write-off, and
    whether the annual rate.
    """

    loan: int
    payments: list[int]
    is_loss: bool
    is_rate: bool


# What never changes about a contract, whoever tells it again.
TERMS = "borrower product currency principal total_due disbursed_on grace_days annual_rate".split()


@transaction.atomic
def open_loan(*, source, facts, by, at):
    """Take in one new loan with its borrower: `facts` is (LoanFacts, BorrowerFacts). Returns the loan.

    A loan that is on file with the same contract stays as it is, however far it has come since; raises
    Differs ("loan", "borrower", "national_id") where something else is on file, and Problem for a day or a
    plan that cannot be.
    """
    told, person = facts
    borrower = borrower_of(source, person, by=by, at=at)
    there = filed(source, [told.external_id])
    if there.exists():
        return same_loan(there.get(), told, by=by, at=at)
    have_happened(told, zone=source.zone_info, at=at)
    dates.in_line(told.dues)
    write(source=source, borrowers=[], loans=[told], known={person.external_id: borrower.pk}, by=by, at=at)
    loan = taken_up(rows().get(source=source, external_id=told.external_id))
    ledger.record(what="loan.opened", target=loan, by=by, at=at, detail={"status": loan.status})
    queue.nudge("rejudge")
    return loan


def have_happened(told, *, zone, at):
    """Raise Problem where a loan is told of a day that has not come yet, or lies before it began."""
    began = told.disbursed_on
    days = [("disbursed_on", began), ("written_off_on", told.written_off_on)]
    days += [("paid_on", row.paid_on) for row in told.payments]
    days += [("reversed_on", row.reversed_on) for row in told.payments]
    days += [("from_on", day) for row in told.dues for day in (row.agreed_on, row.replaced_on)]
    for field, day in days:
        if day:
            happened(field, day, since=began, zone=zone, at=at)


def borrower_of(source, person, *, by, at):
    """The borrower, new or on file and the same, locked until the transaction ends."""
    (pk,) = privacy.reserve(1)
    Borrower.objects.bulk_create(
        [
            Borrower(
                pk=pk,
                source=source,
                external_id=person.external_id,
                reference=archive.reference(pk),
                created_at=at,
                **privacy.seal(pk, name=person.name, national_id=person.national_id, phone=person.phone),
            )
        ],
        ignore_conflicts=True,
    )
    rows = Borrower.objects.select_for_update(no_key=True)
    borrower = rows.filter(source=source, external_id=person.external_id).first()
    if borrower is None:
        raise Differs("national_id")  # somebody else has it
    told_again(borrower, person, by=by, at=at)
    return borrower


def same_loan(loan, told, *, by, at):
    """The loan on file, if all that is told of it is known: it may have come further since."""
    known = content(facts_of(loan))
    told = content(completed(told, known))
    if known.annual_rate is None and told.annual_rate is not None:
        known = known._replace(annual_rate=told.annual_rate)
    if (
        any(getattr(known, name) != getattr(told, name) for name in TERMS)
        or at_first(known.dues) != at_first(told.dues)
        or not set(told.guarantors) <= set(known.guarantors)
        or not came(told.payments) <= came(known.payments)
    ):
        raise Differs("loan")
    if loan.annual_rate != known.annual_rate:
        changes.write_rate(loan, known.annual_rate, by=by, at=at)
    return loan


def at_first(dues):
    """The plan as the contract had it."""
    return [(due.number, due.due_on, due.amount, due.grace_days) for due in dues if due.agreed_on is None]


def came(payments):
    """Payments, whether or not they were reversed since."""
    return {row[:-1] for row in payments}


@transaction.atomic
def extend(*, source, loan_facts: LoanFacts, by, at):
    """Apply what a later delivery adds to a loan on file: payments, the day of a write-off, the annual rate.

    Raises Differs where the delivery says anything else than the archive, or does not know a payment that
    the archive knows; a reversal that it does not know of stands.
    """
    loan = held(filed(source, [loan_facts.external_id]).get())
    added = additions(facts_of(filed(source, [loan.external_id]).get()), loan_facts)
    if added is None:
        raise Differs("loan")
    payments, written_off_on, annual_rate = added
    if annual_rate is not None:
        changes.write_rate(loan, annual_rate, by=by, at=at)
    # All is written before anything follows from it: half of a delivery never was how the loan stood.
    rows = [changes.write_payment(loan, paid, by=by, at=at) for paid in payments]
    if written_off_on:
        changes.write_loss(loan, on=written_off_on, by=by, at=at)
    if rows or written_off_on:
        follow(loan, by=by, at=at)
    return Added(loan.pk, [row.pk for row in rows], written_off_on is not None, annual_rate is not None)


@transaction.atomic
def retract(*, added, detail, by, at):
    """Take back what a delivery added to a loan on file, as if it had never been told: the payments leave,
    and what follows from the facts that stay is derived again. `detail` says in the trail whose they were.
    """
    loan = held(Loan.objects.get(pk=added.loan))
    gone, _ = loan.payments.filter(pk__in=added.payments).delete()
    columns = [("written_off_on", added.is_loss), ("annual_rate", added.is_rate)]
    emptied = [column for column, is_added in columns if is_added]
    for column in emptied:
        setattr(loan, column, None)
    loan.save(update_fields=emptied)
    detail = detail | {"payments": gone, "fields": emptied}
    ledger.record(what="loan.retracted", target=loan, by=by, at=at, detail=detail)
    follow(loan, by=by, at=at)

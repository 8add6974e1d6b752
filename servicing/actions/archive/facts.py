"""A loan on file compared with the same loan as somebody tells it again."""

from servicing.domain import archive
from servicing.domain.intake.layout import LoanFacts, PaymentFacts
from servicing.models import Loan


def filed(source, external_ids):
    """The loans of a source by number, with all that `facts_of` reads."""
    return (
        Loan.objects.filter(source=source, external_id__in=external_ids)
        .select_related("product", "borrower")
        .prefetch_related("instalments", "payments", "guarantors", "pauses")
    )


def facts_of(loan):
    """A loan on file as the facts it came from."""
    return LoanFacts(
        loan.external_id,
        loan.borrower.external_id,
        loan.product.code,
        loan.currency,
        loan.principal,
        loan.total_due,
        loan.disbursed_on,
        loan.disbursed_at,
        loan.written_off_on,
        tuple(loan.instalments.all()),
        tuple(paid_facts(row) for row in loan.payments.all()),
        tuple((guarantor.external_id,) for guarantor in loan.guarantors.all()),
        loan.grace_days,
        tuple(loan.pauses.all()),
        loan.annual_rate,
    )


def paid_facts(row):
    return PaymentFacts(*(getattr(row, name) for name in PaymentFacts._fields))


def due_of(row):
    """What an instalment says, whatever kind of row it stands in."""
    return archive.Due(row.number, row.due_on, row.amount, row.grace_days, row.agreed_on, row.replaced_on)


def content(loan):
    """What makes two loans the same, whatever the order of their rows.

    The instant of the payout is none of it: the feed and some layouts have it, others only the day.
    """
    return loan._replace(
        disbursed_at=None,
        dues=sorted(map(due_of, loan.dues), key=repr),
        payments=sorted(map(tuple, loan.payments)),
        guarantors=sorted(guarantor[0] for guarantor in loan.guarantors),
        pauses=sorted((pause.starts_on, pause.ends_on) for pause in loan.pauses),
    )


def completed(told, known):
    """The facts with the annual rate on file where they say none."""
    return told if told.annual_rate is not None else told._replace(annual_rate=known.annual_rate)


def additions(known, told):
    """(new payments, new day of a write-off or None, new annual rate or None) of facts told again; None where
    they say something else.

    A reversal that is told of nowhere else stands.
    """
    told = completed(told, known)
    annual_rate = told.annual_rate if known.annual_rate is None else None
    reversed_on = {row.external_id: row.reversed_on for row in known.payments}
    repeated = [
        row._replace(reversed_on=row.reversed_on or reversed_on[row.external_id])
        for row in told.payments
        if row.external_id in reversed_on
    ]
    written_off_on = told.written_off_on if known.written_off_on is None else None
    without = told._replace(
        payments=repeated,
        written_off_on=None if written_off_on else told.written_off_on,
        annual_rate=None if annual_rate is not None else told.annual_rate,
    )
    if content(without) != content(known):
        return None
    new = [row for row in told.payments if row.external_id not in reversed_on]
    return new, written_off_on, annual_rate

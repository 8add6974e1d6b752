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


# What is compared one by one, in the order in which people ask about it.
NAMED = ("product", "currency", "principal", "total_due", "disbursed_on", "annual_rate", "written_off_on")


def difference(known, told):
    """{"what", "found", "on_file"} of the first thing in which a loan that is told again differs from the one
    on file; values only of amounts, days, codes and counts.
    """
    told = completed(told, known)
    for name in NAMED:
        there, found = getattr(known, name), getattr(told, name)
        if there is not None and there != found:
            return {"what": name, "found": "—" if found is None else found, "on_file": there}
    if known.borrower != told.borrower:
        return {"what": "borrower"}
    ours, theirs = [
        {due.number: f"{due.due_on} {due.amount:.2f}" for due in map(due_of, loan.dues)}
        for loan in (known, told)
    ]
    if unlike := first_unlike("dues", ours, theirs):
        return unlike
    if len(ours) != len(theirs):
        return {"what": "dues", "found": len(theirs), "on_file": len(ours)}
    ours, theirs = [
        {paid.external_id: f"{paid.paid_on} {paid.amount:.2f}" for paid in loan.payments}
        for loan in (known, told)
    ]
    return first_unlike("payments", ours, theirs)


def first_unlike(what, on_file, found):
    """The first row on file, as words by number, that is told otherwise or no more."""
    for number, words in on_file.items():
        if found.get(number) != words:
            return {"what": what, "found": found.get(number, "—"), "on_file": words}
    return {}


def completed(told, known):
    """The facts with the annual rate on file where they say none."""
    return told if told.annual_rate is not None else told._replace(annual_rate=known.annual_rate)


def as_known(row, there):
    """A payment told again: a reversal told of nowhere else stands, and so does the version of the app."""
    return row._replace(reversed_on=row.reversed_on or there.reversed_on, app_version=there.app_version)


def additions(known, told):
    """(new payments, new day of a write-off or None, new annual rate or None) of facts told again; None where
    they say something else.
    """
    told = completed(told, known)
    annual_rate = told.annual_rate if known.annual_rate is None else None
    there = {row.external_id: row for row in known.payments}
    repeated = [as_known(row, there[row.external_id]) for row in told.payments if row.external_id in there]
    written_off_on = told.written_off_on if known.written_off_on is None else None
    without = told._replace(
        payments=repeated,
        written_off_on=None if written_off_on else told.written_off_on,
        annual_rate=None if annual_rate is not None else told.annual_rate,
    )
    if content(without) != content(known):
        return None
    new = [row for row in told.payments if row.external_id not in there]
    return new, written_off_on, annual_rate

"""Many loans at once: borrowers, loans and their payoffs are written by COPY, with one entry in the trail."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods, privacy
from servicing.actions.archive import steps
from servicing.actions.archive.chunk import Chunk, reserve
from servicing.actions.archive.histories import bring_up
from servicing.actions.archive.knowledge import known_on, opened
from servicing.actions.archive.payoff import FROZEN
from servicing.domain import archive
from servicing.domain.intake.layout import PaymentFacts
from servicing.domain.privacy import place
from servicing.gateways import queue
from servicing.models import (
    Borrower,
    Guarantor,
    Instalment,
    Loan,
    Pause,
    Payment,
    PayoffStep,
    Product,
    Settlement,
)

SEALED = ("name_cipher", "national_id_cipher", "phone_cipher", "national_id_index", "phone_index")
LOAN = (
    "id borrower_id product_id source_id external_id currency principal total_due disbursed_on disbursed_at "
    "written_off_on grace_days annual_rate status settled_on known_on"
).split()
DUE = ("loan_id", *archive.Due._fields, "cleared_on")
PAYMENT = ("loan_id", *PaymentFacts._fields, "reversed_at", "known_on", "borrower_id")
STEP = "loan_id version kind status due_on amount note".split()


@transaction.atomic
def take(*, source, borrowers, loans, known, target, by, at):
    """Write new borrowers and their loans with everything that follows from them; returns the counts.

    `borrowers` and `loans` are facts of intake, `known` is {external id: id} of borrowers on file, whose
    rows the caller holds; `target` is the row that the entry in the trail is about.
    """
    chunk, settled = write(source=source, borrowers=borrowers, loans=loans, known=known, by=by, at=at)
    counts = {"borrowers": len(borrowers), "loans": len(loans), "settled": settled}
    if chunk.counts:
        ledger.record(
            what="loans.taken", target=target, by=by, at=at, detail=counts | {"sha256": chunk.digest}
        )
        queue.nudge("rejudge")
    return counts


def write(*, source, borrowers, loans, known, by, at):
    """The rows of `take`; returns what was written and how many loans are settled."""
    chunk, source = Chunk(), opened(source, at=at)
    owners = known | write_borrowers(chunk, source, borrowers, at)
    outcomes = [loan.outcome() for loan in loans]
    ids = reserve(Loan, len(loans))
    entries = list(zip(ids, loans, outcomes, strict=True))
    settled = [(pk, loan, end) for pk, loan, end in entries if end]
    write_loans(chunk, source, entries, owners, at)
    write_parts(chunk, source, entries, owners, at)
    if settled:
        write_settlements(chunk, source, settled, owners, at)
        write_steps(chunk, settled, at)
    # A new loan may be the return after a payoff.
    people = {owners[loan.borrower] for loan in loans}
    bring_up(touched=people, ended=people, at=at)
    return chunk, len(settled)


def write_borrowers(chunk, source, borrowers, at):
    """{external id: id} of the new borrowers."""
    if not borrowers:
        return {}
    privacy.keyring()  # asks the database once, which nobody can during a COPY
    ids = privacy.reserve(len(borrowers))
    chunk.write(
        Borrower,
        ("id", "source_id", "external_id", "reference", "created_at", *SEALED),
        (
            (pk, source.pk, facts.external_id, archive.reference(pk), at, *sealed(pk, facts))
            for pk, facts in zip(ids, borrowers, strict=True)
        ),
    )
    return {facts.external_id: pk for pk, facts in zip(ids, borrowers, strict=True)}


def sealed(pk, facts):
    columns = privacy.seal(pk, name=facts.name, national_id=facts.national_id, phone=facts.phone)
    return [columns[name] for name in SEALED]


def write_loans(chunk, source, entries, owners, at):
    products = name_products({loan.product for _, loan, _ in entries})
    chunk.write(
        Loan,
        LOAN,
        (
            (
                pk,
                owners[loan.borrower],
                products[loan.product],
                source.pk,
                loan.external_id,
                loan.currency,
                loan.principal,
                loan.total_due,
                loan.disbursed_on,
                loan.disbursed_at,
                loan.written_off_on,
                loan.grace_days,
                loan.annual_rate,
                Loan.Status.SETTLED.value if end else Loan.Status.OPEN.value,
                end.settled_on if end else None,
                known_on(source, loan.disbursed_on, at=at),
            )
            for pk, loan, end in entries
        ),
    )


def name_products(codes):
    """{code: id}; a product that is not known yet is named by its code."""
    products = Product.objects.filter(code__in=codes).values_list("code", "id")
    if new := codes - set(known := dict(products)):
        Product.objects.bulk_create(
            [Product(code=code, name=code) for code in sorted(new)], ignore_conflicts=True
        )
        known = dict(products.all())
    return known


def write_parts(chunk, source, entries, owners, at):
    """Instalments with the day they were paid, payments, pauses, guarantors."""
    chunk.write(
        Instalment,
        DUE,
        (
            (pk, *due, None if due.replaced_on else cleared.get(due.number))
            for pk, loan, end in entries
            for cleared in [end.cleared if end else archive.clear(loan.dues, loan.payments)]
            for due in loan.dues
        ),
    )
    payments = [
        (
            pk,
            *row,
            at if row.reversed_on else None,
            known_on(source, row.paid_on, at=at),
            owners[loan.borrower] if row.outcome == Payment.Outcome.FAILED else None,
        )
        for pk, loan, _ in entries
        for row in loan.payments
    ]
    if payments:
        chunk.write(Payment, PAYMENT, payments)
    pauses = [(pk, row.starts_on, row.ends_on, "") for pk, loan, _ in entries for row in loan.pauses]
    if pauses:
        chunk.write(Pause, ("loan_id", "starts_on", "ends_on", "reason"), pauses)
    guarantors = [(pk, guarantor) for pk, loan, _ in entries for guarantor in loan.guarantors]
    if guarantors:
        write_guarantors(chunk, guarantors)


def write_guarantors(chunk, guarantors):
    ring = privacy.keyring()

    def cipher(row_id, column, text):
        return ring.seal(text, place=place("servicing_guarantor", column, row_id)) if text else None

    chunk.write(
        Guarantor,
        ("id", "loan_id", "external_id", "name_cipher", "phone_cipher"),
        (
            (
                pk,
                loan_id,
                facts.external_id,
                cipher(pk, "name_cipher", facts.name),
                cipher(pk, "phone_cipher", facts.phone),
            )
            for pk, (loan_id, facts) in zip(reserve(Guarantor, len(guarantors)), guarantors, strict=True)
        ),
    )


def write_settlements(chunk, source, settled, owners, at):
    chunk.write(
        Settlement,
        ("loan_id", "borrower_id", "version", "disbursed_on", "frozen_at", "known_on", "reported", *FROZEN),
        (
            (
                pk,
                owners[loan.borrower],
                1,
                loan.disbursed_on,
                at,
                known_on(source, end.settled_on, at=at),
                "[]",
                *(getattr(end, name) for name in FROZEN),
            )
            for pk, loan, end in settled
        ),
    )


def write_steps(chunk, settled, at):
    """What has to be done after the payoffs that are news; older ones were seen to by whoever had them.

    Their time runs from today: until now they were somebody else's to do.
    """
    today = timezone.localdate(at)
    since = today - timedelta(days=periods.value("payoff.steps_days", on=today))
    news = [(pk, loan, end) for pk, loan, end in settled if end.settled_on >= since]
    if news:
        due = steps.due_on(today)
        chunk.write(
            PayoffStep,
            STEP,
            (
                (pk, 1, kind.value, PayoffStep.Status.OPEN.value, due, amount, "")
                for pk, loan, _ in news
                for kind, amount in steps.needed(
                    overpaid=archive.standing(loan.dues, loan.payments, on=date.max).overpaid,
                    guarantors=len(loan.guarantors),
                ).items()
            ),
        )

"""The payoff of one loan: everything that becomes true with the last payment, in one transaction."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger
from servicing.actions.archive.histories import roll_up, stamp
from servicing.domain import archive
from servicing.gateways import queue
from servicing.models import Borrower, Loan, Settlement


@transaction.atomic
def settle_loan(*, loan, by, at):
    """Freeze how a fully paid loan ended. The settlement, for exactly one caller; None for an unpaid loan
    and for one that is settled already.
    """
    loan = Loan.objects.select_for_update(no_key=True).get(pk=loan.pk)
    if loan.status == Loan.Status.SETTLED:
        return None
    dues = list(loan.instalments.all())
    outcome = archive.settle(
        [archive.Due(due.number, due.due_on, due.amount) for due in dues],
        [archive.Paid(paid.paid_on, paid.amount, paid.origin, paid.outcome) for paid in loan.payments.all()],
        disbursed_on=loan.disbursed_on,
        written_off_on=loan.written_off_on,
    )
    if outcome is None:
        return None
    # The history is rolled up from all loans of the borrower: of two payoffs the later one sees both.
    Borrower.objects.select_for_update(no_key=True).get(pk=loan.borrower_id)
    loan.status, loan.settled_on = Loan.Status.SETTLED, outcome.settled_on
    loan.save(update_fields=["status", "settled_on"])
    for due in dues:
        due.cleared_on = outcome.cleared[due.number]
    loan.instalments.bulk_update(dues, ["cleared_on"])
    settlement = Settlement.objects.create(
        loan=loan,
        borrower_id=loan.borrower_id,
        disbursed_on=loan.disbursed_on,
        frozen_at=at,
        **frozen(outcome),
    )
    roll_up([loan.borrower_id], on=timezone.localdate(at), at=at)
    stamp([loan.borrower_id], at=at)
    ledger.record(
        what="loan.settled",
        target=loan,
        by=by,
        at=at,
        detail={"kind": outcome.kind, "settled_on": outcome.settled_on.isoformat()},
    )
    queue.nudge("rejudge")
    return settlement


FROZEN = (
    "kind",
    "settled_on",
    "final_due_on",
    "days_late",
    "worst_dpd",
    "times_late",
    "instalments",
    "failed_payments",
    "paid",
    "profile",
)


def frozen(outcome):
    """The columns of a settlement that are the outcome's own."""
    columns = {name: getattr(outcome, name) for name in FROZEN}
    # The column holds the last 24 of the 60 months.
    return columns | {"profile": outcome.profile[-24:]}

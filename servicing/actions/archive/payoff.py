"""The payoff of one loan, and everything else that follows from its facts, in one transaction."""

from django.db import transaction

from servicing.actions import ledger
from servicing.actions.archive import steps
from servicing.actions.archive.histories import bring_up
from servicing.actions.archive.holding import held
from servicing.actions.archive.knowledge import known_on, superseded_on
from servicing.actions.archive.reports import reported
from servicing.actions.archive.terms import Terms
from servicing.gateways import queue
from servicing.models import Loan, Settlement
from servicing.models.archive.certificates import REOPENED

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
    "overpaid",
    "profile",
)


def frozen(outcome):
    """The columns of a settlement that are the outcome's own."""
    return {name: getattr(outcome, name) for name in FROZEN}


def says_same(outcome, settlement):
    """Whether an outcome is what was frozen; a strip of months may have been frozen shorter than today's."""
    seen, now = frozen(settlement), frozen(outcome)
    return now.pop("profile").endswith(seen.pop("profile")) and now == seen


@transaction.atomic
def settle_loan(*, loan, by, at):
    """Freeze how a fully paid loan ended. The settlement, for exactly one caller; None for an unpaid loan
    and for one that is settled already.
    """
    loan = held(loan)
    if loan.status == Loan.Status.SETTLED or Terms.of(loan).outcome() is None:
        return None
    return follow(loan, by=by, at=at)


def follow(loan, *, by, at):
    """Bring everything that follows from a held loan's facts up to date; the version written, or None."""
    terms = Terms.of(loan)
    outcome = terms.outcome()
    clear(terms, outcome.cleared if outcome else terms.cleared())
    latest = loan.settlements.order_by("-version").first()
    current = latest if latest and latest.superseded_at is None else None
    version = None
    overpaid = terms.standing().overpaid if outcome else 0
    if outcome and current is None:
        version = settle(loan, outcome, after=latest, overpaid=overpaid, by=by, at=at)
    elif outcome and not says_same(outcome, current):
        version = correct(loan, outcome, current, by=by, at=at)
    elif current and outcome is None:
        version = reopen(loan, current, by=by, at=at)
    if outcome and current:
        steps.refresh(version or current, overpaid=overpaid, by=by, at=at)
    owner = {loan.borrower_id}
    bring_up(touched=owner, ended=owner if version else set(), at=at)
    queue.nudge("rejudge")
    return version


def clear(terms, days):
    """Write down the day on which each instalment was paid in full, where it is another than before."""
    changed = []
    for row in terms.plan:
        cleared_on = days.get(row.number) if row.replaced_on is None else None
        if row.cleared_on != cleared_on:
            row.cleared_on = cleared_on
            changed.append(row)
    terms.loan.instalments.bulk_update(changed, ["cleared_on"])


def settle(loan, outcome, *, after, overpaid, by, at):
    """The loan is paid off, for the first time or again after it was opened again."""
    settlement = write(loan, outcome, after=after, at=at)
    ledger.record(what="loan.settled", target=loan, by=by, at=at, detail=said(settlement))
    steps.begin(settlement, overpaid=overpaid, by=by, at=at)
    return settlement


def correct(loan, outcome, current, *, by, at):
    """A fact came late and changes how the loan ended: a new version beside the old."""
    supersede(current, loan, at=at)
    settlement = write(loan, outcome, after=current, at=at)
    steps.carry(current, settlement, at=at)
    ledger.record(what="settlement.corrected", target=loan, by=by, at=at, detail=said(settlement))
    return settlement


def reopen(loan, current, *, by, at):
    """The loan is not paid off after all: a closing version says so, what hung on the payoff falls."""
    supersede(current, loan, at=at)
    same = {name: getattr(current, name) for name in (*FROZEN, "disbursed_on", "borrower_id")}
    closing = Settlement.objects.create(
        **same | {"kind": Settlement.Kind.REOPENED},
        loan=loan,
        version=current.version + 1,
        reported=reported(current),
        frozen_at=at,
        superseded_at=at,
        known_on=current.superseded_on,
        superseded_on=current.superseded_on,
    )
    loan.status, loan.settled_on = Loan.Status.OPEN, None
    loan.save(update_fields=["status", "settled_on"])
    detail = said(closing) | {"not_needed": steps.drop(current, by=by, at=at)}
    revoke(loan.certificates.filter(revoked_at=None), by=by, at=at)
    ledger.record(what="loan.reopened", target=loan, by=by, at=at, detail=detail)
    return closing


def revoke(certificates, *, by, at):
    """They say of an end that it was none; each is revoked with its entry in the trail."""
    for certificate in certificates.order_by("pk"):
        certificate.revoked_at, certificate.revoked_by, certificate.revoke_reason = at, by, REOPENED
        certificate.save(update_fields=["revoked_at", "revoked_by", "revoke_reason"])
        detail = {"number": certificate.number, "reason": REOPENED}
        ledger.record(what="certificate.revoked", target=certificate.loan, by=by, at=at, detail=detail)


def supersede(current, loan, *, at):
    current.superseded_at = at
    current.superseded_on = superseded_on(loan.source, current.known_on, at=at)
    current.save(update_fields=["superseded_at", "superseded_on"])


def write(loan, outcome, *, after, at):
    """The next version of a loan's settlement, with what was reported from the one before it."""
    loan.status, loan.settled_on = Loan.Status.SETTLED, outcome.settled_on
    loan.save(update_fields=["status", "settled_on"])
    return Settlement.objects.create(
        loan=loan,
        borrower_id=loan.borrower_id,
        version=after.version + 1 if after else 1,
        disbursed_on=loan.disbursed_on,
        reported=reported(after) if after else [],
        frozen_at=at,
        known_on=known_on(loan.source, outcome.settled_on, at=at),
        **frozen(outcome),
    )


def said(settlement):
    """A version as the trail keeps it."""
    return {
        "version": settlement.version,
        "kind": settlement.kind,
        "settled_on": settlement.settled_on.isoformat(),
    }

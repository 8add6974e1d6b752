"""Holds: no offers for a borrower until a day. A person of risk asks, a lead confirms, a machine never."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.models import Hold
from servicing.actions import ledger, periods
from servicing.actions.controls import NotAllowed
from servicing.actions.controls import propose as ask
from servicing.actions.controls.desk import Kind
from servicing.models import Borrower


def _fits(until_on, *, on):
    """Raise NotAllowed("until") for a day that is over or lies beyond the longest hold."""
    if not on <= until_on <= on + timedelta(days=periods.value("hold.days", on=on)):
        raise NotAllowed("until")


def propose(*, borrower, until_on, purpose, by, at):
    """Ask that a borrower be offered nothing up to a day; `purpose` is the reason, for risk alone.

    Raises NotAllowed ("right", "until", "waits", "held" where one is in force).
    """
    today = timezone.localdate(at)
    _fits(until_on, on=today)
    if Hold.objects.in_force(on=today).filter(borrower=borrower).exists():
        raise NotAllowed("held")
    seen = {"about": borrower.reference, "until_on": until_on.isoformat()}
    return ask(kind="hold", subject=f"hold:{borrower.pk}", shown=seen, purpose=purpose, by=by, at=at)


def decide(*, approval, by, at):
    """Place it from today; raises NotAllowed ("until")."""
    today, until_on = timezone.localdate(at), date.fromisoformat(approval.shown["until_on"])
    _fits(until_on, on=today)
    hold = Hold.objects.create(
        borrower=Borrower.objects.get(reference=approval.shown["about"]), reason=approval.purpose,
        from_on=today, until_on=until_on, placed_by=approval.proposed_by, placed_at=approval.proposed_at,
        confirmed_by=by, confirmed_at=at,
    )  # fmt: skip
    detail = {"until": until_on.isoformat(), "placed_by": approval.proposed_by_id}
    ledger.record(what="hold.placed", target=hold, by=by, at=at, detail=detail)
    return hold


@transaction.atomic
def lift(*, hold, by, at):
    """End it today; raises NotAllowed ("right", "over")."""
    if not by.may("hold.confirm"):
        raise NotAllowed("right")
    today = timezone.localdate(at)
    rows = Hold.objects.in_force(on=today).filter(pk=hold.pk)
    if not rows.update(lifted_on=today, lifted_by=by):
        raise NotAllowed("over")
    ledger.record(what="hold.lifted", target=hold, by=by, at=at)


KIND = Kind(
    "hold",
    _("hold on offers"),
    "hold.propose",
    "hold.confirm",
    decide,
    refusals={"until": _("This day is over, or further away than a hold may last.")},
)

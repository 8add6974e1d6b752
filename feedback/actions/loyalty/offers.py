"""Offers: whether one may be made at this moment, and what the borrower answers."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from feedback.actions.loyalty.words import allowed
from feedback.domain import loyalty
from feedback.models import Campaign, Hold, Offer, Response
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed
from servicing.models import Borrower

# What concerns the answer and not the moment: a "no" is written down whatever else stands.
SHUT = ("answered", "held_out", "restricted")


def around(borrower, *, on):
    """What is true of the borrower at this moment, whichever offer is looked at."""
    voices = Response.objects.standing_against().filter(borrower=borrower)
    kinds = set(voices.values_list("kind", flat=True))
    pk = borrower.pk
    return {
        "is_restricted": borrower.restrictions.in_force(on=on).exists(),
        "has_complaint": Response.Kind.COMPLAINT in kinds,
        "has_objection": Response.Kind.OBJECTION in kinds,
        "is_held": Hold.objects.in_force(on=on).filter(borrower=borrower).exists(),
        "has_opted_in": pk in allowed([pk], is_profiled=False, on=on),
        "may_be_profiled": pk in allowed([pk], is_profiled=True, on=on),
    }


def told(borrower):
    """[(campaign id, day)] of what the borrower heard of last."""
    rows = Offer.objects.made().filter(borrower=borrower).select_related("message").order_by("-pk")[:50]
    return [(row.campaign_id, timezone.localdate(at)) for row in rows for at in row.hearings]


def situation(offer, *, on, known, heard):
    """All that decides about one offer; `known` is `around` its borrower, `heard` what `told` says."""
    campaign, since = offer.campaign, on - timedelta(days=offer.campaign.cap_days)
    return loyalty.Situation(
        is_running=campaign.status == Campaign.Status.RUNNING
        and campaign.starts_on <= on <= campaign.ends_on,
        is_fresh=offer.expires_on >= on
        and offer.status not in (Offer.Status.EXPIRED, Offer.Status.WITHDRAWN),
        is_answered=offer.status in (Offer.Status.ACCEPTED, Offer.Status.DECLINED),
        is_held_out=offer.status == Offer.Status.HELD_OUT,
        is_profiled=campaign.is_profiled,
        was_told_another=any(pk != campaign.pk and day > since for pk, day in heard),
        has_budget=campaign.left >= campaign.cost,
        **known,
    )


def reasons(offer, *, on):
    """Why this offer is kept back at this moment; nothing where it may be made."""
    known, heard = around(offer.borrower, on=on), told(offer.borrower)
    return loyalty.reasons(situation(offer, on=on, known=known, heard=heard))


def as_told(codes, person):
    """Reasons as a person may hear them: who may not see holds hears of one what the cap says."""
    return codes if person.may("hold.view") else tuple(dict.fromkeys(map(unheld, codes)))


def unheld(code):
    """A code that says nothing of a hold: that of the cap, which is told every day."""
    return "told_another" if code == "not_now" else code


def offers_of(borrower, *, on):
    """[(offer, reasons)] of what was drawn for a borrower and is not long over, newest first."""
    rows = Offer.objects.made().filter(borrower=borrower, campaign__ends_on__gte=on - timedelta(days=90))
    rows = list(rows.for_offer_page().order_by("-drawn_on", "-pk")[:10])
    if not rows:
        return []
    known, heard = around(borrower, on=on), told(borrower)
    return [(row, loyalty.reasons(situation(row, on=on, known=known, heard=heard))) for row in rows]


def _held(offer, *, by):
    """The offer with its borrower held, so that an opt-out of this moment comes before or after; and before
    it its campaign, as for whoever stops that.
    """
    if not by.may("offer.answer"):
        raise NotAllowed("right")
    Borrower.objects.select_for_update(no_key=True).get(pk=offer.borrower_id)
    Campaign.objects.select_for_update(no_key=True).get(pk=offer.campaign_id)
    rows = Offer.objects.select_for_update(of=("self",), no_key=True).select_related("campaign", "borrower")
    return rows.get(pk=offer.pk)


def _answer(held, status, *, by, at):
    held.status, held.answered_by, held.answered_at = status, by, at
    held.told_at = held.told_at or at
    held.save(update_fields=["status", "answered_by", "answered_at", "told_at"])
    detail = {"campaign": str(held.campaign), "borrower": held.borrower.reference}
    ledger.record(what=f"offer.{status.value}", target=held, by=by, at=at, detail=detail)
    return held


@transaction.atomic
def accept(*, offer, by, at):
    """The borrower takes it; the campaign pays for it within its budget. Once, however often it is said.

    Raises NotAllowed with "right" or the first code of `reasons`.
    """
    held = _held(offer, by=by)
    if held.status == Offer.Status.ACCEPTED:
        return held
    if why := reasons(held, on=timezone.localdate(at)):
        raise NotAllowed(why[0])
    paid = Campaign.objects.filter(
        pk=held.campaign_id, status=Campaign.Status.RUNNING, spent__lte=F("budget") - F("cost")
    ).update(spent=F("spent") + F("cost"))
    if not paid:
        raise NotAllowed("budget")
    return _answer(held, Offer.Status.ACCEPTED, by=by, at=at)


@transaction.atomic
def decline(*, offer, by, at):
    """The borrower does not want it. Once, however often it is said; raises what `accept` does."""
    held = _held(offer, by=by)
    if held.status == Offer.Status.DECLINED:
        return held
    if shut := [why for why in reasons(held, on=timezone.localdate(at)) if why in SHUT]:
        raise NotAllowed(shut[0])
    return _answer(held, Offer.Status.DECLINED, by=by, at=at)


@transaction.atomic
def tell(*, offer, by, at):
    """The borrower has heard of it and wants to think; raises what `accept` does."""
    held = _held(offer, by=by)
    if why := reasons(held, on=timezone.localdate(at)):
        raise NotAllowed(why[0])
    if held.told_at is None:
        held.told_at = at
        held.save(update_fields=["told_at"])
        detail = {"campaign": str(held.campaign), "borrower": held.borrower.reference}
        ledger.record(what="offer.told", target=held, by=by, at=at, detail=detail)
    return held


@transaction.atomic
def expire(*, on, by, at):
    """Mark what nobody answered in time; how many."""
    count = Offer.objects.to_expire(on=on).update(status=Offer.Status.EXPIRED)
    if count:
        ledger.record(what="offers.expired", by=by, at=at, detail={"count": count})
    return count

"""Messages of a campaign: one to each who may be told now; whether it may still leave is asked again then."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from feedback.actions.loyalty import offers
from feedback.actions.loyalty.refusing import with_a_no
from feedback.models import Campaign, Hold, Offer, Response
from servicing.actions import messages
from servicing.models import Borrower
from servicing.models.marketing import marketable

# Of one look; the next one goes on.
BATCH = 500
KIND, MARKETING = "offer", "marketing"


def sendable(campaign, *, on):
    """Offers of a campaign that nobody has heard of and nothing known stands against."""
    since = timezone.make_aware(datetime.combine(on - timedelta(days=campaign.cap_days), time.max))
    heard = Offer.objects.filter(told_at__gt=since).exclude(campaign=campaign)
    voices = Response.objects.standing_against().filter(borrower__isnull=False)
    rows = Offer.objects.open().filter(campaign=campaign, told_at=None, expires_on__gte=on)
    rows = rows.filter(borrower__in=marketable(on=on, profiled=campaign.is_profiled))
    for against in (heard, voices, Hold.objects.in_force(on=on)):
        rows = rows.exclude(borrower__in=against.values("borrower"))
    return rows


@transaction.atomic
def send(*, offer, by, at):
    """Queue the message of one offer where it may be made at this moment; whether it was."""
    Borrower.objects.select_for_update(no_key=True).get(pk=offer.borrower_id)
    held = Offer.objects.select_for_update(of=("self",), no_key=True).for_offer_page().get(pk=offer.pk)
    if held.told_at or offers.reasons(held, on=timezone.localdate(at)):
        return False
    campaign = held.campaign
    try:
        messages.queue(
            borrower=held.borrower, purpose=MARKETING, kind=KIND, key=f"offer-{held.pk}",
            subject=campaign.title_zh, body=with_a_no(campaign.terms_zh, held), by=by, at=at,
        )  # fmt: skip
    except messages.NotAllowed:
        return False
    held.told_at = at
    held.save(update_fields=["told_at"])
    return True


def send_due(*, on, by, at):
    """Queue messages of the campaigns that send; how many.

    Without an address of the public pages none, for nobody could say no there.
    """
    sent = 0
    if not settings.PUBLIC_AT:
        return sent
    for campaign in Campaign.objects.running(on=on).filter(sends=True).order_by("starts_on", "pk"):
        rows = list(sendable(campaign, on=on).order_by("pk")[:BATCH])
        sent += sum(send(offer=offer, by=by, at=at) for offer in rows)
    return sent


def stops(message, *, on):
    """Why a queued offer does not leave after all, as a code; "" where nothing has come between."""
    if message.kind != KIND:
        return ""
    offer = Offer.objects.for_offer_page().get(pk=message.key.removeprefix("offer-"))
    return next(iter(offers.reasons(offer, on=on)), "")

"""Messages of a campaign: one to each who may be told now; whether it may still leave is asked again then."""

import time
from datetime import datetime, timedelta
from datetime import time as clock
from itertools import takewhile

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from feedback.actions.loyalty import offers
from feedback.actions.loyalty.passing import each
from feedback.actions.loyalty.refusing import with_a_no
from feedback.models import Campaign, Hold, Offer, Response
from servicing.actions import messages
from servicing.models import Borrower, Message
from servicing.models.marketing import marketable

# Of one look; the next one goes on.
BATCH = 500
KIND, MARKETING = "offer", "marketing"


def sendable(campaign, *, on):
    """Offers of a campaign that nobody has heard of and nothing known stands against; none once its budget
    is used up.
    """
    since = timezone.make_aware(datetime.combine(on - timedelta(days=campaign.cap_days), clock.max))
    others = Offer.objects.exclude(campaign=campaign)
    coming = others.filter(message__status__in=[Message.Status.QUEUED, Message.Status.SENDING])
    voices = Response.objects.standing_against().filter(borrower__isnull=False)
    rows = Offer.objects.open().filter(campaign=campaign, told_at=None, message=None, expires_on__gte=on)
    rows = rows.filter(campaign__spent__lte=F("campaign__budget") - F("campaign__cost"))
    rows = rows.filter(borrower__in=marketable(on=on, profiled=campaign.is_profiled))
    for against in (others.heard(since=since), coming, voices, Hold.objects.in_force(on=on)):
        rows = rows.exclude(borrower__in=against.values("borrower"))
    return rows


@transaction.atomic
def send(*, offer, by, at):
    """Queue the message of one offer where it may be made at this moment; whether it was."""
    Borrower.objects.select_for_update(no_key=True).get(pk=offer.borrower_id)
    held = Offer.objects.select_for_update(of=("self",), no_key=True).for_offer_page().get(pk=offer.pk)
    if held.told_at or held.message or offers.reasons(held, on=timezone.localdate(at)):
        return False
    campaign = held.campaign
    try:
        held.message = messages.queue(
            borrower=held.borrower, purpose=MARKETING, kind=KIND, key=f"offer-{held.pk}",
            subject=campaign.title_zh, body=with_a_no(campaign.terms_zh, held), by=by, at=at,
        )  # fmt: skip
    except messages.NotAllowed:
        return False
    held.save(update_fields=["message"])
    return True


def send_due(*, on, by, at, until=None):
    """Queue messages of the campaigns that send, until none is left or an instant of time.monotonic(); how
    many.

    Without an address of the public pages none, for nobody could say no there.
    """
    if not settings.PUBLIC_AT:
        return 0

    def sent(campaign):
        rows = sendable(campaign, on=on).order_by("pk")[:BATCH]
        in_time = takewhile(lambda _offer: until is None or time.monotonic() < until, list(rows))
        return sum(send(offer=offer, by=by, at=at) for offer in in_time)

    campaigns = Campaign.objects.running(on=on).filter(sends=True).order_by("starts_on", "pk")
    return each(campaigns, sent, until=until)


def stops(message, *, on):
    """Why a queued offer does not leave after all, as a code that everybody may read; "" where nothing has
    come between.
    """
    if message.kind != KIND:
        return ""
    offer = Offer.objects.for_offer_page().get(pk=message.key.removeprefix("offer-"))
    return next(map(offers.unheld, offers.reasons(offer, on=on)), "")

"""Offers and tiers of a borrower, as moments for the time axis."""

from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.models.loyalty.campaigns import Offer
from feedback.models.loyalty.tiers import TierChange
from servicing.models.moments import Moment

TONES = {"accepted": "good", "declined": "", "expired": "", "withdrawn": ""}


def offers(borrower, viewer):
    """What was offered and what became of it, for those who may see offers; never a draw that held out."""
    if not viewer.may("offer.view"):
        return []
    found = []
    rows = Offer.objects.made().filter(borrower=borrower)
    for offer in rows.for_offer_page():
        words = _("Offered: %(title)s") % {"title": offer.campaign.title}
        found.append(Moment(offer.drawn_on, "offer", words, "gift", "note"))
        for heard_at in offer.hearings:
            if heard_at != offer.answered_at:
                words = _("Told of the offer: %(title)s") % {"title": offer.campaign.title}
                on = timezone.localdate(heard_at)
                found.append(Moment(on, "offer", words, "gift", "", heard_at))
        if offer.answered_at:
            words = _("Offer %(status)s: %(title)s") % {
                "status": offer.get_status_display(), "title": offer.campaign.title,
            }  # fmt: skip
            on, who = timezone.localdate(offer.answered_at), str(offer.answered_by)
            found.append(Moment(on, "offer", words, "gift", TONES[offer.status], offer.answered_at, who=who))
    return found


def tiers(borrower, viewer):
    """Tiers got and lost."""
    if not viewer.may("offer.view"):
        return []
    return [
        Moment(
            row.on,
            "offer",
            _("Tier: from %(before)s to %(now)s")
            % {"before": row.get_level_before_display(), "now": row.get_level_display()},
            "medal",
            "good" if row.level > row.level_before else "warn",
        )
        for row in TierChange.objects.filter(borrower=borrower)
    ]

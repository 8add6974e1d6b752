"""The way to say no that stands in every advertising message: a signed link that never runs out."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils import translation
from django.utils.translation import gettext as _

from feedback.models import Offer
from servicing.actions import marketing


def signer():
    return Signer(salt="no", sep=".")


def with_a_no(text, offer):
    """What is sent of an offer: its words, who sends it, and how to hear of none any more."""
    with translation.override(settings.LANGUAGE_CODE):
        ending = _("%(lender)s. No more offers: %(link)s") % {
            "lender": settings.LENDER or str(offer.borrower.source),
            "link": f"{settings.PUBLIC_AT}/no/{signer().sign(offer.pk)}/",
        }
    return f"{text}\n{ending}"


def find(link):
    """The offer in whose message a link stood, or None for one that is made up."""
    try:
        pk = signer().unsign(link)
    except BadSignature:
        return None
    return Offer.objects.select_related("borrower").filter(pk=pk).first()


def refuse(*, offer, by, at):
    """The borrower wants no advertising any more; twice is once."""
    return marketing.opt_out(borrower=offer.borrower, basis="link", by=by, at=at)

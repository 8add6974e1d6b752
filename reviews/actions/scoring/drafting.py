"""An officer drafts the next version of the card, or the own draft anew. A draft gives nobody points."""

from django.db import transaction
from django.db.models import Max

from reviews.actions import rules
from reviews.domain import scoring
from reviews.models import Scorecard
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed

RIGHT = "rule.draft"


@transaction.atomic
def draft(*, base, bins, bounds, by, at):
    """Draft the next version, or change the own draft; `bins` as JSON. It is expert: nothing calibrated it.

    Raises NotAllowed ("right", "drafter" where somebody else drafts, "unchanged"), BadRule.
    """
    if not by.may(RIGHT):
        raise NotAllowed("right")
    rules.lock()
    card = Scorecard.objects.drafts().first()
    if card is None:
        number = Scorecard.objects.aggregate(last=Max("number"))["last"] or 0
        card = Scorecard(number=number + 1)
    elif card.drafted_by_id != by.pk:
        raise NotAllowed("drafter")
    card.kind, card.base, card.bins, card.bounds = Scorecard.Kind.EXPERT, base, bins, list(bounds)
    scoring.check(card.as_card())
    active = Scorecard.objects.active().first()
    if active and said(active) == said(card):
        raise NotAllowed("unchanged")
    card.drafted_by, card.drafted_at = by, at
    card.save()
    ledger.record(what="scorecard.drafted", target=card, by=by, at=at, detail={"version": card.number})
    return card


def said(card):
    """All that a version says, to be compared with another."""
    return card.base, card.bins, card.bounds


@transaction.atomic
def discard(*, by, at):
    """Throw the draft away.

    Raises NotAllowed ("gone", "right" for anybody but its drafter and who decides).
    """
    rules.lock()
    card = Scorecard.objects.drafts().first()
    if card is None:
        raise NotAllowed("gone")
    if card.drafted_by_id != by.pk and not by.may("rule.approve"):
        raise NotAllowed("right")
    ledger.record(what="scorecard.discarded", target=card, by=by, at=at, detail={"version": card.number})
    card.delete()

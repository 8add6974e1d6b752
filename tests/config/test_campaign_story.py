"""The campaign of the fictional book: what was planted is what the house finds."""

import pytest

from config import portfolio
from config.portfolio import campaign as story
from feedback.models import Campaign, CampaignResult, Offer, Standing, TierChange
from servicing.models import Approval, Consent, LedgerEntry

pytestmark = pytest.mark.django_db


def test_the_page_recovers_the_lift_that_was_planted(hua, pei, lin):
    portfolio.load(borrowers=900, seed=4)
    row = Campaign.objects.get(status="running")
    newest = CampaignResult.objects.newest().get(campaign=row)
    assert newest.lift_low <= 100 * story.LIFT <= newest.lift_high
    assert row.spent == row.cost * Offer.objects.filter(status="accepted").count() > 0
    assert CampaignResult.objects.count() == len(story.MEASURED)
    # Nobody who is held out was told, and what waits for privacy waits.
    assert not Offer.objects.filter(status="held_out").exclude(told_at=None).exists()
    assert Approval.objects.get(kind="campaign", status="waiting").proposed_by == hua
    assert set(Standing.objects.by_level()) == {0, 1, 2, 3}
    assert Standing.objects.falling().exists()
    assert TierChange.objects.exists()
    # Each word is in the trail, of who may note it.
    asked = LedgerEntry.objects.filter(what="marketing.opted_in", by=lin)
    assert asked.count() == Consent.objects.filter(purpose="marketing", by=lin).count() > 300
    portfolio.load(borrowers=900, seed=4)
    assert Campaign.objects.count() == 2

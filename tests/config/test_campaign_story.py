"""The campaign of the fictional book: what was planted is what the house finds."""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.portfolio import campaign as story
from feedback.models import Campaign, CampaignResult, Offer, Standing, TierChange
from servicing.models import Approval, Consent, Instalment, LedgerEntry, Product
from tests.feedback import crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def book():
    """Some of every tier; of one of the best an instalment became late this month."""
    today = timezone.localdate()
    people = crowd.borrowers(240, first=10**6)
    began = today - timedelta(days=900)
    crowd.repaid(people[:120], loans=3, began=began)
    crowd.repaid(people[120:200], loans=2, began=began)
    crowd.repaid(people[200:230], began=began)
    crowd.repaid(people[230:], began=began, kind="waived")
    product, _ = Product.objects.get_or_create(code="cash-3", defaults={"name": "Cash"})
    (loan,) = crowd.a_loan_each(people[:1], product, began + timedelta(days=700))
    Instalment.objects.create(loan=loan, number=1, due_on=today - timedelta(days=9), amount=100)


def test_the_page_recovers_the_lift_that_was_planted(book, hua, pei, lin, clock):
    for _again in range(2):
        story.play(seed=4, by=clock, at=timezone.now())
    row = Campaign.objects.get(status="running")
    newest = row.measurements.latest("on")
    assert 0 < newest.lift_low <= 100 * story.LIFT <= newest.lift_high
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
    assert asked.count() == Consent.objects.filter(purpose="marketing", by=lin).count() > 0
    assert Campaign.objects.count() == 2

"""Pages of loyalty: a call with an offer, what customer service may not see, drafts and approvals, falls."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from feedback.models import Campaign, Offer, TierRules
from reviews.models import Case
from servicing.actions import calls
from servicing.models import Approval, Call, Consent
from tests import stories
from tests.cast import NOON, TODAY
from tests.feedback import crowd

pytestmark = pytest.mark.django_db


@pytest.fixture
def offer(hua, pei, lin):
    """An offer for a borrower who is on the telephone with lin, and known."""
    borrower = stories.a_borrower()
    stories.a_loan(borrower)
    calls.verify(borrower=borrower, said={"name": stories.NAME, "phone": stories.PHONE}, by=lin, at=NOON)
    crowd.opted_in([borrower], by=pei)
    return stories.an_offer(stories.a_campaign(hua, pei), borrower)


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


def caller(client, offer):
    return client.get(reverse("feedback:caller", args=[offer.borrower.reference])).content.decode()


def test_a_title_is_one_line_and_turns_nothing_around_it(client, hua, pei):
    row = crowd.a_campaign(hua, pei, title_zh="好消息\r\nBcc: x@evil.example", title_en="turn\u202eed\x1b")
    assert (row.title_zh, row.title_en) == ("好消息 Bcc: x@evil.example", "turn\u202eed")
    asked = Approval.objects.get(kind="campaign")
    client.force_login(pei)
    for spot in ("/campaigns/", f"/campaigns/{row.pk}/", f"/approvals/{asked.pk}/"):
        text = client.get(spot).content.decode()
        assert re.findall("<(\\w+)>好消息", text) in (["bdi"], ["bdi", "bdi"])


def test_an_offer_is_taken_during_a_call_with_the_script_on_the_screen(english, offer, lin):
    english.force_login(lin)
    assert "script en" in caller(english, offer)
    back = reverse("feedback:caller", args=[offer.borrower.reference])
    answer = english.post(reverse("feedback:offer-accept", args=[offer.pk]), {"back": back})
    assert answer["Location"] == back
    assert "script en" not in caller(english, offer)
    offer.refresh_from_db()
    assert (offer.status, offer.answered_by) == ("accepted", lin)


def test_nothing_is_offered_to_a_caller_who_is_not_known(english, offer, lin):
    Call.objects.all().delete()
    english.force_login(lin)
    page = caller(english, offer)
    assert ("script en" in page, "once the caller is verified" in page) == (False, True)


def test_an_answer_leads_to_no_other_host(english, offer, lin):
    english.force_login(lin)
    url = reverse("feedback:offer-decline", args=[offer.pk])
    answer = english.post(url, {"back": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("dossier", args=[offer.borrower.reference])


def test_customer_service_never_reads_why_a_borrower_is_held(english, offer, lin, wei, ana, pei):
    stories.kept_from_offers(offer.borrower, wei, ana)
    english.force_login(lin)
    page, cap = caller(english, offer), "The borrower has heard of another offer lately."
    explained = english.get(reverse("feedback:offer-why", args=[offer.pk])).content.decode()
    tried = english.post(reverse("feedback:offer-accept", args=[offer.pk]), follow=True).content.decode()
    assert [cap in text for text in (page, explained, tried)] == [True] * 3
    assert not [text for text in (page, explained, tried) if "an inquiry runs" in text or "A hold" in text]
    english.force_login(pei)
    explained = english.get(reverse("feedback:offer-why", args=[offer.pk])).content.decode()
    assert "A hold of two people of risk is in force." in explained
    english.force_login(lin)
    assert english.get(reverse("feedback:hold-list")).status_code == 403
    english.force_login(wei)
    assert "an inquiry runs" in english.get(reverse("feedback:hold-list")).content.decode()


def test_who_is_held_out_has_no_page(english, offer, hua):
    Offer.objects.update(status="held_out")
    english.force_login(hua)
    assert english.get(reverse("feedback:offer-why", args=[offer.pk])).status_code == 404
    assert "script en" not in caller(english, offer)


def test_an_explained_tier_can_be_taken_to_a_person(english, offer, lin):
    stories.a_standing(offer.borrower, falls=True)
    english.force_login(lin)
    url = reverse("feedback:standing-why", args=[offer.borrower.reference])
    page = english.get(url).content.decode()
    assert "Bronze, because of loans settled: 1 loan (asked: at least 1 loan)" in page
    assert "From Bronze to No tier on" in page
    assert "worst days past due: 40 days (asked: at most 30 days)" in page
    english.post(reverse("feedback:standing-person", args=[offer.borrower.reference]))
    assert Case.objects.get(group="human").borrower == offer.borrower


def test_the_sentence_is_said_in_chinese_too(offer):
    from feedback.templatetags.loyalty import fall_sentence, standing_sentence

    standing = stories.a_standing(offer.borrower, falls=True)
    with translation.override("zh-hans"):
        assert standing_sentence(standing).startswith("铜级，依据：已结清借款：1 笔")
        assert "最高逾期天数" in fall_sentence(standing) or "逾期" in fall_sentence(standing)


def test_a_lead_drafts_a_campaign_and_privacy_approves_it(english, hua, pei):
    english.force_login(hua)
    said = {k: v for k, v in crowd.SAID.items() if k not in ("conditions", "sends")}
    said |= {"fact_1": "settled_loans", "op_1": ">=", "value_1": 2, "is_profiled": "on"}
    answer = english.post(reverse("feedback:campaign-new"), said)
    row = Campaign.objects.get()
    assert answer["Location"] == reverse("feedback:campaign-detail", args=[row.pk])
    assert row.conditions == [{"fact": "settled_loans", "op": ">=", "value": 2}]
    english.post(reverse("feedback:campaign-propose", args=[row.pk]), {"purpose": "bring customers back"})
    asked = Approval.objects.get(kind="campaign")
    english.force_login(pei)
    page = english.get(reverse("servicing:approval-detail", args=[asked.pk])).content.decode()
    assert "loans settled: at least 2 loans" in page
    english.post(reverse("servicing:approval-approve", args=[asked.pk]), {"digest": asked.digest})
    row.refresh_from_db()
    assert (row.status, row.approved_by) == ("running", pei)


def test_a_wrong_draft_says_what_is_wrong(english, hua):
    english.force_login(hua)
    said = {k: v for k, v in crowd.SAID.items() if k not in ("conditions", "sends")}
    said |= {
        "fact_1": "settled_loans",
        "op_1": ">=",
        "value_1": 2,
        "is_profiled": "",
        "ends_on": "2001-01-01",
    }
    answer = english.post(reverse("feedback:campaign-new"), said)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Without profiling nothing can be asked" in page
    assert "It would end before it begins." in page


def test_tiers_are_drafted_row_by_row(english, hua, pei):
    english.force_login(hua)
    said = {f"tier{level}_{part}_1": value for level in (1, 2, 3)
            for part, value in (("fact", "settled_loans"), ("op", ">="), ("value", level))}  # fmt: skip
    english.post(reverse("feedback:tier-draft"), said)
    assert TierRules.objects.drafts().get().rungs["3"] == [{"fact": "settled_loans", "op": ">=", "value": 3}]
    english.post(reverse("feedback:tier-propose"), {"purpose": "a simpler ladder"})
    asked = Approval.objects.get(kind="tiers")
    english.force_login(pei)
    page = english.get(reverse("servicing:approval-detail", args=[asked.pk])).content.decode()
    assert "would rise at once" in page


def test_a_stopped_consent_shows_at_the_next_look(english, offer, lin):
    Consent.objects.update(withdrawn_on=TODAY)
    english.force_login(lin)
    assert "has not asked for offers" in caller(english, offer)
    url = reverse("feedback:offer-accept", args=[offer.pk])
    english.post(url)
    offer.refresh_from_db()
    assert (offer.status, offer.answered_at) == ("offered", None)

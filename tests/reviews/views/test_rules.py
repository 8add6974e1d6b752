from datetime import timedelta

import pytest
from django.conf import settings

from reviews.actions import rules
from reviews.models import Rule, RuleHold, RuleVersion
from servicing.actions import controls
from servicing.models import Approval
from servicing.templatetags.faces import instant
from tests import stories
from tests.cast import NOON

WHY = "the team wants to see these earlier"
EARLIER = {"feature": "worst_dpd", "op": ">=", "threshold": 5}
WORDS = {"name_zh": "曾逾期", "name_en": "Was late", "conditions": [EARLIER], "priority": 60}
FORM = {"name_zh": "曾逾期", "name_en": "Was late", "priority": 60}
FORM |= {"feature_1": "worst_dpd", "op_1": ">=", "threshold_1": 5}


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def held(wei):
    return stories.a_hold(stories.a_run(wei))


@pytest.fixture
def drafted(wei):
    return rules.draft(rule=Rule.objects.get(code="worst_late"), by=wei, at=NOON, **WORDS)


def page(client, person, url, /, **post):
    client.force_login(person)
    return client.post(url, post) if post else client.get(url)


def test_each_rule_is_a_sentence_with_its_share(client, wei, held):
    found = page(client, wei, "/rules/")
    assert [row["rule"].code for row in found.context["rules"]] == [r.code for r in rules.current().rules]
    (row,) = (row for row in found.context["rules"] if row["rule"].code == "worst_late")
    assert (row["fired"], row["borrowers"], row["hold"]) == (1, 10, held)
    html = found.content.decode()
    assert "10.0%" in html
    assert "Worst days past due is at least 31 days." in html
    assert 'lang="zh-hans">最长逾期天数' in html


def test_only_the_lead_is_offered_the_release(client, wei, ana, held):
    for person, offered in ((wei, False), (ana, True)):
        assert ("/rules/worst_late/release/" in page(client, person, "/rules/").content.decode()) is offered


def test_the_lead_releases_a_rule_with_a_reason(client, ana, held):
    client.force_login(ana)
    assert client.post("/rules/worst_late/release/", {"reason": "too short"}).status_code == 422
    assert RuleHold.objects.get().released_at is None
    client.post("/rules/worst_late/release/", {"reason": "looked at ten of them"})
    assert RuleHold.objects.get().released_by == ana


def test_a_rule_that_is_not_held_stays_as_it_is(client, ana, db):
    client.force_login(ana)
    found = client.post("/rules/worst_late/release/", {"reason": "looked at ten of them"}, follow=True)
    assert [message.level_tag for message in found.context["messages"]] == ["warning"]
    assert client.post("/rules/no_such/release/", {"reason": "looked at ten"}).status_code == 422


def test_a_draft_stands_beside_what_is_in_force_with_the_difference_in_words(client, ana, drafted):
    html = page(client, ana, "/rules/").content.decode()
    assert "Worst days past due is at least: 31 days becomes 5 days." in html
    assert "English name: Was badly late becomes Was late." in html


def test_an_officer_drafts_proposes_and_the_lead_puts_it_in_force(client, wei, ana):
    assert page(client, wei, "/rules/worst_late/draft/", **FORM).url == "/rules/worst_late/"
    done = page(client, wei, "/rules/worst_late/propose/", act="activate", version=2, purpose=WHY)
    html = page(client, ana, done.url).content.decode()
    assert "31 days becomes 5 days" in html
    approval = Approval.objects.get()
    page(client, ana, f"/approvals/{approval.pk}/approve/", digest=approval.digest)
    assert rules.current().by_code["worst_late"].version == 2
    html = page(client, wei, "/rules/worst_late/").content.decode()
    assert "drafted by 韦审, put in force by 安娜" in html
    assert "Propose to go back to this version" in html


def test_a_version_out_of_force_says_from_when_to_when_and_who_put_it_out(client, wei, ana, drafted):
    ends = NOON + timedelta(minutes=7)
    for act, version, at in (("activate", 2, NOON), ("restore", 1, ends)):
        asked = rules.propose(rule=drafted.rule, act=act, version=version, purpose=WHY, by=wei, at=at)
        controls.approve(approval=asked, digest=asked.digest, by=ana, at=at)
    html = page(client, wei, "/rules/worst_late/").content.decode()
    assert f'{instant(NOON)} <span class="soft">drafted by 韦审, put in force by 安娜</span>' in html
    assert f"put out of force {instant(ends)} by 安娜" in html


def test_a_draft_begins_with_what_is_in_force_and_not_with_what_was_withdrawn(client, wei, ana, drafted):
    for act, version in (("activate", 2), ("restore", 1)):
        asked = rules.propose(rule=drafted.rule, act=act, version=version, purpose=WHY, by=wei, at=NOON)
        controls.approve(approval=asked, digest=asked.digest, by=ana, at=NOON)
    form = page(client, wei, "/rules/worst_late/draft/").context["form"]
    assert (form.initial["threshold_1"], form.initial["name_en"]) == (31, "Was badly late")
    page(client, wei, "/rules/worst_late/draft/", **FORM | {"threshold_1": 9})
    assert page(client, wei, "/rules/worst_late/draft/").context["form"].initial["threshold_1"] == 9


def test_a_new_rule_is_begun_and_discarded(client, wei):
    more = {"group": "borrowing", "measure": "new_loans_30", "worse": "more"}
    assert page(client, wei, "/rules/new/", **FORM, **more).url == "/rules/rule_11/"
    assert RuleVersion.objects.drafts().get().rule.group == "borrowing"
    assert page(client, wei, "/rules/rule_11/discard/", sure="yes").url == "/rules/"
    assert not Rule.objects.filter(code="rule_11").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"threshold_1": ""}, "Say which number"),
        ({"threshold_1": "1 or true"}, "whole number"),
        ({"feature_1": "complaints"}, "complaints"),
        ({"op_1": "or"}, "or"),
        ({"feature_1": ""}, "required"),
        ({"feature_2": "worst_dpd", "op_2": ">=", "threshold_2": 7}, "asked the same twice"),
        ({"feature_1": "settled_loans", "op_1": "<=", "threshold_1": -5}, "could never fire"),
        ({"feature_1": "settled_loans", "op_1": "<", "threshold_1": 0}, "could never fire"),
        ({"feature_1": "worst_dpd", "op_1": ">", "threshold_1": 40_000}, "could never fire"),
        ({"feature_2": "worst_dpd", "op_2": "<", "threshold_2": 5}, "could never fire"),
        ({"name_zh": ""}, "required"),
        ({"priority": 0}, "greater than or equal to 1"),
        ({"name_zh": "曾严重逾期", "name_en": "Was badly late", "threshold_1": 31}, "in force says already"),
    ],
)
def test_what_no_rule_may_say_is_refused_on_the_form(client, wei, change, said):
    client.force_login(wei)
    found = client.post("/rules/worst_late/draft/", FORM | change)
    assert found.status_code == 422
    assert said in found.content.decode()
    assert not RuleVersion.objects.drafts().exists()


@pytest.mark.parametrize(("feature", "threshold"), [("last_days_late", -5), ("worst_dpd", 0)])
def test_what_may_be_so_is_kept(client, wei, feature, threshold):
    asked = {"feature_1": feature, "op_1": "<=", "threshold_1": threshold}
    assert page(client, wei, "/rules/worst_late/draft/", **FORM | asked).status_code == 302


def test_somebody_elses_draft_is_left_alone(client, bo, drafted):
    client.force_login(bo)
    found = client.post("/rules/worst_late/draft/", FORM)
    assert (found.status_code, "Somebody else is drafting" in found.content.decode()) == (422, True)


def test_a_proposal_without_words_or_subject_is_refused_on_the_page(client, wei, drafted):
    for given in (
        {"act": "activate", "version": 2, "purpose": "no"},
        {"act": "restore", "version": 2, "purpose": WHY},
    ):
        assert page(client, wei, "/rules/worst_late/propose/", **given).status_code == 422
    assert not Approval.objects.exists()


def test_what_a_proposal_is_for_says_how_long_it_must_be_and_that_it_is_missing(client, wei, drafted):
    assert (
        'id="why-2-hint">At least 10 characters' in page(client, wei, "/rules/worst_late/").content.decode()
    )
    found = page(client, wei, "/rules/worst_late/propose/", act="activate", version=2, purpose="")
    assert found.status_code == 422
    assert "This field is required." in found.content.decode()


def test_what_waits_is_not_proposed_twice(client, wei, drafted):
    rules.propose(rule=drafted.rule, act="activate", version=2, purpose=WHY, by=wei, at=NOON)
    assert "/rules/worst_late/propose/" not in page(client, wei, "/rules/worst_late/").content.decode()


@pytest.mark.parametrize("who", ["ana", "pei", "ada"])
def test_who_only_looks_finds_no_way_to_draft(client, request, who, drafted):
    person = request.getfixturevalue(who)
    for url in ("/rules/", "/rules/worst_late/"):
        html = page(client, person, url).content.decode()
        assert [part for part in ("/draft/", "/propose/", "/rules/new/") if part in html] == []
    assert page(client, person, "/rules/worst_late/draft/").status_code == 403


def test_without_a_rule_the_page_says_so(client, wei, ana):
    for rule in Rule.objects.all():
        asked = rules.propose(rule=rule, act="retire", purpose=WHY, by=wei, at=NOON)
        controls.approve(approval=asked, digest=asked.digest, by=ana, at=NOON)
    html = page(client, wei, "/rules/").content.decode()
    assert "out of force" in html
    assert "Fires for" not in html


def test_the_card_is_a_table_that_says_what_it_is(client, wei):
    html = page(client, wei, "/scorecard/").content.decode()
    assert "expert, not calibrated" in html
    assert "up to 30 days" in html


def test_what_kind_of_card_it_is_ends_with_a_stop_of_its_language(client, wei):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    assert "<strong>专家评分，未经校准。</strong>" in page(client, wei, "/scorecard/").content.decode()


def test_every_feature_is_explained(client, ada):
    found = page(client, ada, "/rules/features/")
    html = found.content.decode()
    assert all(feature.code in html for feature in found.context["features"])

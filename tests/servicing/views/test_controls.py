"""The desk in the browser: who sees what, what it says, and what a click does."""

from datetime import timedelta

import pytest
from django.utils import timezone

from servicing.actions import controls, periods
from servicing.actions.controls import roles
from servicing.models import Approval, Deputy, Run, Staff
from servicing.templatetags.faces import instant
from servicing.templatetags.periods import setting_name
from tests import stories
from tests.cast import NOON, TODAY

WORDS = "the team has one more reviewer"


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


@pytest.fixture
def asked(wei):
    return stories.a_proposal(wei)


def page(client, person, url, /, **post):
    client.force_login(person)
    return client.post(url, post, follow=True) if post else client.get(url)


def said(response):
    return [message.level_tag for message in response.context["messages"]]


def test_what_waits_stands_on_the_desk_in_the_menu_and_on_today(client, ana, asked):
    for url in ("/approvals/", "/"):
        html = page(client, ana, url).content.decode()
        assert f'href="/approvals/{asked.pk}/"' in html
        assert html.count('<span class="count"') == 1


def test_it_waits_for_nobody_else(client, wei, bo, pei, lin, asked):
    for person in (wei, bo, pei, lin):
        assert list(page(client, person, "/approvals/").context["page"].rows) == []


@pytest.mark.parametrize(
    ("who", "status"), [("wei", 200), ("ana", 200), ("pei", 200), ("ada", 200), ("bo", 404), ("lin", 404)]
)
def test_a_proposal_is_seen_by_whom_it_concerns(client, request, asked, who, status):
    assert page(client, request.getfixturevalue(who), f"/approvals/{asked.pk}/").status_code == status


def test_only_who_may_decide_finds_the_buttons(client, wei, ana, pei, asked):
    for person, decides in ((ana, True), (wei, False), (pei, False)):
        html = page(client, person, f"/approvals/{asked.pk}/").content.decode()
        assert (f"/approvals/{asked.pk}/approve/" in html) is decides


def test_a_proposal_says_who_may_approve_it_or_that_nobody_can(client, wei, ana, asked):
    assert page(client, wei, f"/approvals/{asked.pk}/").context["deciders"] == [ana]
    Staff.objects.filter(pk=ana.pk).update(is_active=False)
    assert "目前无人能批准" in page(client, wei, f"/approvals/{asked.pk}/").content.decode()


def test_one_click_approves_what_the_page_showed(client, ana, asked):
    page(client, ana, f"/approvals/{asked.pk}/approve/", digest=asked.digest)
    assert periods.value("queue.daily_capacity", on=TODAY) == 50


def test_a_click_on_an_old_page_does_nothing_and_says_so(client, ana, max_, asked):
    periods.change(code="queue.daily_capacity", value=30, citation="x", from_on=TODAY, by=max_, at=NOON)
    response = page(client, ana, f"/approvals/{asked.pk}/approve/", digest=asked.digest)
    assert said(response) == ["error"]
    assert f"/approvals/{asked.pk}/approve/" not in response.content.decode()
    assert Approval.objects.get().status == "waiting"


def test_a_refusal_needs_a_reason(client, ana, asked):
    assert page(client, ana, f"/approvals/{asked.pk}/refuse/", reason="..........").status_code == 422
    page(client, ana, f"/approvals/{asked.pk}/refuse/", reason="not before the holidays")
    assert Approval.objects.get().reason == "not before the holidays"


def test_the_slower_one_is_told_who_was_faster(client, ana, bo, asked):
    stories.a_deputy()
    controls.approve(approval=asked, digest=asked.digest, by=bo, at=NOON)
    response = page(client, ana, f"/approvals/{asked.pk}/approve/", digest=asked.digest)
    assert "薄审" in str(next(iter(response.context["messages"])))


def test_what_lapsed_offers_no_button(client, ana, asked, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: asked.lapses_at + timedelta(seconds=1))
    html = page(client, ana, f"/approvals/{asked.pk}/").content.decode()
    assert f"/approvals/{asked.pk}/approve/" not in html
    response = page(client, ana, f"/approvals/{asked.pk}/approve/", digest=asked.digest)
    assert said(response) == ["error"]


def test_an_admin_proposes_a_role_in_the_browser(client, max_, pei, tom):
    page(client, max_, "/approvals/roles/new/", person=tom.pk, role="cs", purpose=WORDS)
    approval = Approval.objects.get()
    assert "客服" in page(client, pei, f"/approvals/{approval.pk}/").content.decode()
    page(client, pei, f"/approvals/{approval.pk}/approve/", digest=approval.digest)
    assert Staff.objects.get(pk=tom.pk).role_code == "cs"


def test_a_purpose_that_says_nothing_is_not_taken(client, max_, tom):
    response = page(client, max_, "/approvals/roles/new/", person=tom.pk, role="cs", purpose="..........")
    assert response.status_code == 422
    assert not Approval.objects.exists()


def test_a_risk_officer_proposes_a_threshold_in_the_browser(client, wei):
    given = {"code": "queue.daily_capacity", "value": 60, "from_on": TODAY.isoformat(), "purpose": WORDS}
    page(client, wei, "/approvals/thresholds/new/", **given)
    assert Approval.objects.get().shown["after"] == 60
    for url in (
        "/approvals/?tab=mine",
        f"/approvals/{Approval.objects.get().pk}/",
        "/approvals/thresholds/new/",
    ):
        assert str(setting_name("queue.daily_capacity")) in page(client, wei, url).content.decode()


def test_a_lead_appoints_and_recalls_a_deputy(client, ana, bo, asked):
    days = {"from_on": TODAY.isoformat(), "to_on": TODAY.isoformat()}
    page(client, ana, "/deputies/new/", deputy=bo.pk, **days)
    post = Deputy.objects.get()
    html = page(client, bo, f"/approvals/{asked.pk}/").content.decode()
    assert "安娜" in html
    page(client, bo, f"/deputies/{post.pk}/recall/", sure="1")
    assert page(client, bo, f"/approvals/{asked.pk}/").status_code == 404


def test_a_deputy_for_too_many_days_is_refused_with_the_number_allowed(client, ana, bo):
    days = {"from_on": TODAY.isoformat(), "to_on": (TODAY + timedelta(days=21)).isoformat()}
    response = page(client, ana, "/deputies/new/", deputy=bo.pk, **days)
    (message,) = response.context["messages"]
    assert f"超过 {periods.value('deputy.days', on=TODAY)} 天" in str(message)


def test_a_deputy_from_another_team_is_not_offered(client, ana, lin):
    days = {"from_on": TODAY.isoformat(), "to_on": TODAY.isoformat()}
    response = page(client, ana, "/deputies/new/", deputy=lin.pk, **days)
    assert said(response) == ["error"]
    assert not Deputy.objects.exists()


def test_those_who_always_agree_are_named_to_who_oversees(client, wei, bo, ana, pei, ada):
    for value, by in enumerate([wei] * 5 + [bo], start=50):
        approval = stories.a_proposal(by, value=value)
        controls.approve(approval=approval, digest=approval.digest, by=ana, at=timezone.now())
    for person in (pei, ada):
        (pair,) = page(client, person, "/approvals/").context["pairs"]
        assert pair == (ana, wei, 5, 6)
    assert page(client, ana, "/approvals/").context["pairs"] == []


def test_checked_imports_stand_on_the_desk_of_who_applies_them(client, ana, wei):
    batch = stories.an_import(wei)
    assert f"/imports/{batch.pk}/" in page(client, ana, "/approvals/").content.decode()
    assert f"/imports/{batch.pk}/" not in page(client, wei, "/approvals/").content.decode()


def test_an_import_says_when_its_check_lapses_and_stands_last_once_it_has(client, ana, wei):
    old = stories.an_import(wei)
    Run.objects.filter(pk=old.run_id).update(finished_at=NOON - timedelta(days=4))
    fresh = stories.an_import(wei, digest="e" * 64)
    for url in ("/approvals/", "/"):
        response = page(client, ana, url)
        assert [(one.batch, one.holds) for one in response.context["batches"]] == [
            (fresh, True),
            (old, False),
        ]
        html = response.content.decode()
        assert html.count(f"{instant(NOON + timedelta(days=1))} 失效") == html.count("须先重新生成预览") == 1


def test_the_page_of_a_role_speaks_both_languages(client, max_, pei, tom):
    approval = roles.propose_role(person=tom, role="risk_lead", purpose=WORDS, by=max_, at=NOON)
    client.cookies["django_language"] = "en"
    assert "risk lead" in page(client, pei, f"/approvals/{approval.pk}/").content.decode()


def test_a_deputy_finds_the_imports_of_the_lead_and_not_the_own(client, bo, wei):
    stories.a_deputy()
    theirs, _own = stories.an_import(wei), stories.an_import(bo, digest="e" * 64)
    response = page(client, bo, "/approvals/")
    assert [one.batch for one in response.context["batches"]] == [theirs]

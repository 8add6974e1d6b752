from datetime import timedelta

import pytest
from django.conf import settings

from reviews.actions import cases, recheck
from reviews.models import Alert, Case, Decision
from tests import stories
from tests.cast import NOON, TODAY

DISMISS = {"verdict": "dismiss", "reason": "minor", "note": "seen before"}


@pytest.fixture
def case(wei):
    return stories.a_case(stories.a_borrower(), owner=wei)


def decide(client, person, case, **data):
    client.force_login(person)
    seen = cases.digest(cases.seen(case))
    return client.post(f"/cases/{case.pk}/decide/", {"seen": seen} | DISMISS | data)


def test_taking_the_next_case_opens_it(client, wei, db):
    case = stories.a_case(stories.a_borrower())
    client.force_login(wei)
    assert client.post("/queue/next/").url == f"/cases/{case.pk}/"
    case.refresh_from_db()
    assert case.owner == wei


def test_an_empty_queue_says_so(client, wei):
    client.force_login(wei)
    page = client.post("/queue/next/", follow=True)
    assert page.redirect_chain == [("/queue/", 302)]
    assert len(page.context["messages"]) == 1


def test_the_case_shows_then_beside_now(client, wei, case):
    alert = case.alerts.get()
    alert.latest = alert.latest | {"values": {"worst_dpd": 55}}
    alert.save(update_fields=["latest"])
    client.force_login(wei)
    html = client.get(f"/cases/{case.pk}/", headers={"Accept-Language": "en"}).content.decode()
    row = html[html.index('class="changed"') :]
    assert row.index("40") < row.index("55")
    assert stories.NAME not in html


def test_a_decision_keeps_the_day_that_stood_above_the_evidence(client, wei, clock):
    later = TODAY + timedelta(days=7)
    borrower = stories.a_borrower()
    stories.a_loan(borrower, days_late=40, kind="late")
    case = stories.a_case(borrower, owner=wei)
    recheck.run(as_of=later, by=clock, at=NOON + timedelta(days=7))
    case.alerts.filter(rule="worst_late").update(latest=case.alerts.get(rule="worst_late").evidence)
    client.force_login(wei)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    assert f"now, {later}" in client.get(f"/cases/{case.pk}/").content.decode()
    decide(client, wei, case)
    assert Decision.objects.get(case=case).seen[0]["true_on"] == str(later)
    html = client.get(f"/cases/{case.pk}/").content.decode()
    assert f"when decided, {later}" in html
    assert f"when decided, {TODAY}" not in html


def test_deciding_closes_the_case_and_keeps_what_was_seen(client, wei, case):
    assert decide(client, wei, case).url == "/queue/"
    decision = Decision.objects.get(case=case)
    assert (decision.verdict, decision.reason, decision.by) == ("dismiss", "minor", wei)
    assert decision.seen[0]["evidence"]["values"] == {"worst_dpd": 40}


@pytest.mark.parametrize(
    "data",
    [
        {"verdict": ""},
        {"reason": ""},
        {"reason": "pattern"},
        {"verdict": "watch", "reason": "pattern", "note": " "},
    ],
)
def test_half_a_decision_is_not_one(client, wei, case, data):
    response = decide(client, wei, case, **data)
    assert response.status_code == 422
    assert not Decision.objects.exists()


def test_evidence_that_changed_while_reading_is_shown_again_with_what_was_typed(client, wei, case):
    response = decide(client, wei, case, seen="0" * 64, note="typed with care")
    assert response.status_code == 409
    assert "typed with care" in response.content.decode()
    assert not Decision.objects.exists()


def test_who_comes_late_learns_who_was_faster_and_keeps_the_words(client, wei, bo, case):
    decide(client, wei, case)
    response = decide(client, bo, case, note="typed with care")
    html = response.content.decode()
    assert response.status_code == 409
    assert str(wei) in html
    assert "typed with care" in html
    assert Decision.objects.count() == 1


def test_somebody_elses_case_cannot_be_decided(client, bo, case):
    assert decide(client, bo, case).status_code == 409
    assert not Decision.objects.exists()


def test_an_officer_does_not_see_the_case_of_another(client, bo, ana, case):
    for person, status in ((bo, 404), (ana, 200)):
        client.force_login(person)
        assert client.get(f"/cases/{case.pk}/").status_code == status


def test_giving_back_puts_the_case_in_line(client, wei, case):
    client.force_login(wei)
    client.post(f"/cases/{case.pk}/give-back/")
    assert Case.objects.unowned().get() == case


def test_the_lead_gives_back_the_case_of_another(client, ana, pei, case):
    for person, shown in ((pei, False), (ana, True)):
        client.force_login(person)
        assert ("/give-back/" in client.get(f"/cases/{case.pk}/").content.decode()) is shown
    client.post(f"/cases/{case.pk}/give-back/")
    assert Case.objects.unowned().get() == case


def test_a_case_whose_alerts_are_gone_says_so(client, wei, case):
    case.alerts.update(status=Alert.Status.CLOSED, closed_on=NOON.date())
    client.force_login(wei)
    page = client.get(f"/cases/{case.pk}/")
    assert page.context["case"].has_alerts_gone
    assert 'class="notice success"' in page.content.decode()


def test_the_queue_has_two_tabs(client, wei, case):
    waiting = stories.a_case(stories.a_borrower())
    client.force_login(wei)
    own, line = client.get("/queue/"), client.get("/queue/?tab=waiting")
    assert [row.pk for row in own.context["page"].rows] == [case.pk]
    assert [row.pk for row in line.context["page"].rows] == [waiting.pk]
    assert (own.context["own"], own.context["waiting"]) == (1, 1)


def test_the_queue_stands_in_the_order_in_which_cases_are_taken(client, wei, db):
    for priority in (10, 60, 30):
        Case.objects.filter(pk=stories.a_case(stories.a_borrower()).pk).update(priority=priority)
    client.force_login(wei)
    rows = client.get("/queue/?tab=waiting").context["page"].rows
    assert [row.priority for row in rows] == [60, 30, 10]
    assert client.post("/queue/next/").url == f"/cases/{rows[0].pk}/"


def test_all_cases_can_be_filtered(client, pei, case):
    client.force_login(pei)
    assert client.get("/cases/?status=open").context["total"] == 1
    assert client.get("/cases/?status=closed").context["total"] == 0

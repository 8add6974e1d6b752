"""The list of messages, what is stuck in it, a certificate sent from the loan, and two clicks to silence."""

import pytest
from django.utils import timezone

from servicing.actions import calls, marketing
from servicing.models import Message, OptOut
from tests import stories
from tests.cast import NOON, TODAY


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def borrower(db):
    return stories.a_borrower()


def test_a_lead_settles_what_is_stuck(client, hua, borrower):
    stuck = stories.a_message(borrower, hua, status="unknown")
    client.force_login(hua)
    page = client.get("/messages/")
    assert (page.context["stuck"], page.context["total"]) == (1, 1)
    assert client.get("/messages/?status=sent").context["total"] == 0
    assert b"mark/" in client.get(f"/messages/{stuck.pk}/").content
    client.post(f"/messages/{stuck.pk}/resend/")
    stuck.refresh_from_db()
    assert (stuck.status, stuck.attempts) == ("queued", 0)
    page = client.post(f"/messages/{stuck.pk}/drop/", follow=True)
    assert [str(said.level_tag) for said in page.context["messages"]] == ["success", "error"]
    assert Message.objects.get().status == "queued"


def test_a_risk_lead_sees_what_is_stuck_and_settles_nothing(client, ana, hua, borrower):
    stuck = stories.a_message(borrower, hua, status="unknown")
    client.force_login(ana)
    assert b"resend/" not in client.get(f"/messages/{stuck.pk}/").content
    assert client.post(f"/messages/{stuck.pk}/resend/").status_code == 403


def test_an_auditor_sees_the_messages_of_the_sample(client, ada, hua, borrower):
    stories.a_message(borrower, hua)
    other = stories.a_message(stories.a_borrower(sampled=False), hua)
    client.force_login(ada)
    assert client.get("/messages/").context["total"] == 1
    assert client.get(f"/messages/{other.pk}/").status_code == 404


def test_a_certificate_is_sent_from_the_loan_once_a_day_without_the_name(client, lin, borrower):
    loan = stories.a_loan(borrower)
    client.force_login(lin)
    for _click in range(2):
        assert client.post(f"/loans/{loan.pk}/certificate/send/").url == f"/loans/{loan.pk}/"
    message = Message.objects.get()
    assert (message.kind, message.borrower) == ("certificate", borrower)
    number = loan.certificates.get().number
    said = stories.says(message)
    assert number in said
    assert "/verify/" in said
    assert stories.NAME not in said
    assert stories.NATIONAL_ID[:6] not in said
    assert list(client.get(f"/loans/{loan.pk}/").context["sent"]) == [message]
    assert list(client.get(f"/borrowers/{borrower.reference}/").context["sent"]) == [message]


def test_an_open_loan_has_no_certificate_to_send(client, lin, borrower):
    loan = stories.a_loan(borrower)
    loan.settlements.all().delete()
    client.force_login(lin)
    assert client.post(f"/loans/{loan.pk}/certificate/send/").status_code == 302
    assert not Message.objects.exists()


def test_customer_service_ends_advertising_with_one_click_and_stays_where_it_was(client, lin, borrower):
    marketing.opt_in(borrower=borrower, basis="app", with_profiling=True, by=lin, at=NOON)
    client.force_login(lin)
    there = f"/borrowers/{borrower.reference}/"
    assert client.get(there).context["marketing"]["may_profile"]
    off, here = f"/processing/{borrower.reference}/marketing/off/", "/steps/?all"
    sent = {"purpose": "marketing", "basis": "phone", "back": here}
    assert client.post(off, sent).url == here
    assert OptOut.objects.get().purpose == "marketing"
    page = client.get(there)
    assert not page.context["marketing"]["may"]
    assert b"marketing/on/" in page.content
    assert client.post(off, sent | {"back": "https://elsewhere.example/"}).url == there
    assert client.post(off, {"purpose": "everything"}).url == there
    on = f"/processing/{borrower.reference}/marketing/on/"
    client.post(on, {"basis": "phone"})
    assert not client.get(there).context["marketing"]["may"]
    said = {"name": stories.NAME, "phone": stories.PHONE}
    calls.verify(borrower=borrower, said=said, by=lin, at=timezone.now())
    client.post(on, {"basis": "phone"})
    assert client.get(there).context["marketing"]["may"]

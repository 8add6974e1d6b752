"""A call on one page: found, verified, logged, and nothing that customer service may not see."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from feedback.models import Response
from servicing.actions import privacy
from servicing.models import Call, Instalment, Loan, PhoneChange
from tests import stories
from tests.cast import NOON, PASSWORD, TODAY
from tests.stories import NAME, PHONE, acts

pytestmark = pytest.mark.django_db
SAID = {
    "key": "k1",
    "kind": "complaint",
    "where": "debit",
    "words": "debited twice",
    "channel": "call",
    "speaker": "borrower",
}


@pytest.fixture
def loan(db):
    return stories.a_loan(stories.a_borrower(), days_late=40, kind="late")


@pytest.fixture
def page(client, lin, loan):
    client.force_login(lin)
    return reverse("feedback:caller", args=[loan.borrower.reference])


def test_one_click_from_the_number_to_the_page(client, lin, loan, page):
    client.force_login(lin)
    assert client.post("/callers/", {"text": PHONE}).url == page
    assert b"/callers/unknown/" in client.post("/callers/", {"text": "10011112222"}).content
    assert [entry.detail["by"] for entry in acts("borrower.searched")] == ["phone", "nothing"]


def test_the_page_shows_bands_and_masks_and_counts_as_a_view(client, loan, page):
    owed = Loan.objects.create(
        borrower=loan.borrower, product=loan.product, source=loan.source, external_id="L2", principal=100,
        total_due=100, disbursed_on=TODAY - timedelta(days=60), known_on=TODAY,
    )  # fmt: skip
    Instalment.objects.create(loan=owed, number=1, due_on=TODAY - timedelta(days=33), amount=100)
    text = client.get(page).content.decode()
    assert "31–60 天" in text
    assert not re.search(r"\b(33|40) 天", text)
    assert not [secret for secret in (NAME, PHONE) if secret in text]
    assert len(acts("borrower.viewed")) == 1


def test_match_or_not_and_what_was_typed_comes_back_to_nobody(client, loan, page):
    answer = client.post(
        f"{page}verify/", {"name": NAME, "phone": "10011112222"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert ("相符" in text, "不符" in text) == (True, True)
    assert not [secret for secret in (NAME, "10011112222") if secret in text]
    assert Call.objects.get().matched == ["name"]


def test_after_five_tries_the_page_says_what_to_do_instead(client, loan, page):
    for _ in range(5):
        client.post(f"{page}verify/", {"name": "x"})
    text = client.post(f"{page}verify/", {"name": NAME}).content.decode()
    assert ("verify_name" in text, "核对次数已用完" in text) == (False, True)
    assert Call.objects.get().tries == 5


def test_the_next_colleague_sees_that_it_was_tried_before(client, loan, page, hua):
    client.post(f"{page}verify/", {"name": "x"})
    assert "已核对过" not in client.get(page).content.decode()
    client.force_login(hua)
    assert "一天内已核对过 1 次" in client.get(page).content.decode()


def test_a_call_is_logged_once_however_often_it_is_sent(client, loan, page):
    given = SAID | {"loan": loan.pk, "instalment": 1}
    assert {client.post(f"{page}say/", given).url for _ in range(2)} == {page}
    row = Response.objects.get()
    assert (row.borrower, row.loan, row.instalment) == (loan.borrower, loan, 1)
    assert row.reference in client.get(page).content.decode()


def test_other_words_of_a_form_that_was_sent_are_another_voice(client, loan, page):
    client.post(f"{page}say/", SAID)
    answer = client.post(f"{page}say/", SAID | {"words": "and the card is not bound"})
    text = answer.content.decode()
    assert (answer.status_code, ">\nand the card is not bound<" in text) == (422, True)
    key = re.search(r'name="key" value="([0-9a-f]{32})"', text)[1]
    client.post(f"{page}say/", SAID | {"words": "and the card is not bound", "key": key})
    assert Response.objects.count() == 2


@pytest.mark.parametrize(
    ("more", "field"),
    [({"instalment": 9}, "instalment"), ({"speaker": "agent"}, "authority"), ({"words": ""}, "words"),
     ({"hotline": "12378"}, "hotline_number"), ({"received_on": "2026-12-24"}, "received_on"),
     ({"received_on": "0001-01-01"}, "received_on"),
     ({"hotline": "12378", "hotline_number": "N-1", "hotline_due_on": "0001-01-01"}, "hotline_due_on"),
     ({"hotline": "12378", "hotline_number": "13812345678"}, "hotline_number"),
     ({"hotline": "12378", "hotline_number": "N 1\u200b"}, "hotline_number")],
)  # fmt: skip
def test_what_is_not_whole_comes_back_with_what_was_typed(client, loan, page, more, field):
    answer = client.post(f"{page}say/", SAID | {"loan": loan.pk} | more)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "k1" in answer.content.decode()
    assert not Response.objects.exists()


def test_the_loan_of_somebody_else_is_no_choice(client, loan, page):
    other = stories.a_loan(stories.a_borrower(phone="10000000003"), number="X1")
    assert client.post(f"{page}say/", SAID | {"loan": other.pk}).status_code == 422


def test_somebody_unknown_is_logged_without_a_borrower(client, lin):
    client.force_login(lin)
    answer = client.post("/callers/unknown/", SAID)
    assert answer.url == reverse("feedback:response-detail", args=[Response.objects.get().reference])


def test_a_number_is_noted_by_one_and_confirmed_by_another(client, loan, page, hua):
    client.post(f"{page}verify/", {"name": NAME, "phone": PHONE})
    client.post(f"{page}phone/", {"phone": "100 9876 5432"})
    text = client.get(page).content.decode()
    assert ("100****5432" in text, "10098765432" in text) == (True, False)
    client.force_login(hua)
    assert "10098765432" in client.post(f"{page}phone/show/").content.decode()
    assert "10098765432" not in client.get(f"{page}phone/show/").content.decode()
    client.post(f"{page}phone/confirm/")
    assert PhoneChange.objects.get().status == "waiting"
    client.post(f"{page}verify/", {"name": NAME, "phone": PHONE})
    client.post(f"{page}phone/confirm/")
    assert list(privacy.find("phone", "10098765432")) == [loan.borrower]


def test_whoever_has_opened_too_many_borrowers_finds_no_page(client, loan, page, monkeypatch):
    monkeypatch.setattr("servicing.actions.privacy.VIEWS_A_DAY", {"cs": 0})
    assert client.get(page).status_code == 403


def sign_in(client, username, at):
    return client.post(at, {"username": username, "password": PASSWORD})


def test_what_is_typed_survives_a_session_that_timed_out(client, loan, page, lin):
    token = re.search(r'name="typed_by" value="([^"]+)"', client.get(page).content.decode())[1]
    session = client.session
    session["began_at"] = session["seen_at"] = NOON.timestamp() - 3600
    session.save()
    answer = client.post(f"{page}say/", SAID | {"typed_by": token, "words": "a long story"})
    assert answer.url.startswith("/sign-in/?next=")
    assert "kept=1" in answer.url
    assert not Response.objects.exists()
    # Somebody else who signs in there finds nothing of it.
    sign_in(client, "hua", answer.url)
    assert "a long story" not in client.get(page).content.decode()
    client.post("/sign-out/")
    assert sign_in(client, "lin", answer.url).status_code == 302
    assert "a long story" in client.get(page).content.decode()
    client.post(f"{page}say/", SAID | {"words": "a long story"})
    assert client.get(page).context["typed"] == {}


def test_a_token_of_nobody_keeps_nothing(client, loan, page, lin):
    client.post("/sign-out/")
    for token in ("", "1:forged", "x" * 500):
        assert "kept" not in client.post(f"{page}say/", SAID | {"typed_by": token}).url

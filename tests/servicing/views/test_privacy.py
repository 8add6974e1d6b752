import pytest

from servicing.domain.staff import REVEALS_A_DAY
from tests import stories
from tests.cast import PASSWORD

WHY = {"reason": "call", "text": "caller asks to compare"}


@pytest.fixture
def borrower(db):
    return stories.a_borrower()


def ask(client, person, borrower, field, **data):
    client.force_login(person)
    url = f"/borrowers/{borrower.reference}/{field}/"
    return client.post(url, {f"{field}-{name}": value for name, value in data.items()})


def test_a_reason_shows_one_field_for_a_minute(client, lin, borrower):
    response = ask(client, lin, borrower, "phone", **WHY)
    html = response.content.decode()
    assert stories.PHONE in html
    assert 'data-seconds="60"' in html
    assert response["Cache-Control"] == "no-store"
    (entry,) = stories.acts("borrower.revealed")
    assert (entry.by, entry.detail["field"]) == (lin, "phone")


@pytest.mark.parametrize("text", ["", "too short", " " * 20])
def test_no_reason_shows_nothing(client, lin, borrower, text):
    html = ask(client, lin, borrower, "phone", reason="call", text=text).content.decode()
    assert stories.PHONE not in html
    assert stories.acts("borrower.revealed") == []


def test_a_national_id_asks_who_is_there(client, wei, borrower):
    refused = ask(client, wei, borrower, "national_id", **WHY, password="wrong").content.decode()
    assert stories.NATIONAL_ID[:6] not in refused
    shown = ask(client, wei, borrower, "national_id", **WHY, password=PASSWORD).content.decode()
    assert stories.NATIONAL_ID[:6] in shown


def test_guessing_the_password_here_is_throttled_like_at_the_door(client, wei, borrower, settings):
    for _attempt in range(settings.AXES_FAILURE_LIMIT):
        response = ask(client, wei, borrower, "national_id", **WHY, password="wrong")
    assert response.status_code == 429
    late = ask(client, wei, borrower, "national_id", **WHY, password=PASSWORD)
    assert stories.NATIONAL_ID[:6] not in late.content.decode()


def test_customer_service_may_not_show_a_national_id(client, lin, borrower):
    html = ask(client, lin, borrower, "national_id", **WHY, password=PASSWORD).content.decode()
    assert stories.NATIONAL_ID[:6] not in html
    assert stories.acts("borrower.revealed") == []


def test_a_used_up_budget_shows_nothing_more(client, lin, borrower, monkeypatch):
    monkeypatch.setitem(REVEALS_A_DAY, "cs", 1)
    ask(client, lin, borrower, "phone", **WHY)
    assert stories.PHONE not in ask(client, lin, borrower, "phone", **WHY).content.decode()
    assert len(stories.acts("borrower.revealed")) == 1


def test_the_way_back_is_masked(client, lin, borrower):
    client.force_login(lin)
    html = client.get(f"/borrowers/{borrower.reference}/phone/").content.decode()
    assert "100****5678" in html
    assert "<form" not in html
    assert "<form" in client.get(f"/borrowers/{borrower.reference}/phone/?ask").content.decode()


def test_a_field_that_does_not_exist_is_not_found(client, lin, borrower):
    client.force_login(lin)
    assert client.get(f"/borrowers/{borrower.reference}/address/").status_code == 404

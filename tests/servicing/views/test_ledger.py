import pytest
from django.db import connection, transaction

from servicing.actions import ledger, privacy
from tests import stories
from tests.cast import NOON


@pytest.fixture
def trail(lin, wei):
    """Lin opened one dossier, Wei another."""
    mine, other = stories.a_borrower(), stories.a_borrower(phone="10000000002")
    privacy.viewed(mine, by=lin, at=NOON)
    privacy.viewed(other, by=wei, at=NOON)
    return mine, other


@pytest.mark.parametrize(
    ("query", "count"),
    [("", 2), ("what=borrower.viewed", 2), ("what=rule.held", 0), ("day=2026-11-23", 2),
     ("day=2026-11-22", 0), ("target=C1", 0), ("target=nobody", 0)],
)  # fmt: skip
def test_the_ledger_is_filtered_by_act_day_and_target(client, pei, trail, query, count):
    client.force_login(pei)
    assert client.get(f"/ledger/?{query}").context["total"] == count


def test_the_ledger_is_filtered_by_person_and_borrower(client, ada, lin, trail):
    mine, _other = trail
    client.force_login(ada)
    for query in (f"by={lin.pk}", f"target={mine.reference.lower().replace('-', '')}"):
        page = client.get(f"/ledger/?{query}")
        assert page.context["total"] == 1
        assert mine.reference in page.content.decode()


def test_verifying_says_that_all_is_well(client, pei, trail):
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
    client.force_login(pei)
    page = client.post("/ledger/verify/", follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["success"]


def test_verifying_says_what_is_broken(client, pei, monkeypatch):
    monkeypatch.setattr(ledger, "verify", lambda: (2, (1, 7, "entry missing")))
    client.force_login(pei)
    page = client.post("/ledger/verify/", follow=True)
    (message,) = page.context["messages"]
    assert message.level_tag == "error"
    assert "记录缺失" in message.message


def test_an_unknown_act_is_shown_by_its_code(client, pei, db):
    with transaction.atomic():
        ledger.record(what="thing.happened", by=pei, at=NOON)
    client.force_login(pei)
    assert "thing.happened" in client.get("/ledger/").content.decode()

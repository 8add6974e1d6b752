import pytest

from reviews.actions import rules
from reviews.models import RuleHold
from tests import stories


@pytest.fixture
def held(wei):
    return stories.a_hold(stories.a_run(wei))


def test_each_rule_is_a_sentence_with_its_share(client, wei, held):
    client.force_login(wei)
    page = client.get("/rules/")
    assert [row["rule"].code for row in page.context["rules"]] == [r.code for r in rules.current().rules]
    (row,) = (row for row in page.context["rules"] if row["rule"].code == "worst_late")
    assert (row["fired"], row["borrowers"], row["hold"]) == (1, 10, held)
    assert "10.0%" in page.content.decode()


def test_only_the_lead_is_offered_the_release(client, wei, ana, held):
    for person, offered in ((wei, False), (ana, True)):
        client.force_login(person)
        assert ("/rules/worst_late/release/" in client.get("/rules/").content.decode()) is offered


def test_the_lead_releases_a_rule_with_a_reason(client, ana, held):
    client.force_login(ana)
    assert client.post("/rules/worst_late/release/", {"reason": "too short"}).status_code == 422
    assert RuleHold.objects.get().released_at is None
    client.post("/rules/worst_late/release/", {"reason": "looked at ten of them"})
    assert RuleHold.objects.get().released_by == ana


def test_a_rule_that_is_not_held_stays_as_it_is(client, ana, db):
    client.force_login(ana)
    page = client.post("/rules/worst_late/release/", {"reason": "looked at ten of them"}, follow=True)
    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    assert client.post("/rules/no_such/release/", {"reason": "looked at ten"}).status_code == 422

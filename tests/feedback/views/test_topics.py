"""The page of topics, and the panel beside a response."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.actions import topics
from feedback.models import Response, Topic
from tests.cast import NOON
from tests.feedback.actions.test_topics import model, offered  # noqa: F401  fixtures
from tests.feedback.said import a_response, labelled

pytestmark = pytest.mark.django_db


def signed_in(person):
    client = Client()
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client


def test_the_page_says_how_often_it_is_right(model, hua, lin):  # noqa: F811
    response = a_response("征信报告没有更新")
    topics.decide(response=response, topic="征信", by=lin, at=NOON)
    page = signed_in(hua).get("/topics/").content.decode()
    assert f"<strong>{100 * model.accuracy:.1f} %</strong>" in page
    assert f"{100 * model.baseline:.1f} %" in page
    assert "1 of 1 decision was as suggested" in page
    counts = [row[n] for n, row in enumerate(model.trial["confusion"])]
    assert all(f"<strong>{count}</strong>" in page for count in counts)


def test_before_anything_is_learned_it_says_what_it_takes(hua, lin):
    labelled(lin)
    page = signed_in(hua).get("/topics/").content.decode()
    assert "there are 72 responses with a topic" in page
    assert "The list of topics is empty" in page


def test_a_lead_keeps_the_list(hua, lin):
    client = signed_in(hua)
    client.post("/topics/add/", {"name": "扣款"})
    topic = Topic.objects.get()
    client.post(f"/topics/{topic.pk}/retire/")
    assert not Topic.objects.offered().exists()
    client.post(f"/topics/{topic.pk}/bring-back/")
    assert Topic.objects.offered().exists()
    page = client.post("/topics/add/", {"name": "扣款"}, follow=True).content.decode()
    assert "is on the list already" in page
    assert signed_in(lin).post("/topics/add/", {"name": "x"}).status_code == 403


def test_the_inbox_is_narrowed_by_the_lists_own_words_also_retired_ones(hua, lin):
    client = signed_in(hua)
    client.post("/topics/add/", {"name": "扣款"})
    client.post(f"/topics/{Topic.objects.get().pk}/retire/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/responses/?tab=all").content.decode()
    assert '<option value="扣款">' in page
    assert not [one["sql"] for one in asked if "DISTINCT" in one["sql"]]


def test_typed_words_bring_a_suggestion_and_nothing_is_kept(model, lin):  # noqa: F811
    count = Response.objects.count()
    page = signed_in(lin).post("/topics/suggest/", {"words": "催收人员天天打电话"}).content.decode()
    assert "Suggested by its words: <strong><bdi>催收</bdi></strong>." in page
    assert "A person decides." in page
    assert Response.objects.count() == count


def test_customer_service_decides_beside_the_words(model, lin):  # noqa: F811
    response = a_response("银行卡重复扣款")
    address = f"/responses/{response.reference}/topic/"
    page = signed_in(lin).post(address, {"topic": "扣款"}).content.decode()
    response.refresh_from_db()
    assert (response.topic, response.topic_by) == ("扣款", lin)
    assert '<span class="pill note"><bdi>扣款</bdi></span>' in page
    assert "Choose one of the topics" in signed_in(lin).post(address, {"topic": "无"}).content.decode()

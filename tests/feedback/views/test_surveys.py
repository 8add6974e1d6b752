"""The public page of a survey: whoever has the link answers once, and everybody else learns nothing."""

import logging

import pytest

from config.logs import Line
from feedback.actions import surveys
from feedback.models import Response, Survey
from servicing.models import Period
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def link(clock, settings):
    settings.PUBLIC_AT = "https://care.example"
    stories.a_loan(stories.a_borrower())
    surveys.plan(by=clock, at=NOON)
    return f"/s/{stories.link_of(Survey.objects.get().message)}/"


def test_a_stranger_with_the_link_answers_once(client, link):
    page = client.get(link)
    assert page.status_code == 200
    text = page.content.decode()
    for secret in (stories.NAME, stories.PHONE, "L1", Survey.objects.get().borrower.reference):
        assert secret not in text
    assert client.post(link, {"score": "6"}).status_code == 422
    assert client.post(link, {"score": "1", "is_complaint": "on"}).status_code == 422
    answer = {"score": "1", "words": "<script>alert(1)</script>", "is_complaint": "on"}
    assert client.post(link, answer).status_code == 200
    assert Response.objects.get().kind == "complaint"
    assert client.get(link).status_code == client.post(link, answer).status_code == 404
    assert Response.objects.count() == 1


def test_every_link_that_does_not_answer_is_told_the_same(client, link):
    client.post(link, {"score": "5"})
    used = client.get(link)
    forged = client.get("/s/never.made/")
    assert used.status_code == forged.status_code == 404
    bare = [page.content.decode().partition("<main")[2].partition("</main>")[0] for page in (used, forged)]
    assert bare[0] == bare[1]


def test_whoever_tries_links_is_slowed_down_and_who_has_one_is_not(client, link):
    Period.objects.create(code="survey.tries", value=2, citation="test", valid_from=TODAY)
    assert [client.get("/s/a.b/").status_code for _try in range(3)] == [404, 404, 429]
    assert client.get(link).status_code == 200


@pytest.mark.parametrize("words", ["\x07", "\x1b\x0b", " \t "])
def test_words_that_nobody_sees_are_none(client, link, words):
    assert client.post(link, {"score": "1", "words": words, "is_complaint": "on"}).status_code == 422
    assert client.post(link, {"score": "1", "words": words}).status_code == 200
    assert (Response.objects.count(), Survey.objects.get().score) == (0, 1)


def test_who_answers_is_not_stopped_by_who_tries_links_and_loses_no_words(client, link):
    Period.objects.create(code="survey.tries", value=2, citation="test", valid_from=TODAY)
    for _try in range(3):
        client.get("/s/a.b/")
    typed = {"score": "9", "words": "a long story", "is_complaint": "on"}
    assert [client.post(link, typed).status_code for _try in range(3)] == [422, 422, 429]
    assert ">\na long story<" in client.post(link, typed).content.decode()


def test_a_link_stands_in_no_log(link):
    shown = next(one.formatter for one in logging.getLogger().handlers if isinstance(one.formatter, Line))
    said = "Internal Server Error: %s\n%s"
    record = logging.LogRecord("django.request", logging.ERROR, "", 1, said, (link, "GET /no/a.b/?x=1"), None)
    text = shown.format(record)
    assert (link in text, text.count("/s/…/"), "/no/…/?x=1" in text) == (False, 1, True)


def test_the_page_speaks_both_languages(client, link):
    chinese = client.get(link).content.decode()
    client.cookies["django_language"] = "en"
    english = client.get(link).content.decode()
    assert "How satisfied are you?" in english
    assert "How satisfied are you?" not in chinese


def test_a_lead_sees_who_was_asked_and_what_came_of_it(client, link, hua, ada):
    client.post(link, {"score": "4", "words": "quick and kind"})
    client.force_login(hua)
    page = client.get("/surveys/")
    assert page.context["sums"] == {"asked": 1, "answered": 1, "mean": 4}
    assert Response.objects.get().reference in page.content.decode()
    assert client.get("/surveys/?score=1").context["total"] == 0
    assert client.get("/surveys/?is_answered=true").context["total"] == 1
    borrower = Survey.objects.get().borrower
    axis = client.get(f"/borrowers/{borrower.reference}/").context["moments"]
    assert [moment.icon for moment in axis if moment.kind == "message"] == ["send"]

"""A database that is away is a moment's trouble: said as such, and nothing else is."""

import pytest
from django.db import OperationalError

from config.pages import today


@pytest.fixture
def ask(client, wei, monkeypatch):
    client.force_login(wei)
    client.raise_request_exception = False

    def ask(error):
        def fail(*_args, **_rest):
            raise error

        monkeypatch.setattr(today.feed, "troubles", fail)
        return client.get("/")

    return ask


def test_it_asks_to_come_again(ask):
    answer = ask(OperationalError("the connection is lost: password=hunter2"))
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
    assert "数据库暂时无法访问" in answer.content.decode()
    assert "hunter2" not in answer.content.decode()


def test_the_very_first_question_of_a_request_may_be_the_one_that_fails(client, wei, monkeypatch):
    client.force_login(wei)
    client.raise_request_exception = False

    def fail(*_args, **_rest):
        raise OperationalError

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    assert client.get("/").status_code == 503


def test_a_fault_of_ours_stays_one(ask):
    assert ask(ZeroDivisionError()).status_code == 500

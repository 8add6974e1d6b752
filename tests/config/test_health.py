import json
import time
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from config.pages import health
from servicing.models import Heartbeat
from servicing.pages import PUBLIC

ALIVE = {"web": "alive", "database": "alive", "broker": "alive", "worker": "alive", "beat": "alive"}


@pytest.fixture
def everybody(db):
    for name in ("worker", "beat"):
        Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})


def ask(rf):
    return health.healthz(rf.get("/healthz"))


def test_it_needs_no_sign_in():
    assert health.healthz.right == PUBLIC


def test_all_alive(rf, everybody):
    answer = ask(rf)
    assert (answer.status_code, json.loads(answer.content)) == (200, ALIVE)


@pytest.mark.parametrize("name", ["worker", "beat"])
def test_a_part_that_was_last_seen_a_minute_ago(rf, everybody, name):
    Heartbeat.objects.filter(name=name).update(at=Now() - timedelta(seconds=61))
    answer = ask(rf)
    assert (answer.status_code, json.loads(answer.content)) == (503, ALIVE | {name: "not alive"})


def test_a_broker_that_is_away_is_noticed_at_once(rf, everybody, settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nobody.sock"
    began = time.monotonic()
    answer = ask(rf)
    assert (answer.status_code, json.loads(answer.content)) == (503, ALIVE | {"broker": "not alive"})
    assert time.monotonic() - began < 1


def test_a_database_that_is_away(rf, monkeypatch, everybody):
    monkeypatch.setattr(health, "recent_heartbeats", lambda: None)
    answer = ask(rf)
    assert answer.status_code == 503
    assert b'"database": "not alive"' in answer.content

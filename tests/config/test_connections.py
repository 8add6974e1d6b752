import time

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import Error, connection, transaction

from config.celery import app, look_after_connections
from tests.conftest import owner
from tests.servers import DATABASE

pytestmark = pytest.mark.django_db(transaction=True)


def backend():
    with connection.cursor() as cursor:
        cursor.execute("select pg_backend_pid()")
        return cursor.fetchone()[0]


def between_two_tasks():
    """What Celery does after a task and before the next one."""
    for _ in range(2):
        DjangoWorkerFixup(app).close_database()
        look_after_connections()


def test_a_worker_keeps_its_connection_from_task_to_task():
    before = backend()
    between_two_tasks()
    assert backend() == before


def lose(pid):
    with owner() as db:
        db.execute("select pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_was_lost_between_two_tasks_is_made_anew():
    before = backend()
    lose(before)
    between_two_tasks()
    assert backend() != before


def test_a_connection_that_was_lost_within_a_task_fails_that_task_alone():
    before = backend()
    lose(before)
    with pytest.raises(Error):
        backend()
    between_two_tasks()
    assert backend() != before


def test_what_is_asked_over_a_connection_to_the_broker_that_was_given_up_only_breaks_it():
    with app.connection() as broker:
        channel = broker.default_channel
        errors = broker.recoverable_connection_errors
        broker.collect()
        channel._pool = None
        with pytest.raises(errors, match="given up"), channel.conn_or_acquire():
            pass


def test_who_stops_in_the_middle_of_a_transaction_does_not_hold_its_locks_for_ever():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("show idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("2min",)
        cursor.execute("set local idle_in_transaction_session_timeout = '50ms'")
        cursor.execute("select pg_advisory_xact_lock(7)")
        time.sleep(0.2)
        with owner(DATABASE) as db:
            assert db.execute("select pg_try_advisory_lock(7)").fetchone() == (True,)
        with pytest.raises(Error):
            cursor.execute("select 1")
        transaction.set_rollback(True)

import pytest
from celery.fixups.django import DjangoWorkerFixup
from django.db import Error, connection

from config.celery import app, look_after_connections
from tests.conftest import owner

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

"""Real servers, a template database, and the cast.

Ordinary tests roll back. Tests that need commits (`transaction=True`) work in the test database itself,
which is made anew from the template afterwards: so append-only triggers stay on and nothing is truncated.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis
import psycopg
import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation
from psycopg import sql

from tests.cast import CAST, NOON, PASSWORD
from tests.servers import DATABASE, TEMPLATE

ROOT = Path(__file__).resolve().parent.parent

# A busy machine must not fail a property; `--hypothesis-profile=thorough` is for a night, not for the suite.
hypothesis.settings.register_profile("suite", deadline=None, max_examples=50)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=10_000)
hypothesis.settings.load_profile("suite")

# Every client of a test makes its middleware anew, and nobody asks it for a file: the running site, which
# serves them, reads its settings in a process of its own.
settings.WHITENOISE_USE_FINDERS = False

# The very hash of the house, without the seconds that a guess shall cost; who signs in at the site pays them.
PBKDF2PasswordHasher.iterations = 1


def pytest_addoption(parser):
    parser.addoption("--flips", type=int, default=30, help="how many changed bytes an import is tried with")
    parser.addoption("--seeds", type=int, default=1, help="how many schedules of faults the house is put to")
    parser.addoption("--seed", type=int, help="the one schedule of faults to play again")
    parser.addoption("--machines", action="store_true", help="also share a run between two machines")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The long ones first: what begins late and lasts long keeps one process busy while the others wait."""
    items.sort(key=lambda item: not {"browser", "chaos"} & {mark.name for mark in item.iter_markers()})


def owner(dbname="postgres"):
    """A connection of the owner outside Django, for making and dropping databases."""
    from config import embedded

    url = embedded.database_urls()["owner"]
    return psycopg.connect(psycopg.conninfo.make_conninfo(url, dbname=dbname), autocommit=True)


def remake(name, template=None):
    with owner() as db:
        db.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
        made = sql.SQL("create database {}").format(sql.Identifier(name))
        if template:
            made += sql.SQL(" template {} strategy file_copy").format(sql.Identifier(template))
        db.execute(made)
        # A template does not hand down the rights on the database itself, which migrating takes away.
        db.execute(sql.SQL("revoke temporary on database {} from public").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker):
    """Migrate the template once, then work in a copy of it."""
    from django.core.management import call_command

    remake(DATABASE)
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0)
        people()
        connections.close_all()
    remake(TEMPLATE, template=DATABASE)


def people():
    """The whole cast, in the template, so that no test pays for a password hash."""
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import Group

    from servicing.models import Staff

    hashed = make_password(PASSWORD)
    for username, name, role in CAST.values():
        Staff.objects.create(
            username=username,
            name=name,
            password=hashed,
            role=Group.objects.get(name=role) if role else None,
        )


def start_afresh(_case):
    """What stands in for TransactionTestCase's flush: the ledger cannot be truncated, nor should it be."""
    connections.close_all()
    remake(DATABASE, template=TEMPLATE)


TransactionTestCase._fixture_teardown = start_afresh


def _person(username):
    @pytest.fixture
    def person(db):
        from servicing.models import Staff

        return Staff.objects.select_related("role").get(username=username)

    return person


for _fixture, (_username, _name, _role) in CAST.items():
    globals()[_fixture] = _person(_username)


@pytest.fixture(autouse=True)
def _house_language():
    """Chinese again, whatever language the page of another test was asked for in."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _noon(request):
    """The stories' noon, whatever day it is; what commits shares the clock of the other processes."""
    marker = request.node.get_closest_marker("django_db")
    if marker and marker.kwargs.get("transaction"):
        yield
    else:
        with time_machine.travel(NOON.timestamp()):
            yield


@pytest.fixture
def clock(db):
    from servicing.actions import staff

    return staff.machine("clock")


@pytest.fixture
def operator(db):
    from servicing.actions import staff

    return staff.machine("operator")


@contextmanager
def process(*argv, **env):
    """A child of the suite in its own group, with the suite's servers; killed whole at the end."""
    child = subprocess.Popen(
        [sys.executable, *argv],
        cwd=ROOT,
        env=os.environ | {"AFTERCARE_PLAIN_HTTP": "1", "AFTERCARE_DB": DATABASE} | env,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)


WORKER = ("-m", "celery", "-A", "config", "worker", "-c", "1", "-l", "warning")


@pytest.fixture(scope="session")
def one_worker(django_db_setup):
    """One real prefork worker for the whole run."""
    from config.celery import app

    with process(*WORKER) as child:
        wait_until(lambda: app.control.ping(timeout=0.5), "the worker does not answer")
        yield child


@pytest.fixture
def worker(one_worker):
    """The worker at work; between the tests that ask for it, it takes nothing from the broker."""
    from config.celery import app

    app.control.purge()
    app.control.add_consumer("celery", reply=True)
    yield one_worker
    app.control.cancel_consumer("celery", reply=True)
    time.sleep(1)  # what it waits for right now, it still gets


@pytest.fixture(scope="session")
def web(django_db_setup):
    """The running site's address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = ("-m", "gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--threads", "4", "-w", "1")
    with process(*argv):
        wait_until(lambda: socket.create_connection(("127.0.0.1", port), 1).close() is None, "no site")
        yield f"http://127.0.0.1:{port}"


def wait_until(true, otherwise, seconds=30):
    """Poll until the call is true; what it raises on the way counts as not yet."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(Exception):
            if found := true():
                return found
        time.sleep(0.1)
    raise AssertionError(otherwise)

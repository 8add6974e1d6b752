"""The same delivery from ten processes at once, a worker killed in the middle: each thing happens once."""

import os
import signal
from pathlib import Path

import pytest
from django.conf import settings

from servicing.actions import feed, staff
from servicing.models import Feed, FeedMessage, LedgerEntry, Loan, Payment
from tests.cast import NOON
from tests.conftest import owner, process, wait_until
from tests.servers import DATABASE
from tests.servicing.core import Core, keys_file

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
LOANS = 30

# Ten processes of one parent, each with a connection of its own, all delivering and applying at once.
CROWD = """
import os, sys, django
django.setup()
from pathlib import Path
from servicing.actions import feed, staff
from tests.cast import NOON
seal, body = Path(sys.argv[1]).read_text(), Path(sys.argv[2]).read_bytes()
children = []
for _ in range(10):
    pid = os.fork()
    if pid == 0:
        by = staff.machine("core")
        feed.deliver(source="crowd", seal=seal, body=body, door="https", by=by, at=NOON)
        feed.work(by=by, at=NOON)
        os._exit(0)
    children.append(pid)
sys.exit(any(os.waitpid(pid, 0)[1] for pid in children))
"""
WORKER = """
import django
django.setup()
from servicing.actions import feed, staff
from tests.cast import NOON
feed.work(by=staff.machine("core"), at=NOON)
"""
ENV = {"DJANGO_SETTINGS_MODULE": "config.settings"}


@pytest.fixture
def core():
    """A core of thirty loans, each opened and paid; its key is where other processes look for it."""
    core = Core("crowd")
    for number in range(LOANS):
        core.open(f"L{number}", borrower=f"B{number % 7}")
    for number in range(LOANS):
        core.pay(f"L{number}", "P1")
    path = keys_file(Path(settings.STATE) / "keys" / "feed.json", core)
    yield core
    path.unlink()


def everything_once():
    assert set(FeedMessage.objects.values_list("status", flat=True)) == {"applied"}
    assert Feed.objects.get().next == 2 * LOANS + 1
    assert Loan.objects.filter(status="settled").count() == Payment.objects.count() == LOANS
    acts = LedgerEntry.objects.filter
    assert acts(what="payment.came").count() == acts(what="loan.settled").count() == LOANS
    assert acts(what="feed.received").count() == 1
    applied = acts(what="feed.applied").order_by("pk").values_list("detail__first", "detail__last")
    assert [first for first, _ in applied] == [1, *(last + 1 for _, last in applied)][:-1]


def test_ten_processes_with_the_same_delivery(core, tmp_path):
    seal, body = core.delivery()
    (tmp_path / "seal").write_text(seal)
    (tmp_path / "body").write_bytes(body)
    with process("-c", CROWD, str(tmp_path / "seal"), str(tmp_path / "body"), **ENV) as crowd:
        assert crowd.wait(60) == 0
    everything_once()


def test_a_worker_killed_before_its_commit_and_another_between_handfuls(core):
    core.deliver(at=NOON)
    with owner(DATABASE) as other:
        # Whoever commits needs the ledger's head: the worker has done its handful and waits to say so.
        other.autocommit = False
        other.execute("select * from servicing_ledgerhead for update")
        with process("-c", WORKER, **ENV) as worker:
            wait_until(is_waiting, "the worker does not come to its commit")
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(10)
        # The server would go on to commit for a client that it does not yet know to be dead.
        found = "from pg_stat_activity where datname = %s and wait_event_type = 'Lock'"
        other.execute(f"select pg_terminate_backend(pid) {found}", [DATABASE])
        wait_until(lambda: not is_waiting(), "the killed worker's session stays")
        other.rollback()
    assert Feed.objects.get().next == 1
    assert not Loan.objects.exists()
    with process("-c", WORKER, **ENV) as worker:
        wait_until(lambda: Feed.objects.get().next > 1, "nothing is applied")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)
    wait_until(lambda: not is_busy(), "the killed worker's transaction does not end")
    feed.work(by=staff.machine("core"), at=NOON)
    everything_once()


def is_waiting():
    return activity("wait_event_type = 'Lock'")


def is_busy():
    return activity("state <> 'idle' and xact_start is not null")


def activity(condition):
    with owner() as db:
        query = f"select count(*) from pg_stat_activity where datname = %s and {condition}"  # noqa: S608
        return db.execute(query, [DATABASE]).fetchone()[0]

"""A sender killed at any moment, and many senders against a no: each message once, none after a no."""

import os
import signal
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from servicing.actions import marketing, messages, staff
from servicing.models import LedgerEntry, Message, OptOut, Period, Staff
from tests import fakes, stories
from tests.cast import TODAY
from tests.conftest import wait_until
from tests.racing import RACERS

pytestmark = [pytest.mark.chaos, pytest.mark.django_db(transaction=True)]
BORROWERS, KILLS = 24, 4


def sending(address, seconds):
    """What a process does: send what waits, for so many seconds."""
    host, port = address
    settings.MESSAGES |= {"gateway": "https", "url": f"http://{host}:{port}/", "secret": fakes.SECRET}
    by, end = staff.machine("clock"), time.monotonic() + seconds
    while time.monotonic() < end:
        messages.dispatch(by=by, at=timezone.now(), until=end)
        time.sleep(0.02)


@contextmanager
def sender(twin):
    """A process that sends, killed without a word at the end."""
    child = RACERS.Process(target=sending, args=(twin.address, 60), daemon=True)
    child.start()
    try:
        yield child
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.join(10)


@pytest.fixture
def twin():
    with fakes.https_service() as twin:
        yield twin


@pytest.fixture
def hua(db):
    return Staff.objects.get(username="hua")


def short_claims(seconds):
    Period.objects.create(
        code="message.lease", value=seconds, citation="test", valid_from=TODAY - timedelta(400)
    )


def offers(by, *, each):
    """Borrowers who said yes, and so many offers for each of them."""
    people = [stories.a_borrower(phone=f"1001234{number:04d}") for number in range(BORROWERS)]
    for one in people:
        marketing.opt_in(borrower=one, basis="app", with_profiling=False, by=by, at=timezone.now())
    for number in range(each):
        for one in people:
            messages.queue(
                borrower=one, purpose="marketing", kind="news", key=f"news-{one.pk}-{number}",
                subject="s", body="b", by=by, at=timezone.now(),
            )  # fmt: skip
    return people


def test_senders_killed_in_the_middle_send_each_message_once(twin, hua):
    short_claims(2)
    offers(hua, each=1)
    # Longer than the look below takes to see what came: the sender is killed before it can say so.
    twin.slow = 0.4
    for _kill in range(KILLS):
        before = len(twin.came)
        with sender(twin):
            wait_until(lambda before=before: len(twin.came) > before, "nothing is sent")
    assert Message.objects.filter(status="sending").exists()
    twin.slow = 0
    with sender(twin):
        wait_until(lambda: not Message.objects.exclude(status="sent").exists(), "some are not sent")
    # To whoever takes them each key is one message, however often a killed sender's was given again.
    assert len(set(twin.keys())) == BORROWERS
    assert BORROWERS < len(twin.came) <= BORROWERS + KILLS
    assert LedgerEntry.objects.filter(what="message.sent").count() == BORROWERS


def test_after_a_no_nothing_is_sent_however_many_send(twin, hua):
    lin = Staff.objects.get(username="lin")
    people = offers(hua, each=6)
    twin.slow = 0.01
    said, on_their_way = {}, set()
    with sender(twin), sender(twin), sender(twin), sender(twin):
        wait_until(lambda: len(twin.came) >= BORROWERS // 2, "nobody sends")
        for one in people:
            marketing.opt_out(borrower=one, basis="phone", by=lin, at=timezone.now())
            on_their_way |= set(one.messages.filter(status="sending").values_list("key", flat=True))
            said[str(one.pk)] = time.time()
        wait_until(lambda: not Message.objects.filter(status__in=["queued", "sending"]).exists(), "some wait")
        quiet = len(twin.came)
        time.sleep(0.5)
    assert len(twin.came) == quiet
    # What had been claimed before the no was committed may have been on its way; nothing else.
    late = [one for one in twin.came if one.at > said[one.key.split("-")[1]]]
    assert {one.key for one in late} <= on_their_way
    assert max((one.at - said[one.key.split("-")[1]] for one in late), default=0) < 15
    assert len(twin.came) == len(set(twin.keys())) == Message.objects.filter(status="sent").count()
    gone = Message.objects.filter(status="withdrawn", why="opted_out").count()
    assert gone == 6 * BORROWERS - len(twin.came) > BORROWERS
    assert OptOut.objects.count() == BORROWERS

"""A message from its queue to its end: once by key, repeated where it is safe, else left to a person."""

from datetime import timedelta

import pytest
from django.db import connection

from servicing.actions import messages, processing
from servicing.models import LedgerEntry, Message, Period
from tests import fakes, stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def borrower():
    return stories.a_borrower()


@pytest.fixture
def service(settings):
    with fakes.https_service() as twin:
        fakes.through_service(settings, twin)
        yield twin


@pytest.fixture
def post(settings):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        yield twin


def said(borrower, by, *, key="told-1", **other):
    given = {"purpose": "service", "kind": "told", "subject": "News", "body": "It is mended."} | other
    return messages.queue(borrower=borrower, key=key, by=by, at=NOON, **given)


def send(clock, at=NOON):
    return messages.dispatch(by=clock, at=at)


def as_if_killed(message):
    """Its worker has claimed it and is gone, and the claim has run out."""
    row = "update servicing_message set status='sending', gateway=%s, attempts=1"
    gateway = "smtp" if message.key.startswith("mail") else "https"
    with connection.cursor() as cursor:
        cursor.execute(f"{row}, leased_until=now()-'1s'::interval where id=%s", [gateway, message.pk])


def sooner(message):
    """Its next try is due."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update servicing_message set next_at = now() - '1s'::interval where id = %s", [message.pk]
        )


def test_a_message_is_sent_once_and_forgets_its_words(borrower, hua, clock, service):
    message = said(borrower, hua)
    assert said(borrower, hua, body="other words") == message
    assert b"mended" not in bytes(message.body)
    assert (send(clock), send(clock)) == (1, 0)
    (came,) = service.came
    assert (came.key, came.to, came.body) == ("told-1", stories.PHONE, "It is mended.")
    message.refresh_from_db()
    assert (message.status, message.body, message.attempts) == ("sent", None, 1)
    assert message.sent_at >= NOON
    acts = LedgerEntry.objects.about(borrower).order_by("pk").values_list("what", flat=True)
    assert list(acts) == ["message.queued", "message.sent"]


def test_a_key_that_could_be_no_file_is_refused(borrower, hua):
    with pytest.raises(ValueError, match="passwd"):
        said(borrower, hua, key="../passwd")


def test_without_a_gateway_messages_wait(borrower, hua, clock, settings):
    settings.MESSAGES = settings.MESSAGES | {"gateway": ""}
    said(borrower, hua)
    assert send(clock) == 0
    assert Message.objects.get().status == "queued"


def test_who_is_restricted_or_has_no_number_is_sent_nothing(borrower, hua, pei, clock, service):
    waits = said(borrower, hua)
    processing.restrict(
        borrower=borrower, ground="dispute", reason="the person disputes it", until_on=None, by=pei, at=NOON
    )
    with pytest.raises(messages.NotAllowed, match="restricted"):
        said(borrower, hua, key="told-2")
    with pytest.raises(messages.NotAllowed, match="no_phone"):
        said(stories.a_borrower(phone=""), hua, key="told-3")
    assert send(clock) == 0
    waits.refresh_from_db()
    assert (waits.status, waits.why, service.came) == ("withdrawn", "restricted", [])


def test_a_withdrawn_message_never_leaves(borrower, hua, clock, service):
    said(borrower, hua)
    said(borrower, hua, key="survey-1", kind="survey")
    gone = messages.withdraw(
        borrower=borrower, purpose="service", kind="survey", why="complaint", by=hua, at=NOON
    )
    assert gone == 1
    assert send(clock) == 1
    assert service.keys() == ["told-1"]


def test_trouble_is_tried_again_later_and_in_the_end_left_to_a_person(borrower, hua, clock, service):
    service.answers = [(500, {})] * 5
    message = said(borrower, hua)
    for attempt in range(1, 6):
        assert (send(clock), send(clock)) == (0, 0)
        message.refresh_from_db()
        assert message.attempts == attempt
        if message.status == "queued":
            sooner(message)
    assert (message.status, message.why) == ("failed", "trouble")
    messages.resend(message=message, by=hua, at=NOON)
    assert send(clock) == 1
    assert service.keys() == ["told-1"]


def test_a_gateway_that_asks_for_patience_gets_it_for_all_and_no_attempt_is_lost(
    borrower, hua, clock, service
):
    service.answers = [(429, {"Retry-After": "60"})]
    first = said(borrower, hua)
    said(stories.a_borrower(phone="10000000007"), hua, key="told-2")
    assert send(clock) == 0
    first.refresh_from_db()
    assert (first.status, first.why, first.attempts) == ("queued", "busy", 0)
    assert service.came == []
    sooner(first)
    assert send(clock) == 2


def test_a_killed_workers_message_is_given_again_under_the_same_key(borrower, hua, clock, service):
    message = said(borrower, hua)
    as_if_killed(message)
    assert send(clock) == 1
    message.refresh_from_db()
    assert (message.status, message.attempts, service.keys()) == ("sent", 2, ["told-1"])


def test_a_killed_workers_mail_is_left_to_a_person(borrower, hua, lin, clock, post):
    message = said(borrower, hua, key="mail-1")
    as_if_killed(message)
    assert send(clock) == 0
    message.refresh_from_db()
    assert (message.status, message.why, post.came) == ("unknown", "cut_off", [])
    with pytest.raises(messages.NotAllowed, match="right"):
        messages.mark_sent(message=message, by=lin, at=NOON)
    messages.mark_sent(message=message, by=hua, at=NOON)
    with pytest.raises(messages.NotAllowed, match="over"):
        messages.resend(message=message, by=hua, at=NOON)
    message.refresh_from_db()
    assert (message.status, message.body, message.settled_by) == ("sent", None, hua)


def test_a_mail_that_nobody_knows_of_can_be_dropped(borrower, hua, clock, post):
    post.answers = [None]
    message = said(borrower, hua, key="mail-1")
    assert send(clock) == 0
    message.refresh_from_db()
    assert message.status == "unknown"
    messages.drop(message=message, by=hua, at=NOON)
    assert Message.objects.get().status == "withdrawn"
    assert send(clock) == 0


def test_what_another_gateway_had_begun_is_not_begun_again(borrower, hua, clock, settings, tmp_path):
    message = said(borrower, hua)
    as_if_killed(message)
    fakes.through_folder(settings, tmp_path)
    assert send(clock) == 0
    message.refresh_from_db()
    assert message.status == "unknown"
    assert list(tmp_path.iterdir()) == []


def test_a_message_withdrawn_while_it_is_sent_is_not_tried_again(borrower, hua, clock, service, monkeypatch):
    message = said(borrower, hua)
    service.answers = [(500, {})]
    real = messages.sending.gateways.Service.ask

    def meanwhile(self, connection, letter):
        messages.withdraw(borrower=borrower, purpose="service", why="complaint", by=hua, at=NOON)
        real(self, connection, letter)

    monkeypatch.setattr(messages.sending.gateways.Service, "ask", meanwhile)
    assert send(clock) == 0
    message.refresh_from_db()
    assert (message.status, message.why) == ("withdrawn", "complaint")


def test_whoever_comes_late_to_a_claim_lets_it_be(borrower, hua, clock, service, monkeypatch):
    said(borrower, hua)
    monkeypatch.setattr(messages.sending, "BEGINS_WITHIN", 0)
    assert send(clock, at=NOON + timedelta(seconds=1)) == 0
    assert service.came == []


def test_a_no_while_the_mail_server_takes_its_time_comes_before_the_words(
    borrower, hua, clock, post, monkeypatch
):
    message = said(borrower, hua, key="mail-1")
    real = messages.sending.gateways.Conversation.rcpt

    def meanwhile(self, *args):
        messages.withdraw(borrower=borrower, purpose="service", why="opted_out", by=hua, at=NOON)
        return real(self, *args)

    monkeypatch.setattr(messages.sending.gateways.Conversation, "rcpt", meanwhile)
    assert send(clock) == 0
    message.refresh_from_db()
    assert (message.status, message.why, post.came) == ("withdrawn", "opted_out", [])


def test_one_message_that_is_put_off_again_and_again_keeps_no_other_back(borrower, hua, clock, service):
    Period.objects.create(code="message.rounds", value=2, citation="test", valid_from=TODAY)
    first = said(borrower, hua)
    said(stories.a_borrower(phone="10000000007"), hua, key="told-2")
    service.answers = [(429, {"Retry-After": "3600"})]
    assert send(clock) == 0
    sooner(first)
    service.answers = [(200, {}), (429, {"Retry-After": "3600"})]
    assert send(clock) == 1
    first.refresh_from_db()
    assert (service.keys(), first.status, first.why, first.attempts) == (["told-2"], "failed", "busy", 1)
    messages.resend(message=first, by=hua, at=NOON)
    assert send(clock) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_gateway_that_does_not_know_us_fails_no_message_and_alarms(
    borrower, hua, clock, service, client, status
):
    first = said(borrower, hua)
    said(stories.a_borrower(phone="10000000007"), hua, key="told-2")
    service.answers = [(status, {})]
    assert send(clock) == 0
    first.refresh_from_db()
    assert (first.status, first.why, first.attempts, service.came) == ("queued", "shut_out", 0, [])
    client.force_login(hua)
    assert client.get("/").context["shut_out_messages"] == 1
    sooner(first)
    assert send(clock) == 2
    assert client.get("/").context["shut_out_messages"] == 0


def test_a_last_attempt_whose_worker_died_may_have_left(borrower, hua, clock, service):
    message = said(borrower, hua)
    as_if_killed(message)
    Message.objects.update(attempts=5)
    assert send(clock) == 0
    message.refresh_from_db()
    assert (message.status, message.why, service.came) == ("unknown", "cut_off", [])

"""Each street to borrowers, driven against a real server or folder: sent, surely not sent, not known."""

import json
import smtplib
import socket
import time
from dataclasses import replace

import pytest
from django.core.exceptions import ImproperlyConfigured

from servicing.domain.messages import Letter
from servicing.gateways import messages as gateways
from tests import fakes

LETTER = Letter(key="survey-7", kind="survey", to="10012345678", subject="问卷", body="请点此作答")


def test_a_file_is_named_by_its_key_and_the_same_key_is_one_file(settings, tmp_path):
    fakes.through_folder(settings, tmp_path / "drop")
    gateway = gateways.chosen()
    gateway.send(LETTER)
    gateway.send(LETTER)
    (path,) = (tmp_path / "drop").iterdir()
    assert path.name == "survey-7.json"
    assert path.stat().st_mode & 0o077 == 0
    assert json.loads(path.read_text()) == {
        "key": "survey-7", "kind": "survey", "to": "10012345678", "subject": "问卷", "body": "请点此作答",
    }  # fmt: skip


def test_a_folder_that_cannot_be_written_has_sent_nothing(settings, tmp_path):
    (tmp_path / "drop").write_text("a file in the way")
    fakes.through_folder(settings, tmp_path / "drop")
    with pytest.raises(gateways.NotSent, match="away"):
        gateways.chosen().send(LETTER)


def test_a_service_gets_a_signed_request(settings):
    with fakes.https_service() as twin:
        fakes.through_service(settings, twin)
        gateways.chosen().send(LETTER)
    assert [(one.key, one.to, one.body) for one in twin.came] == [(LETTER.key, LETTER.to, LETTER.body)]


@pytest.mark.parametrize(
    ("answer", "code", "wait", "is_final"),
    [
        ((429, {"Retry-After": "17"}), "busy", 17, False),
        ((503, {}), "busy", 30, False),
        ((500, {}), "trouble", None, False),
        ((409, {}), "trouble", None, False),
        ((400, {}), "refused", None, True),
        ((401, {}), "shut_out", 300, False),
        # Nobody is sent on with a number in the hand.
        ((307, {"Location": "http://127.0.0.1:1/"}), "refused", None, True),
        ((None, {}), "away", None, False),
    ],
)
def test_what_a_service_answers(settings, answer, code, wait, is_final):
    with fakes.https_service() as twin:
        fakes.through_service(settings, twin)
        twin.answers = [answer]
        with pytest.raises(gateways.NotSent) as refused:
            gateways.chosen().send(LETTER)
    assert (refused.value.code, refused.value.wait, refused.value.is_final) == (code, wait, is_final)


def test_a_service_that_is_away_or_silent_has_surely_taken_nothing_for_good(settings, monkeypatch):
    monkeypatch.setattr(gateways, "CONNECT", 0.2)
    monkeypatch.setattr(gateways, "READ", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        for listening in (False, True):
            if listening:
                taken.listen()
            settings.MESSAGES = settings.MESSAGES | {
                "gateway": "https",
                "url": f"http://127.0.0.1:{taken.getsockname()[1]}",
                "secret": fakes.SECRET,
            }
            with pytest.raises(gateways.NotSent, match="away"):
                gateways.chosen().send(LETTER)


def test_only_a_demonstration_speaks_in_the_plain(settings):
    with fakes.https_service() as twin:
        fakes.through_service(settings, twin)
        settings.PLAIN_HTTP = False
        with pytest.raises(ImproperlyConfigured, match="HTTPS"):
            gateways.chosen()


@pytest.mark.parametrize("wrong", [{"gateway": "fax"}, {"url": ""}, {"secret": "short"}])
def test_a_gateway_that_cannot_work_keeps_messages_waiting(settings, wrong):
    usual = {"gateway": "https", "url": "https://sms.example/", "secret": fakes.SECRET}
    settings.MESSAGES = settings.MESSAGES | usual | wrong
    with pytest.raises(ImproperlyConfigured):
        gateways.chosen()


def test_a_mail_goes_to_the_mailbox_of_the_number(settings):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        gateways.chosen().send(LETTER)
    (mail,) = twin.came
    assert (mail.key, mail.to) == ("<survey-7@lender.example>", "10012345678@box.example")
    assert mail.body == LETTER.body


@pytest.mark.parametrize(("answer", "is_final"), [("451 later", False), ("554 never", True)])
def test_a_mail_that_the_server_does_not_take_was_not_sent(settings, answer, is_final):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        twin.answers = [answer]
        with pytest.raises(gateways.NotSent) as refused:
            gateways.chosen().send(LETTER)
    assert refused.value.is_final is is_final


def test_what_no_mail_can_hold_was_surely_not_sent(settings):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        with pytest.raises(gateways.NotSent) as refused:
            gateways.chosen().send(replace(LETTER, subject="News\r\nBcc: x@evil.example"))
    assert (refused.value.is_final, twin.came) == (True, [])


def test_whatever_fails_once_the_server_listens_is_not_known(settings, monkeypatch):
    monkeypatch.setattr(smtplib.SMTP, "data", lambda *_args, **_more: {}["x"])
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        with pytest.raises(gateways.NotKnown):
            gateways.chosen().send(LETTER)


def test_no_mail_server_no_mail(settings):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
    with pytest.raises(gateways.NotSent, match="away"):
        gateways.chosen().send(LETTER)


def test_nobody_knows_what_became_of_a_mail_when_the_server_hangs_up(settings):
    with fakes.mail_server() as twin:
        fakes.through_mail(settings, twin)
        twin.answers = [None]
        with pytest.raises(gateways.NotKnown):
            gateways.chosen().send(LETTER)


def test_where_no_gateway_is_set_there_is_none(settings):
    settings.MESSAGES = settings.MESSAGES | {"gateway": ""}
    assert gateways.chosen() is None


@pytest.fixture(params=["mail", "service", "folder"])
def street(request, settings, tmp_path):
    """Each gateway, and how to look what came."""
    if request.param == "folder":
        fakes.through_folder(settings, tmp_path / "drop")
        yield lambda: [path.name for path in (tmp_path / "drop").iterdir()]
        return
    open_twin, through = {
        "mail": (fakes.mail_server, fakes.through_mail),
        "service": (fakes.https_service, fakes.through_service),
    }[request.param]
    with open_twin() as twin:
        through(settings, twin)
        yield twin.keys


def test_nothing_leaves_once_nobody_wants_it_or_its_time_is_over(street):
    for refused in ({"still": lambda: False}, {"until": time.monotonic()}):
        with pytest.raises(gateways.NotSent, match="away"):
            gateways.chosen().send(LETTER, **refused)
    assert street() == []
    gateways.chosen().send(LETTER)
    assert len(street()) == 1


def test_a_mail_server_that_drips_is_cut_off_at_the_end_of_the_claim(settings):
    """Each line comes soon, so no wait for one of them ever ends it."""
    with fakes.dripping() as twin:
        fakes.through_mail(settings, twin)
        began = time.monotonic()
        with pytest.raises(gateways.NotSent, match="away"):
            gateways.chosen().send(LETTER, until=began + 0.5)
    assert time.monotonic() - began < 3


def test_a_service_that_drips_has_said_all_with_its_status(settings):
    with fakes.dripping() as twin:
        fakes.through_service(settings, twin)
        began = time.monotonic()
        gateways.chosen().send(LETTER, until=began + 0.5)
    assert time.monotonic() - began < 3

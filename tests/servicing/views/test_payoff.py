"""After a payoff: steps that people tick, certificates that are printed, and the door that verifies them."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from servicing import tasks
from servicing.actions import archive, throttle
from servicing.actions.archive import certificates
from servicing.models import Knock, LedgerEntry, PayoffStep, Period
from servicing.templatetags import faces
from tests import stories
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid


@pytest.fixture(autouse=True)
def today(monkeypatch):
    """Today where nobody says when."""
    day = timezone.localdate
    monkeypatch.setattr(
        "django.utils.timezone.localdate", lambda at=None, zone=None: day(at, zone) if at else TODAY
    )


@pytest.fixture
def loan(operator):
    """Settled by a payment that came today, so its steps are ours to do."""
    loan = open_loan(by=operator, payments=[paid("P1", date(2026, 10, 1))])
    archive.pay(loan=loan, paid=paid("P2", date(2026, 11, 20)), by=operator, at=NOON)
    loan.refresh_from_db()
    return loan


def sent(client, person, url, **data):
    client.force_login(person)
    return client.post(url, data, follow=True)


def issue(client, person, loan):
    response = sent(client, person, f"/loans/{loan.pk}/certificate/")
    return response, loan.certificates.get()


def words(response):
    return [str(message) for message in response.context["messages"]]


# --- Steps ------------------------------------------------------------------------------------------------


def read(client, person, loan):
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client.get(f"/loans/{loan.pk}/").content.decode()


def test_who_stands_for_a_settled_loan_is_told_as_it_is_known(client, loan, wei):
    loan.guarantors.create(external_id="G1")
    assert "not released yet" in read(client, wei, loan)
    loan.steps.all().delete()
    page = read(client, wei, loan)
    assert "release not known to us" in page
    assert "more than 30 days old when it came in with a file" in page
    assert "stands for this loan" not in page


def test_once_a_certificate_exists_the_form_opens_it(client, loan, lin):
    first = 'class="button first" href="#certificates"'
    assert first in (page := read(client, lin, loan))
    assert "Issue a payoff certificate" in page
    _sheet, certificate = issue(client, lin, loan)
    page = read(client, lin, loan)
    assert first not in page
    assert f"Certificate {certificate.number} is valid" in page
    assert "Open the certificate" in page
    assert "Issue a payoff certificate" not in page


@pytest.mark.parametrize("who", ["lin", "hua", "wei", "ana"])
def test_whoever_may_ticks_a_step_with_a_note(client, loan, who, request):
    person = request.getfixturevalue(who)
    response = sent(client, person, f"/loans/{loan.pk}/steps/mandate/", note="call 10012345678 back")
    step = PayoffStep.objects.get(loan=loan, kind="mandate")
    assert (step.status, step.done_by) == ("done", person)
    assert "10012345678" not in step.note
    assert len(words(response)) == 1


def test_a_step_is_dated_between_the_payoff_and_today(client, loan, lin):
    url = f"/loans/{loan.pk}/steps/mandate/"
    for day in ("2026-11-19", "2026-11-24", "yesterday"):
        refused = sent(client, lin, url, on=day)
        assert refused.status_code == 422
        assert 'id="wrong-mandate" role="alert"' in refused.content.decode()
    sent(client, lin, url, on="2026-11-21")
    assert loan.steps.get(kind="mandate").done_on == date(2026, 11, 21)
    sent(client, lin, f"/loans/{loan.pk}/steps/reminders/")
    assert loan.steps.get(kind="reminders").done_on == TODAY


def test_ticking_twice_changes_nothing_and_the_last_one_says_so(client, loan, lin, hua):
    for kind in loan.steps.values_list("kind", flat=True):
        response = sent(client, lin, f"/loans/{loan.pk}/steps/{kind}/")
    assert "已无待办" in words(response)[0]
    sent(client, hua, f"/loans/{loan.pk}/steps/mandate/")
    assert PayoffStep.objects.get(loan=loan, kind="mandate").done_by == lin
    assert LedgerEntry.objects.filter(what="step.done").count() == loan.steps.count()


def test_a_step_that_does_not_exist_is_not_found_and_one_that_is_gone_is_explained(
    client, loan, lin, operator
):
    assert sent(client, lin, f"/loans/{loan.pk}/steps/dance/").status_code == 404
    archive.reverse(loan=loan, external_id="P2", on=TODAY, by=operator, at=NOON)
    assert sent(client, lin, f"/loans/{loan.pk}/steps/mandate/").context["messages"]


# --- Certificates -------------------------------------------------------------------------------------------


def test_a_certificate_is_previewed_masked_and_printed_in_full(client, loan, lin):
    preview, certificate = issue(client, lin, loan)
    assert preview.request["PATH_INFO"] == f"/certificates/{certificate.number}/"
    code = certificates.code_of(certificate)
    html = preview.content.decode()
    assert "张**" in html
    assert code[:5] not in html
    sheet = sent(client, lin, f"/certificates/{certificate.number}/").content.decode()
    assert "张三" in sheet
    assert f"{code[:5]} {code[5:]}" in sheet


def test_each_print_leaves_a_row_and_a_look_at_the_preview_does_not(client, loan, lin):
    _preview, certificate = issue(client, lin, loan)
    assert stories.acts("borrower.revealed") == []
    for _ in range(2):
        sent(client, lin, f"/certificates/{certificate.number}/")
    assert [entry.detail["words"] for entry in stories.acts("borrower.revealed")] == [certificate.number] * 2


@pytest.mark.parametrize("who", ["wei", "pei", "ada", "max_", "tom"])
def test_who_may_not_issue_gets_no_certificate(client, loan, who, request):
    assert sent(client, request.getfixturevalue(who), f"/loans/{loan.pk}/certificate/").status_code == 403
    assert not loan.certificates.exists()


def test_an_open_loan_gets_none(client, lin, operator):
    loan = open_loan("L9", by=operator)
    assert len(words(sent(client, lin, f"/loans/{loan.pk}/certificate/"))) == 1
    assert not loan.certificates.exists()


def test_it_never_calls_repaid_what_a_guarantor_paid(client, lin, operator):
    loan = open_loan("L9", by=operator, guarantors=["G1"], payments=[paid("P1", date(2026, 10, 1))])
    archive.pay(loan=loan, paid=paid("P2", TODAY, origin="guarantor"), by=operator, at=NOON)
    html = issue(client, lin, loan)[0].content.decode()
    assert "担保人代偿" in html
    assert "借款人已全额偿还" not in html


def test_a_lead_revokes_with_a_reason_and_nothing_prints_any_more(client, loan, lin, hua):
    _preview, certificate = issue(client, lin, loan)
    url = f"/certificates/{certificate.number}/"
    assert sent(client, lin, f"{url}revoke/", reason="handed to the wrong person").status_code == 403
    for reason in ("short", "", "why not " * 30, "handed to\0the wrong person", ". . . . . . . ."):
        assert sent(client, hua, f"{url}revoke/", reason=reason).status_code == 422
    sent(client, hua, f"{url}revoke/", reason="handed to the wrong person")
    assert "张三" not in sent(client, lin, url).content.decode()
    assert stories.acts("borrower.revealed") == []


# --- The public door ----------------------------------------------------------------------------------------


def asked(number, code, address="192.0.2.1"):
    return Client(REMOTE_ADDR=address).post("/verify/", {"number": number, "code": code})


def said(response):
    """The answer without what was typed, the token of the form and the nonce of the page."""
    return re.sub(r'(value|nonce)="[^"]*"', "", response.content.decode())


def test_anybody_verifies_with_number_and_code(client, loan, lin, hua, operator):
    _preview, certificate = issue(client, lin, loan)
    code = certificates.code_of(certificate)
    html = asked(certificate.number.lower().replace("-", " "), f"{code[:5]}-{code[5:]}").content.decode()
    assert "有效" in html
    assert "张**" in html
    assert "张三" not in html
    for printed in (str(loan.source), faces.money(loan.principal), faces.day(loan.disbursed_on)):
        assert printed in html
    sent(client, hua, f"/certificates/{certificate.number}/revoke/", reason="handed to the wrong person")
    html = asked(certificate.number, code).content.decode()
    assert "已被出具机构撤销" in html
    assert "张**" not in html


def test_a_superseded_one_says_so(client, loan, lin, operator):
    _preview, certificate = issue(client, lin, loan)
    code = certificates.code_of(certificate)
    earlier = paid("P3", date(2026, 10, 30))
    archive.pay(loan=loan, paid=earlier, by=operator, at=NOON)
    html = asked(certificate.number, code).content.decode()
    assert "此后已更正" in html


def test_a_wrong_number_and_a_wrong_code_are_answered_alike(client, loan, lin):
    _preview, certificate = issue(client, lin, loan)
    wrong_code = said(asked(certificate.number, "0000000000"))
    assert (
        wrong_code == said(asked("JQ-2026-999999-0", "0000000000")) == said(asked("nonsense", "0000000000"))
    )
    assert "没有与该编号" in wrong_code


@pytest.fixture
def noon(db, monkeypatch):
    """One slot of the throttle, whatever the clock on the wall."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def test_an_address_is_throttled_and_kept_nowhere(noon):
    Period.objects.create(code="verify.tries", value=3, valid_from=date(2020, 1, 1))
    assert [asked("X", "Y").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert asked("X", "Y", address="192.0.2.2").status_code == 200
    assert b"192.0.2.1" not in b"".join(bytes(knock.who) for knock in Knock.objects.all())


def test_what_counts_today_is_what_counts_in_the_house(db):
    Period.objects.create(code="verify.tries", value=9, valid_from=date(2020, 1, 1))
    Period.objects.create(code="verify.tries", value=1, valid_from=date(2026, 11, 24))
    evening = datetime(2026, 11, 23, 17, tzinfo=UTC)  # past midnight in Beijing
    assert [throttle.knock("verify", "192.0.2.1", at=evening) for _ in range(2)] == [True, False]


def test_a_network_of_ipv6_is_one_caller(noon):
    Period.objects.create(code="verify.tries", value=2, valid_from=date(2020, 1, 1))
    near = [asked("X", "Y", address=f"2001:db8:1:1::{n}").status_code for n in range(1, 4)]
    assert near == [200, 200, 429]
    assert asked("X", "Y", address="2001:db8:1:2::1").status_code == 200


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("2001:DB8::1", "2001:db8:0:0:ffff::1", True),
        ("fe80::1%eth0", "fe80::2", True),
        ("", "unix:", False),
    ],
)
def test_who_counts_as_one_caller(one, other, same):
    assert (throttle.caller(one) == throttle.caller(other)) is same


def test_who_is_throttled_is_told_how_long(noon):
    for code, value in (("verify.tries", 1), ("verify.minutes", 7)):
        Period.objects.create(code=code, value=value, valid_from=date(2020, 1, 1))
    assert "7 分钟" in [asked("X", "Y") for _ in range(2)][-1].content.decode()


def test_old_knocks_are_swept(noon, clock):
    asked("X", "Y")
    Knock.objects.update(slot_at=NOON - timedelta(days=1, seconds=1))
    tasks.sweep()
    assert not Knock.objects.exists()


def test_all_that_is_open_stands_in_one_list(client, lin, operator, loan):
    def listed(query=""):
        client.force_login(lin)
        return client.get(f"/steps/{query}").content.decode().count("<tr data-href")

    assert (listed(), listed("?kind=mandate"), listed("?due_to=2026-11-20")) == (3, 1, 0)
    archive.step_done(loan=loan, kind="mandate", on=TODAY, by=operator, at=NOON)
    assert (listed(), listed("?kind=mandate")) == (2, 0)

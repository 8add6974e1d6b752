"""The feed's door for machines and its pages for people."""

import http.client
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.utils import timezone

from reviews.models import PortfolioDay
from servicing.actions import feed
from servicing.domain.feed.envelope import LARGEST
from servicing.models import FeedDay, FeedMessage, FeedRefusal, Loan, Period
from tests import stories
from tests.cast import NOON, TODAY
from tests.servicing.core import NAME, NATIONAL_ID, PHONE, Core, keys_file

pytestmark = pytest.mark.django_db


# --- The door ----------------------------------------------------------------------------------------


@pytest.fixture
def core(settings, tmp_path):
    core = Core()
    settings.FEED_KEYS = keys_file(tmp_path / "feed.json", core)
    core.open("L1", name=NAME, national_id=NATIONAL_ID, phone=PHONE)
    core.pay("L1", "P1")
    return core


def post(client, seal, body, source="core", **headers):
    return client.post(
        f"/feed/{source}/", body, content_type="application/x-ndjson", headers={"Feed-Seal": seal} | headers
    )


def test_the_core_is_told_what_is_missing(client, core):
    assert post(client, *core.delivery(2, 2)).json() == {"next": 1}
    assert post(client, *core.delivery(1, 1)).json() == {"next": 3}
    assert post(client, *core.delivery(1, 2)).json() == {"next": 3}


def test_the_door_only_takes_posts_and_needs_no_cookie(client, core):
    assert client.get("/feed/core/").status_code == 405
    answer = post(client, *core.delivery())
    assert answer.status_code == 200
    assert not answer.cookies


def test_a_forged_delivery_is_refused_without_an_echo(client, core):
    seal, body = core.delivery()
    for answer in (post(client, seal, body + b" "), post(client, seal, body, source="nowhere")):
        assert (answer.status_code, answer.json()) == (401, {"error": "forged", "line": None})
    assert not FeedMessage.objects.exists()


def test_a_line_that_cannot_be_read_is_named_by_its_number_alone(client, core):
    body = core.body(1, 1) + f'{{"sequence": 2, "kind": "{NAME}"}}\n'.encode()
    answer = post(client, core.sign(1, 2, body), body)
    assert (answer.status_code, answer.json()) == (
        422,
        {"error": "bad_kind", "line": 2, "faults": [[2, "bad_kind"]]},
    )


def test_a_huge_body_is_not_even_read(client, core):
    body = b" " * (LARGEST + 1)
    assert post(client, "", body).status_code == 413
    assert not FeedRefusal.objects.exists()


def test_who_knocks_too_often_is_not_listened_to(client, core):
    Period.objects.create(code="feed.knocks", value=3, citation="test", valid_from=TODAY)
    seal, body = core.delivery()
    assert [post(client, "", body).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert post(client, "", body, source="elsewhere").status_code == 401
    assert FeedRefusal.objects.count() == 4
    assert post(client, seal, body).status_code == 200  # the true core, behind the same address


def test_a_broken_keys_file_asks_the_core_to_come_again(client, core, settings):
    Path(settings.FEED_KEYS).write_text("{")
    assert post(client, *core.delivery()).status_code == 503


@pytest.mark.worker
@pytest.mark.django_db(transaction=True)
def test_a_real_client_at_the_running_site(web, worker):
    """Over a socket, beside a real worker that applies what came in."""
    core = Core("wire")
    core.open("L1", borrower="W1")
    core.pay("L1", "P1")
    path = Path(settings.STATE) / "keys" / "feed.json"
    keys_file(path, core)
    try:
        seal, body = core.delivery()
        spoilt = say(web, "wire", seal, body.replace(b"100.00", b"999.00"))
        assert spoilt == (401, {"error": "forged", "line": None})
        assert say(web, "wire", seal, body[: len(body) // 2]) == (
            401,
            {"error": "forged", "line": None},
        )
        assert [say(web, "wire", seal, body) for _ in range(2)] == [(200, {"next": 3})] * 2
        from tests.conftest import wait_until

        wait_until(lambda: Loan.objects.get(external_id="L1").status == "settled", "nobody applied it")
        assert FeedMessage.objects.filter(status="applied").count() == 2
    finally:
        path.unlink()


def say(web, source, seal, body):
    """(status, answer) of a POST by a client that knows nothing of Django."""
    line = http.client.HTTPConnection(urlsplit(web).netloc, timeout=10)
    line.request("POST", f"/feed/{source}/", body, {"Feed-Seal": seal})
    answer = line.getresponse()
    return answer.status, json.loads(answer.read())


# --- The pages ---------------------------------------------------------------------------------------


@pytest.fixture
def trouble(db):
    return stories.a_feed()


def text(client, person, url):
    client.force_login(person)
    answer = client.get(url, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.fixture
def english(client):
    client.cookies["django_language"] = "en"
    return client


def test_trouble_shows_on_today_the_feed_and_the_recheck(english, wei, max_, lin, trouble):
    for url in ("/", "/feeds/", "/coverage/"):
        assert "1 message was refused" in text(english, wei, url)
    assert "Coverage is stale" in text(english, wei, "/coverage/")
    assert "1 message was refused" in text(english, max_, "/")
    assert "message was refused" not in text(english, lin, "/")


def test_without_trouble_nothing_is_stale(english, wei):
    assert "Coverage is stale" not in text(english, wei, "/recheck/")
    assert "No loan core is connected" in text(english, wei, "/feeds/")


def test_a_day_shows_both_sides(english, max_, trouble):
    page = text(english, max_, f"/feeds/days/{trouble[1].pk}/")
    assert "payments: the core has 1 (5.00), we have 0 (0.00)." in page
    assert "different" in page
    listed = " ".join(text(english, max_, "/feeds/").split())
    assert 'data-label="their count">1</td>' in listed
    assert 'data-label="our count">0</td>' in listed
    assert 'data-label="their amount">5.00</td>' in listed


def test_a_message_leads_to_its_loan(english, wei, core):
    post(english, *core.delivery(1, 2))
    feed.work(by=wei, at=timezone.now())
    loan = Loan.objects.get(external_id="L1")
    assert f'<a href="/loans/{loan.pk}/">L1</a>' in text(english, wei, "/feeds/messages/")


def test_each_line_that_cannot_be_read_is_named_on_the_page(english, wei, core):
    body = core.body(1, 1) + b'{"sequence": 2}\n{"sequence": 3, "kind": "a.b"}\n'
    post(english, core.sign(1, 3, body), body)
    page = text(english, wei, "/feeds/")
    assert "line 2: has a line whose kind is no code<br>line 3: has a line without an instant" in page


def test_messages_are_filtered(english, wei, trouble):
    assert "no such loan is on file" in text(english, wei, "/feeds/messages/?status=refused")
    assert "Nothing matches" in text(english, wei, "/feeds/messages/?status=held")
    assert "no such loan is on file" in text(english, wei, f"/feeds/messages/?loan=L9&day={TODAY}")
    assert "Nothing matches" in text(english, wei, "/feeds/messages/?differs=true")


def test_the_lead_mends_what_the_officer_may_only_see(english, wei, ana, trouble):
    message, day = trouble
    assert "Try again" not in text(english, wei, f"/feeds/messages/{message.pk}/")
    assert "Try again" in text(english, ana, f"/feeds/messages/{message.pk}/")
    english.post(f"/feeds/messages/{message.pk}/retry/")
    assert FeedMessage.objects.get().status == "refused"
    english.post(f"/feeds/messages/{message.pk}/skip/", {"reason": "short"})
    assert FeedMessage.objects.get().status == "refused"
    english.post(f"/feeds/messages/{message.pk}/skip/", {"reason": "the core has withdrawn it"})
    assert FeedMessage.objects.get().status == "skipped"
    english.post(f"/feeds/days/{day.pk}/accept/", {"reason": "the core has withdrawn it"})
    assert FeedDay.objects.get().accepted_by == ana
    assert feed.troubles(at=NOON) == []


def test_the_lead_passes_over_what_never_comes(english, wei, ana, core):
    core.deliver(2, 2, at=NOON)
    assert "These numbers will never come" not in text(english, wei, "/feeds/")
    assert "These numbers will never come" in text(english, ana, "/feeds/")
    pk = FeedMessage.objects.get().feed_id
    english.post(f"/feeds/{pk}/pass/", {"last": "2", "reason": "the core has lost number one"})
    assert "Only missing numbers can be passed over" in text(english, ana, "/feeds/")
    english.post(f"/feeds/{pk}/pass/", {"last": "1", "reason": "the core has lost number one"})
    assert FeedMessage.objects.get(sequence=1).mended_by == ana


def test_a_number_with_two_contents_is_settled_by_the_lead(english, ana, trouble):
    FeedMessage.objects.update(differs_at=timezone.now(), status="applied", body=None, applied_at=NOON)
    page = text(english, ana, f"/feeds/messages/{trouble[0].pk}/")
    assert "Keep the first content" in page
    english.post(f"/feeds/messages/{trouble[0].pk}/keep/", {"reason": "the second one was a test"})
    assert FeedMessage.objects.get().differs_at is None


STALE = ("/coverage/", "/recheck/", "/monitor/", "/book/")


@pytest.mark.parametrize("url", STALE)
def test_what_stands_on_the_feed_says_that_it_is_stale(english, wei, url):
    PortfolioDay.objects.create(as_of=TODAY, cohort=TODAY.replace(day=1), borrowers=1)
    assert " stale." not in text(english, wei, url)
    stories.a_feed()
    page = text(english, wei, url)
    assert " stale." in page
    assert "1 message was refused" in page


def test_an_open_monitor_learns_that_it_is_stale(english, wei):
    shown = re.findall(r'name="seen" value="(\w+)"', text(english, wei, "/monitor/"))
    stories.a_feed()
    live = english.get("/monitor/live/", {"seen": shown}, headers={"Accept-Language": "en"})
    assert re.findall(r'<div id="part-(\w+)"', live.content.decode()) == ["stale"]
    assert "1 message was refused" in live.content.decode()


@pytest.fixture
def paid(core, wei):
    """A loan of the core that is settled, in a feed that is in order."""
    core.deliver()
    feed.work(by=wei, at=timezone.now())
    return Loan.objects.get(external_id="L1")


LATER = "2026-10-02T10:00:00+08:00"
ISSUE = "Issue a payoff certificate"


def test_a_loan_and_its_certificate_tell_of_a_gap(english, ana, core, paid):
    page = text(english, ana, f"/loans/{paid.pk}/")
    assert ISSUE in page
    assert "out of date" not in page
    core.pay("L2", "P9")
    reversal = core.say(
        "payment.reversed", "2026-10-02T10:00:00+08:00", "L1", payment_id="P1", amount="100.00"
    )
    core.deliver(reversal, reversal)
    page = text(english, ana, f"/loans/{paid.pk}/")
    form = page.split(f"/loans/{paid.pk}/certificate/")[1].split(ISSUE)[0]
    for part in (page.split('id="certificates"')[0], form):
        assert "message 3 is missing, and 1 later one waits for it" in part
        assert "message 4 about this loan waits for its turn" in part
        assert "since 2026-" in part
        assert "loan core" in part
    english.post(f"/loans/{paid.pk}/certificate/")
    sheet = text(english, ana, f"/certificates/{paid.certificates.get().number}/")
    assert "message 3 is missing" in sheet


def test_a_loan_tells_only_of_its_own_refused_messages(english, ana, core, paid, wei):
    core.pay("L2", "P9")
    core.deliver()
    feed.work(by=wei, at=timezone.now())
    assert FeedMessage.objects.get(sequence=3).status == "refused"
    assert "out of date" not in text(english, ana, f"/loans/{paid.pk}/")
    core.say("payment.reversed", LATER, "L1", payment_id="P8", amount="100.00")
    core.pay("L1", "P10")
    core.deliver()
    feed.work(by=wei, at=timezone.now())
    page = text(english, ana, f"/loans/{paid.pk}/")
    assert "2 messages about this loan are not applied, since message 4 could not be" in page


def test_a_loan_whose_messages_have_just_come_is_not_stale(english, ana, core, paid):
    core.pay("L1", "P10")
    core.deliver()
    assert "out of date" not in text(english, ana, f"/loans/{paid.pk}/")


def test_a_loan_tells_of_a_number_that_came_twice(english, ana, core, paid):
    core.told[1]["amount"] = "99.00"
    core.deliver()
    assert "number 2, about this loan, came again with other content" in text(
        english, ana, f"/loans/{paid.pk}/"
    )


@pytest.mark.parametrize("is_applied", [True, False])
def test_two_contents_stand_side_by_side_until_and_after_one_is_kept(english, ana, wei, core, is_applied):
    core.deliver()
    if is_applied:
        feed.work(by=wei, at=timezone.now())
    core.told[1]["amount"] = "99.00"
    core.deliver()
    url = f"/feeds/messages/{FeedMessage.objects.get(sequence=2).pk}/"
    both = '<td>100.00</td><td class="changed">99.00</td>'
    for said in (text(english, wei, url), text(english, ana, url)):
        assert both in said
        assert said.count('class="changed"') == 1
    english.post(f"{url}keep/", {"reason": "the second one was a test"})
    said = text(english, wei, url)
    assert both in said
    assert "the second one was a test" in said
    assert str(ana) in said


@pytest.mark.parametrize("is_applied", [True, False])
def test_two_contents_that_differ_in_a_code_show_it(english, wei, core, is_applied):
    core.told[1] |= {"kind": "payment.failed", "channel": "sms", "error_code": "timeout"}
    core.deliver()
    if is_applied:
        feed.work(by=wei, at=timezone.now())
    core.told[1] |= {"channel": "telex", "error_code": NAME}
    core.deliver()
    said = text(english, wei, f"/feeds/messages/{FeedMessage.objects.get(sequence=2).pk}/")
    assert '<td class="code">sms</td><td class="code changed">telex</td>' in said
    assert '<td class="code">timeout</td><td class="code changed">—</td>' in said
    assert '<td class="code">P1</td><td class="code">P1</td>' in said
    assert NAME not in said


def test_two_contents_that_look_alike_differ_in_what_is_sealed(english, ana, core):
    core.deliver()
    core.told[0]["borrower"]["name"] = "欧阳另测"
    core.deliver()
    said = text(english, ana, f"/feeds/messages/{FeedMessage.objects.get(sequence=1).pk}/")
    assert "alike in all that is shown" in said
    assert "<td>90.00</td><td>90.00</td>" in said
    assert "欧阳" not in said


def test_a_second_content_of_another_kind_and_without_a_readable_amount(english, ana, core):
    core.deliver()
    core.told[1] |= {"kind": "payment.failed", "amount": "much"}
    core.deliver()
    said = text(english, ana, f"/feeds/messages/{FeedMessage.objects.get(sequence=2).pk}/")
    assert '<td>payment</td><td class="changed">failed payment</td>' in said
    assert '<td>100.00</td><td class="changed">—</td>' in said


def test_a_day_a_message_and_a_number_say_why_they_were_let_go(english, ana, wei, core, trouble):
    message, day = trouble
    why = "the core has withdrawn it for good"
    feed.skip(message=message, reason=why, by=ana, at=NOON)
    feed.accept(day=day, reason=why, by=ana, at=NOON)
    feed.pass_over(feed=message.feed, last=2, reason=why, by=ana, at=NOON)
    passed = FeedMessage.objects.get(sequence=2)
    for url in (f"messages/{message.pk}", f"days/{day.pk}", f"messages/{passed.pk}"):
        assert why in text(english, wei, f"/feeds/{url}/")


def test_who_may_not_mend_is_told_who_does(english, wei, ana, trouble):
    url = f"/feeds/messages/{trouble[0].pk}/"
    assert "A risk lead tries it again or leaves it out." in text(english, wei, url)
    assert "A risk lead tries it again" not in text(english, ana, url)
    FeedMessage.objects.update(differs_at=NOON, status="applied", body=None, applied_at=NOON)
    assert "A risk lead settles which one is true." in text(english, wei, url)


def test_on_a_telephone_days_are_cards_that_name_each_number(english, ana, trouble):
    page = text(english, ana, "/feeds/")
    row = page.split('<section class="card" id="days">')[1].split("<tbody>")[1].split("</tbody>")[0]
    assert row.count("<td") == row.count("data-label=") == 9
    assert '<td class="right nowrap" data-label="our amount">0.00</td>' in row

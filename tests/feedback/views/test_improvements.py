"""From a cluster to a proof on the pages: the catalogue, a name, an improvement, and what came of it."""

from datetime import timedelta

import pytest
from django.utils.html import escape

from config.portfolio.obstacles import REBIND, WALLET
from feedback.actions import improvements
from feedback.models import Improvement, Obstacle, Told
from servicing.actions import ledger
from tests import stories
from tests.cast import NOON, TODAY
from tests.feedback.obstacles import a_book, an_improvement
from tests.feedback.said import a_response

pytestmark = pytest.mark.django_db

MARK = {"side": "failures", "channel": "debit-b", "error_code": "card_rebind_failed"}


def read(client, url, status=200):
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def test_a_leads_month_from_the_obstacle_to_the_proof(client, hua, clock):
    a_book()
    improvements.gather(at=NOON)
    client.force_login(hua)
    client.cookies["django_language"] = "en"
    page = read(client, "/obstacles/")
    # After the fix the wallet is the larger one.
    assert page.index("channel_down") < page.index("card_rebind_failed")
    cluster = read(client, "/obstacles/failures/?channel=debit-b&error=card_rebind_failed")
    assert "/obstacles/new/?side=failures" in cluster
    assert "6.3.1" in cluster
    client.post("/obstacles/new/", MARK | {"title": "binding a new card fails", "note": ""})
    obstacle = Obstacle.objects.get()
    client.post(f"/obstacles/{obstacle.pk}/improve/", {
        "title": "a new interface", "kind": "process", "cause": "interface", "change": "bind at once",
        "owner": hua.pk, "fall": 50, "planned_on": "",
    })  # fmt: skip
    made = Improvement.objects.get()
    assert "Not fixed yet" in read(client, f"/improvements/{made.pk}/")
    client.post(f"/improvements/{made.pk}/fix/", {"fixed_on": REBIND.fixed_on(TODAY)})
    improvements.measure(by=clock, at=NOON)
    page = read(client, f"/improvements/{made.pk}/")
    look = made.measurements.get(verdict="proven")
    assert "Proven." in page
    assert f"{look.ratio:.2f} times of what it was" in page
    assert look.ratio_low < REBIND.factor < look.ratio_high
    assert "a new interface" in read(client, "/improvements/")
    assert "improvement measured" in page


def test_a_caller_names_an_obstacle_that_the_lead_adds_a_mark_to(client, lin, hua):
    heard = a_response("the wallet fails", where="app")
    client.force_login(lin)
    url = f"/obstacles/new/?side=words&where=app&topic=&heard={heard.reference}"
    assert escape(url) in read(client, f"/responses/{heard.reference}/")
    assert heard.reference in read(client, url)
    mark = {"side": "words", "where": "app", "heard": heard.reference}
    client.post("/obstacles/new/", mark | {"title": "the wallet fails"})
    obstacle = Obstacle.objects.get()
    assert obstacle.heard_in == heard
    assert f"/obstacles/{obstacle.pk}/" in read(client, f"/responses/{heard.reference}/")
    assert client.post("/obstacles/new/", mark | {"title": "again"}).status_code == 422
    client.force_login(hua)
    failure = {"side": "failures", "channel": WALLET.channel, "error_code": WALLET.error_code}
    client.post("/obstacles/new/", failure | {"obstacle": obstacle.pk})
    assert obstacle.signatures.count() == 2
    assert ledger.latest(obstacle).by == hua


@pytest.mark.parametrize(
    "mark", ["side=words", "side=failures&where=app", "side=x", "side=words&where=app&topic=13800138000"]
)
def test_what_is_no_mark_leads_back_to_the_catalogue(client, lin, mark):
    client.force_login(lin)
    assert client.get(f"/obstacles/new/?{mark}").status_code == 302


def test_words_are_masked_and_read_only_by_those_who_may_browse(client, hua, lin, ada):
    borrower = stories.a_borrower(sampled=False)
    a_response(
        "call me at 13800138000 <b>", where="card", borrower=borrower, received_on=TODAY - timedelta(days=1)
    )
    url = "/obstacles/words/?where=card&topic="
    client.force_login(hua)
    page = read(client, url)
    assert "call me at 1" in page
    assert "&lt;b&gt;" in page
    assert "13800138000" not in page
    for other in (lin, ada):  # an auditor sees the day's sample
        client.force_login(other)
        assert "call me" not in read(client, url)


def test_a_refused_act_keeps_what_was_typed(client, hua):
    made = an_improvement()
    client.force_login(hua)
    late = (TODAY + timedelta(days=3)).isoformat()
    answer = client.post(f"/improvements/{made.pk}/fix/", {"fixed_on": late})
    assert answer.status_code == 422
    assert late in answer.content.decode()
    assert client.post(f"/improvements/{made.pk}/drop/", {"reason": "no"}).status_code == 422


def test_others_look_and_leads_steer(client, wei, lin, max_):
    made = an_improvement()
    for person in (wei, lin):
        client.force_login(person)
        assert "fix/" not in read(client, f"/improvements/{made.pk}/")
        assert client.post(f"/improvements/{made.pk}/fix/", {"fixed_on": TODAY}).status_code == 403
    client.force_login(max_)
    read(client, "/obstacles/", status=403)


def test_empty_pages_say_what_will_be_there(client, hua):
    client.force_login(hua)
    client.cookies["django_language"] = "en"
    page = read(client, "/obstacles/")
    assert "No payment has failed in these four weeks" in page
    assert "No obstacle has a name yet" in page
    assert "Nothing is being improved yet" in read(client, "/improvements/")


def test_a_lead_tells_those_who_reported_in_one_step_once_it_is_fixed(client, hua, lin):
    made = an_improvement()
    people = [stories.a_borrower(phone=f"1000000000{number}") for number in range(2)]
    about = {"where": "card", "topic": "topic 0", "topic_by": hua, "topic_at": NOON}
    voices = [a_response("no card", borrower=who, **about) for who in (*people, None)]
    a_response("another place", where="app", borrower=stories.a_borrower(phone="10000000005"))
    client.force_login(hua)
    client.cookies["django_language"] = "en"
    url, words = f"/improvements/{made.pk}/", {"words": "Binding a card works again since Monday."}
    assert "telling" not in client.get(url).context
    client.post(f"{url}tell/", words)
    assert not Told.objects.exists()
    Improvement.objects.update(status="proven")
    assert "2 people will be told" in read(client, url)
    client.post(f"{url}tell/", words)
    assert set(Told.objects.values_list("response", flat=True)) == {row.pk for row in voices[:2]}
    page = client.get(url).context["telling"]
    assert (page["preview"].people, len(page["log"])) == (0, 2)
    # Who speaks of it afterwards is told as well, and the others not again.
    a_response("no card", borrower=stories.a_borrower(phone="10000000006"), **about)
    client.post(f"{url}tell/", words)
    assert Told.objects.count() == 3
    client.force_login(lin)
    assert client.post(f"{url}tell/", words).status_code == 403


def test_what_became_worse_stands_on_todays_page(client, hua):
    made = an_improvement()
    Improvement.objects.filter(pk=made.pk).update(status="worse")
    client.force_login(hua)
    client.cookies["django_language"] = "en"
    assert "Became worse after a fix" in read(client, "/")


def test_an_address_with_signs_that_nobody_sees_names_no_cluster(client, hua):
    client.force_login(hua)
    assert client.get("/obstacles/failures/?channel=%00&error=x").status_code == 302
    assert read(client, "/obstacles/words/?where=debit&topic=%00")

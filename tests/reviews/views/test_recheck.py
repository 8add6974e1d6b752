from datetime import timedelta

import pytest

from reviews.actions import recheck
from reviews.models import Part
from servicing.models import Run, Shard, Stamp
from tests import stories
from tests.cast import NOON, TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


def test_a_person_starts_a_recheck(client, wei):
    client.force_login(wei)
    sent = {"token": "once"}
    there = client.post("/recheck/start/", sent).url
    run = Run.objects.get(kind="recheck")
    assert there == f"/recheck/{run.pk}/"
    Run.objects.update(status="stuck")
    assert client.post("/recheck/start/", sent).url == there
    assert (run.by, run.params["as_of"]) == (wei, "2026-11-23")


def test_a_second_one_does_not_start_while_the_first_runs(client, wei):
    stories.a_run(wei, status="running", shard="waiting")
    client.force_login(wei)
    client.post("/recheck/start/")
    assert Run.objects.count() == 1


def test_progress_refreshes_itself_only_while_something_runs(client, wei):
    client.force_login(wei)
    assert "hx-trigger" not in client.get("/recheck/progress/").content.decode()
    stories.a_run(wei, status="running", shard="waiting")
    assert "hx-trigger" in client.get("/recheck/progress/").content.decode()
    stories.a_run(wei)
    assert "hx-trigger" not in client.get("/recheck/progress/").content.decode()


def test_a_part_that_is_set_aside_is_retried(client, wei):
    run = stories.a_run(wei, status="running", shard="quarantined")
    client.force_login(wei)
    assert run.pk in {shard.run_id for shard in client.get("/recheck/").context["aside"]}
    client.post(f"/recheck/parts/{run.shards.get().pk}/retry/")
    assert run.shards.get().status == Shard.Status.WAITING
    (entry,) = stories.acts("shard.retried")
    assert entry.by == wei


def test_an_auditor_sees_runs_and_starts_none(client, ada, wei):
    run = stories.a_run(wei)
    client.force_login(ada)
    assert client.get(f"/recheck/{run.pk}/").status_code == 200
    assert client.post("/recheck/start/").status_code == 403


@pytest.mark.parametrize("url", ["/coverage/", "/recheck/"])
def test_the_newest_run_and_who_settled_since_add_up(client, ana, wei, url):
    run = stories.a_run(wei)
    Shard.objects.update(size=1)
    stories.a_loan(stories.a_borrower())
    client.force_login(ana)
    client.cookies["django_language"] = "en"
    assert "in this run and" not in client.get(url).content.decode()
    stories.a_loan(stories.a_borrower(), number="L2")
    stories.a_loan(stories.a_borrower(), number="L3")
    words = (
        "1 in this run and 2 who settled since then, judged one by one as facts about them come in: 3 settled"
    )
    assert words in client.get(url).content.decode()
    Shard.objects.update(size=5)
    assert "5 in this run; 3 are settled now" in client.get(url).content.decode()
    Run.objects.filter(pk=run.pk).update(params={"as_of": TODAY.isoformat(), "borrower": 7})
    assert "in this run" not in client.get(url).content.decode()


def test_the_coverage_page_adds_up_and_each_number_opens_its_list(client, ana, pei):
    borrower = stories.a_borrower()
    stories.a_loan(borrower)
    client.force_login(ana)
    page = client.get("/coverage/")
    assert (page.context["counted"].settled, page.context["is_about"]) == (1, False)
    assert {part.value: count for part, count, _words in page.context["parts"]}["late"] == 1
    assert "/coverage/borrowers/?tab=late" in page.content.decode()
    listed = client.get("/coverage/borrowers/?tab=late")
    assert [row.borrower for row in listed.context["page"].rows] == [borrower]
    for part in Part.values:
        assert client.get(f"/coverage/borrowers/?tab={part}").status_code == 200


def test_a_long_list_counts_as_the_page_that_leads_to_it(client, ana, monkeypatch):
    monkeypatch.setattr("servicing.pages.counting.CHEAP", 0)
    for number in range(27):
        stories.a_loan(stories.a_borrower(), number=f"L{number}")
    client.force_login(ana)
    for tab in ("late", "all"):
        page = client.get(f"/coverage/borrowers/?tab={tab}")
        assert (page.context["total"], page.context["is_about"]) == (27, False)


def test_a_risk_officer_sees_the_numbers_and_no_list(client, wei):
    client.force_login(wei)
    assert client.get("/coverage/").status_code == 200
    assert client.get("/coverage/borrowers/").status_code == 403


def test_an_empty_house_says_where_coverage_begins(client, wei):
    client.force_login(wei)
    assert client.get("/coverage/").context["counted"].settled == 0


@pytest.mark.parametrize(
    ("of", "key"), [("reviews:coverage-list", "borrower_id"), ("servicing:loan-list", "pk")]
)
def test_ticked_rows_or_a_whole_list_are_judged_now(client, ana, of, key):
    loans = [stories.a_loan(stories.a_borrower(), number=f"L{number}") for number in range(2)]
    rows = [loan.borrower_id if key == "borrower_id" else loan.settlements.get().pk for loan in loans]
    client.force_login(ana)
    sent = {"of": of, "query": "", "token": "one", "chosen": [rows[0], "x"]}
    there = client.post("/recheck/chosen/", sent).url
    assert client.post("/recheck/chosen/", sent).url == there
    run = Run.objects.get()
    assert (run.params["chosen"], run.shards.get().params) == (1, {"ids": [loans[0].borrower_id]})
    client.post("/recheck/chosen/", sent | {"token": "two", "all": "1"})
    assert Run.objects.latest("pk").params["chosen"] == 2
    assert client.get(there).context["run"] == run


def test_nothing_ticked_and_no_list_of_borrowers_start_nothing(client, ana, wei):
    stories.a_loan(stories.a_borrower())
    client.force_login(ana)
    sent = {"of": "servicing:loan-list", "query": "late_min=0", "token": "one"}
    assert client.post("/recheck/chosen/", sent).url == "/loans/?late_min=0"
    assert client.post("/recheck/chosen/", sent | {"of": "reviews:recheck"}).url == "/recheck/"
    client.force_login(wei)
    assert client.post("/recheck/chosen/", sent).url == "/recheck/"
    assert not Run.objects.exists()


def test_missed_days_are_said_on_today_and_coverage_and_caught_up_by_one_click(client, wei):
    stories.a_loan(stories.a_borrower(), settled_on=TODAY - timedelta(days=30))
    old = stories.a_run(wei)
    old.slot = old.params["as_of"] = str(TODAY - timedelta(days=3))
    old.save(update_fields=["params", "slot"])
    client.force_login(wei)
    missed = [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]
    assert client.get("/").context["missed"] == client.get("/coverage/").context["missed"] == missed
    client.post("/recheck/catch-up/")
    client.post("/recheck/catch-up/")
    planned = Run.objects.filter(status="running").order_by("pk").values_list("params__as_of", flat=True)
    assert list(planned) == [str(day) for day in (*missed, TODAY)]
    assert client.get("/coverage/").context["missed"] == []


def test_the_page_of_a_run_says_who_helped_and_leads_to_their_parts(client, wei, clock):
    stories.a_loan(stories.a_borrower())
    run = recheck.run(as_of=TODAY, by=clock, at=NOON)
    client.force_login(wei)
    page = client.get(f"/recheck/{run.pk}/")
    ((worker, link, parts, borrowers, *_rest),) = page.context["helpers"]
    assert (parts, borrowers) == (1, 1)
    assert page.context["figure"]["data"][0]["customdata"] == [link]
    assert [shard.worker for shard in client.get(link).context["page"].rows] == [worker]
    assert client.get(f"/recheck/{run.pk}/?status=waiting").context["page"].rows == []


def test_the_list_of_runs_counts_retries_and_narrows(client, wei):
    run = stories.a_run(wei, status="running", shard="quarantined")
    client.force_login(wei)
    (row,) = client.get("/recheck/?whom=book").context["page"].rows
    assert (row, row.retries, row.aside) == (run, 2, 1)
    assert client.get("/recheck/?whom=some").context["page"].rows == []


def test_the_dossier_says_when_a_borrower_was_checked(client, wei, clock):
    borrower = stories.a_borrower()
    stories.a_loan(borrower)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    client.force_login(wei)
    part, day, why = client.get(f"/borrowers/{borrower.reference}/").context["stands"]
    assert (part, day) == (Part.UNASKED, TODAY)
    assert "365" in why


def test_whoever_is_outside_the_sample_is_not_named_among_those_set_aside(client, ada, ana):
    for sampled in (True, False):
        person = stories.a_borrower(sampled=sampled)
        Stamp.objects.create(borrower=person, stamped_at=NOON, aside_at=NOON, trouble="DataError")
    run = stories.a_run(ana)
    Run.objects.filter(pk=run.pk).update(params=run.params | {"borrower": person.reference})
    for who, named in ((ana, 2), (ada, 1)):
        client.force_login(who)
        page = client.get("/recheck/")
        assert (page.context["stamps_count"], len(page.context["stamps"])) == (named, named)
        assert "?tab=aside" in page.content.decode()
    assert person.reference not in page.content.decode()

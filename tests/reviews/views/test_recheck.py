import pytest

from servicing.models import Run, Shard
from tests import stories
from tests.cast import TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


def test_a_person_starts_a_recheck(client, wei):
    client.force_login(wei)
    assert client.post("/recheck/start/").url == "/recheck/"
    run = Run.objects.get(kind="recheck")
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


def test_coverage_counts_who_is_settled_and_who_was_checked(client, wei):
    stories.a_loan(stories.a_borrower())
    stories.a_run(wei)
    client.force_login(wei)
    coverage = client.get("/recheck/").context["coverage"]
    assert coverage == {"day": TODAY, "settled": 1, "checked": 0, "late": 1}


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

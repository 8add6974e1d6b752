"""The book: what the runs wrote of their days, drawn and beside it in numbers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviews.actions import recheck
from reviews.views import portfolio
from tests import stories
from tests.cast import NOON, TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def two_days(clock):
    """Three borrowers judged twice; one of them has ended a loan badly in between."""
    people = [stories.a_borrower() for _ in range(3)]
    for number, person in enumerate(people):
        stories.a_loan(person, number=f"A{number}", settled_on=TODAY - timedelta(days=40))
    recheck.run(as_of=TODAY - timedelta(days=7), by=clock, at=NOON)
    stories.a_loan(people[0], number="B", days_late=95, kind="late")
    recheck.run(as_of=TODAY, by=clock, at=NOON)


def opened(client, person):
    client.force_login(person)
    return client.get("/book/")


def test_every_part_adds_up_to_who_was_judged(client, ana, two_days):
    page = opened(client, ana).context
    assert page["day"] == TODAY
    days, products, cohorts = page["parts"]
    assert [row[2] for row in days["rows"]] == [3, 3]
    for part in (products, cohorts):
        assert sum(total for _words, _url, total, _cells in part["rows"]) == 3
        drawn = sum(sum(trace["y"]) for trace in part["figure"]["data"])
        assert drawn == sum(sum(cells) for _words, _url, _total, cells in part["rows"]) == 3


def test_moves_are_shares_of_the_band_before(client, ana, two_days):
    page = opened(client, ana)
    (low, total, cells) = page.context["move_rows"][0]
    assert (str(low), total) == ("低", 3)
    assert [number for number, _whole in cells] == [2, 0, 1]
    (tiles,) = page.context["moves_figure"]["data"]
    # Of a band in which nobody stood there is no share, not even zero.
    assert list(zip(tiles["y"], tiles["x"], tiles["text"], strict=True)) == [
        ("低", "低", "66.7%"), ("低", "中", "0.0%"), ("低", "高", "33.3%"),
    ]  # fmt: skip
    assert "33.3%" in page.content.decode()


def test_a_bar_leads_to_its_borrowers_for_who_may_browse_them(client, ana, wei, two_days):
    for person, leads in ((ana, True), (wei, False)):
        _days, products, cohorts = opened(client, person).context["parts"]
        for part in (products, cohorts):
            assert all(bool(url) is leads for _words, url, _total, _cells in part["rows"])
            assert all(("customdata" in trace) is leads for trace in part["figure"]["data"])
    client.force_login(ana)
    products, cohorts = client.get("/book/").context["parts"][1:]
    for _words, url, total, _cells in (*products["rows"], *cohorts["rows"]):
        assert client.get(url).context["total"] == total
    assert portfolio.product_link(None) is None


def test_an_auditor_is_told_that_the_numbers_are_of_the_whole_book(client, ana, ada, two_days):
    for person, told in ((ada, True), (ana, False)):
        assert opened(client, person).context["is_sample"] is told
        assert client.get("/coverage/").context["is_sample"] is told


def test_the_first_day_says_what_will_be_here(client, wei, db):
    page = opened(client, wei)
    assert page.context["day"] is None
    assert "plotly" not in page.content.decode()


def test_no_snapshot_is_looked_at(client, ana, two_days):
    with CaptureQueriesContext(connection) as asked:
        opened(client, ana)
    assert not [query for query in asked if "reviews_snapshot" in query["sql"]]

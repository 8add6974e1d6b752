from datetime import timedelta

import pytest

from servicing.models import Settlement
from tests import stories
from tests.cast import TODAY


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def two(db):
    """One loan repaid early and one late, of two borrowers; only the first is in today's sample."""
    early = stories.a_loan(stories.a_borrower(), number="L-EARLY", days_late=-5, kind="early")
    late = stories.a_loan(
        stories.a_borrower(sampled=False), number="L-LATE", days_late=9, kind="late",
        settled_on=TODAY - timedelta(days=40),
    )  # fmt: skip
    return early, late


def page(client, person, url):
    client.force_login(person)
    return client.get(url).content.decode()


def test_the_list_masks_names_and_shows_money_with_its_currency(client, ana, two):
    html = page(client, ana, "/loans/")
    assert "L-EARLY" in html
    assert "欧阳**" in html
    assert stories.NAME not in html
    assert "¥1,100.00" in html


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("kind=late", {"L-LATE"}),
        ("kind=early", {"L-EARLY"}),
        ("late_min=9", {"L-LATE"}),
        ("late_min=10", set()),
        (f"settled_from={TODAY - timedelta(days=40)}&settled_to={TODAY - timedelta(days=40)}", {"L-LATE"}),
        (f"settled_from={TODAY - timedelta(days=39)}", {"L-EARLY"}),
        ("kind=nonsense", set()),
    ],
)
def test_filters_live_in_the_address(client, ana, two, query, shown):
    html = page(client, ana, f"/loans/?{query}")
    assert {number for number in ("L-EARLY", "L-LATE") if number in html} == shown


def test_sorting_lives_in_the_address(client, ana, two):
    html = page(client, ana, "/loans/?sort=settled")
    assert html.index("L-LATE") < html.index("L-EARLY")


def test_a_mangled_cursor_is_answered_with_the_first_page(client, ana, two):
    assert "L-EARLY" in page(client, ana, "/loans/?after=nonsense")


def test_an_auditor_sees_only_the_sample(client, ada, two):
    early, late = two
    html = page(client, ada, "/loans/")
    assert "L-EARLY" in html
    assert "L-LATE" not in html
    assert client.get(f"/loans/{early.pk}/").status_code == 200
    assert client.get(f"/loans/{late.pk}/").status_code == 404


def test_who_may_not_browse_gets_no_rows(wei, lin, tom, two):
    for person in (wei, lin, tom):
        assert not Settlement.objects.visible_to(person, on=TODAY).exists()


def test_a_loan_page_tells_the_whole_story(client, lin, two):
    _early, late = two
    late.payments.create(
        external_id="P2", amount=1, paid_at=late.payments.get().paid_at, paid_on=late.settled_on,
        outcome="failed", error_code="no_funds", known_on=late.settled_on, borrower=late.borrower,
    )  # fmt: skip
    html = page(client, lin, f"/loans/{late.pk}/")
    assert "no_funds" in html
    assert html.count('<li class="good"') == 2  # N and C, the two months in which the loan lived
    assert "¥1,000.00" in html

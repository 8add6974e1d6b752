"""The dossier's time axis: what stands on it, in which order, and what its filters leave."""

from datetime import timedelta

import pytest
from django.http import QueryDict

from config.pages import axis
from tests import stories
from tests.cast import NOON, TODAY


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def borrower(db):
    return stories.a_borrower()


@pytest.fixture
def loan(borrower):
    """Settled three days ago after one payment that failed the day before."""
    loan = stories.a_loan(borrower, days_late=3, kind="late")
    pay(loan, "P2", days_ago=4, outcome="failed")
    return loan


def pay(loan, number, *, days_ago, outcome="succeeded"):
    loan.payments.create(
        external_id=number, amount=10, paid_at=NOON - timedelta(days=days_ago), outcome=outcome,
        paid_on=TODAY - timedelta(days=days_ago), known_on=TODAY,
        borrower=loan.borrower if outcome == "failed" else None,
    )  # fmt: skip


def seen(borrower, viewer, query=""):
    loans = list(borrower.loans.order_by("pk"))
    return axis.axis(borrower, viewer, loans, QueryDict(query, mutable=True))


def lines(page):
    return [line for _day, lines in page["days"] for line in lines]


def test_it_is_newest_first_and_grouped_by_day(wei, borrower, loan):
    stories.a_case(borrower)
    page = seen(borrower, wei)
    assert [line.kind for line in lines(page)] == ["alert", "payment", "settlement", "payment", "loan"]
    days = [TODAY - timedelta(days=ago) for ago in (0, 3, 4, 33)]
    assert [day for day, _lines in page["days"]] == days


def test_payments_that_came_in_a_row_are_one_line_that_opens(wei, borrower, loan):
    for number in range(3):
        pay(loan, f"Q{number}", days_ago=10 + number)
    (fold,) = [line for line in lines(seen(borrower, wei)) if isinstance(line, axis.Fold)]
    assert (len(fold.moments), fold.total) == (3, 30)
    assert (fold.on, fold.first_on) == (TODAY - timedelta(days=10), TODAY - timedelta(days=12))
    # Whoever asks for payments only sees each of them.
    assert len(lines(seen(borrower, wei, "show=payment"))) == 5


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("show=settlement", ["settlement"]),
        ("show=settlement&show=loan", ["settlement", "loan"]),
        (f"until={TODAY - timedelta(days=4)}", ["payment", "loan"]),
        (f"since={TODAY - timedelta(days=3)}", ["payment", "settlement"]),
        ("show=nonsense", ["payment", "settlement", "payment", "loan"]),
        ("since=yesterday", ["payment", "settlement", "payment", "loan"]),
        ("loan=0", ["payment", "settlement", "payment", "loan"]),
    ],
)
def test_filters_live_in_the_address_and_nonsense_filters_nothing(wei, borrower, loan, query, kinds):
    assert [line.kind for line in lines(seen(borrower, wei, query))] == kinds


def test_one_loan_alone(wei, borrower, loan):
    other = stories.a_loan(borrower, number="L2")
    assert {line.loan_id for line in lines(seen(borrower, wei, f"loan={other.pk}"))} == {other.pk}


def test_toggles_count_what_the_other_filters_leave(wei, borrower, loan):
    page = seen(borrower, wei, f"show=loan&since={TODAY - timedelta(days=3)}")
    counts = {toggle["code"]: (toggle["count"], toggle["is_on"]) for toggle in page["toggles"]}
    assert counts == {"loan": (0, True), "payment": (1, False), "settlement": (1, False)}
    assert lines(page) == []


def test_a_long_axis_comes_in_pages_that_never_cut_a_day(wei, borrower, loan):
    for number in range(axis.LINES + 20):
        pay(loan, f"F{number}", days_ago=50 + number // 30, outcome="failed")
    first = seen(borrower, wei, "show=payment")
    assert len(lines(first)) == 62  # two, and two whole days of thirty
    second = seen(borrower, wei, first["earlier"].removeprefix("?"))
    assert not second["earlier"]
    whole = lines(first) + lines(second)
    assert whole == second["moments"]
    assert second["newest"] == "?show=payment"


def test_what_comes_between_two_clicks_shifts_nothing(wei, borrower, loan):
    for number in range(axis.LINES + 20):
        pay(loan, f"F{number}", days_ago=50 + number, outcome="failed")
    first = seen(borrower, wei)
    expected = lines(first) + lines(seen(borrower, wei, first["earlier"].removeprefix("?")))
    pay(loan, "NEW", days_ago=1)
    pay(loan, "OLD", days_ago=60, outcome="failed")  # on a day that was shown
    assert lines(first) + lines(seen(borrower, wei, first["earlier"].removeprefix("?"))) == expected


def test_a_payment_that_joins_a_later_fold_is_not_lost(wei, borrower, loan):
    for number in range(axis.LINES):
        pay(loan, f"F{number}", days_ago=10 + number, outcome="failed")
    for number in range(5):
        pay(loan, f"Q{number}", days_ago=80 + number)
    pay(loan, "SAME", days_ago=84, outcome="failed")  # on the last day of the fold
    first = seen(borrower, wei)
    pay(loan, "Q5", days_ago=79)
    both = lines(first) + lines(seen(borrower, wei, first["earlier"].removeprefix("?")))
    shown = [moment for line in both for moment in getattr(line, "moments", [line])]
    assert shown == seen(borrower, wei)["moments"]


def test_a_page_ends_where_its_folds_end(wei, borrower, loan, monkeypatch):
    monkeypatch.setattr(axis, "LINES", 3)
    for number in range(4):
        pay(loan, f"Q{number}", days_ago=10 + number)
    pay(loan, "SAME", days_ago=13, outcome="failed")
    pages, query = [], ""
    while True:
        page = seen(borrower, wei, query)
        pages.append([moment for line in lines(page) for moment in getattr(line, "moments", [line])])
        if not page["earlier"]:
            break
        query = page["earlier"].removeprefix("?")
    assert len(pages) > 1
    assert [moment for page in pages for moment in page] == page["moments"]


def test_a_changed_filter_brings_the_axis_alone_and_earlier_days_alone(client, wei, borrower, loan):
    client.force_login(wei)
    url = f"/borrowers/{borrower.reference}/"
    part = client.get(f"{url}?show=loan", headers={"HX-Request": "true"}).content.decode()
    assert 'id="axis"' in part
    assert "<html" not in part
    more = client.get(f"{url}?upto=2026-11-01&more=1", headers={"HX-Request": "true"}).content.decode()
    assert 'id="axis"' not in more
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get(f"{url}?show=loan", headers=back).content.decode()

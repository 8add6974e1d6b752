"""Lists page by key, sessions end."""

import base64
import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.paginator import InvalidPage
from django.utils import timezone

from servicing.models import Settlement
from servicing.pages import Keyset
from tests import stories
from tests.cast import TODAY


@pytest.fixture
def seven(db):
    """Seven settled loans, two of them a day, so that ties must be broken."""
    borrower = stories.a_borrower()
    for number in range(7):
        stories.a_loan(borrower, number=f"L{number}", settled_on=TODAY - timedelta(days=number // 2))
    return list(Settlement.objects.order_by("-settled_on", "-pk").values_list("pk", flat=True))


def walk(sort, *, forwards=True, start=None):
    """Primary keys of all pages of two, one after the other."""
    rows, found = Settlement.objects.select_related("loan"), []
    page = start or Keyset(rows, sort=sort, size=2)
    while True:
        found.append([row.pk for row in page.rows])
        cursor = page.after if forwards else page.before
        if not cursor:
            return found, page
        page = Keyset(rows, sort=sort, size=2, **{"after" if forwards else "before": cursor})


@pytest.mark.parametrize(
    "sort",
    [
        ("-settled_on",),
        ("settled_on",),
        ("paid",),
        ("loan__external_id",),
        ("-settled_on", "days_late", "pk"),
    ],
)
def test_pages_show_each_row_once_in_order(seven, sort):
    pages, last = walk(sort)
    tie = [] if sort[-1] == "pk" else ["-pk" if sort[0][0] == "-" else "pk"]
    expected = list(Settlement.objects.order_by(*sort, *tie).values_list("pk", flat=True))
    assert [pk for page in pages for pk in page] == expected
    backwards, _first = walk(sort, forwards=False, start=last)
    assert backwards == pages[::-1]


def test_the_first_page_has_no_way_back_and_the_last_none_on(seven):
    pages, last = walk(("-settled_on",))
    assert last.after == ""
    assert Keyset(Settlement.objects.all(), sort=("-settled_on",), size=2).before == ""
    assert len(pages[-1]) == 1


@pytest.mark.parametrize("cursor", ["x", "WyJub25zZW5zZSJd", "W10", "bnVsbA", "\u00e9"])
def test_a_foreign_cursor_is_refused(seven, cursor):
    with pytest.raises(InvalidPage):
        Keyset(Settlement.objects.all(), sort=("-settled_on",), size=2, after=cursor)


def cursor_of(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


MANGLED = [
    ("paid", base64.b64encode(b"[" * 3000).decode()),
    ("paid", base64.b64encode(b"[" * 220).decode()),
    ("paid", cursor_of("1e999999", "1")),
    ("paid", cursor_of("NaN", "1")),
    ("paid", cursor_of("1", "9" * 30)),
    ("settled_on", cursor_of("0000-01-01", "1")),
    ("loan__external_id", cursor_of("a\0", "1")),
    ("loan__external_id", cursor_of("\ud800", "1")),
    ("loan__external_id", cursor_of("L" * 65, "1")),
    ("frozen_at", cursor_of("0001-01-01T00:00:00+14:00", "1")),
    ("days_late", cursor_of("1e9", "1")),
    ("days_late", cursor_of(str(2**40), "1")),
]


@pytest.mark.parametrize(("sort", "cursor"), MANGLED)
@pytest.mark.parametrize("way", ["after", "before"])
def test_a_mangled_cursor_is_refused_whatever_it_holds(seven, sort, cursor, way):
    rows = Settlement.objects.select_related("loan")
    with suppress(InvalidPage):
        Keyset(rows, sort=(sort,), size=2, **{way: cursor})
    assert rows.count() == 7  # and the transaction goes on


@pytest.mark.parametrize("cursor", [cursor for sort, cursor in MANGLED if sort == "paid"])
def test_a_mangled_link_shows_the_first_page(seven, client, ana, cursor):
    client.force_login(ana)
    whole = client.get("/loans/?sort=paid")
    again = client.get("/loans/", {"sort": "paid", "after": cursor})
    assert again.status_code == 200
    assert len(again.context["page"].rows) == len(whole.context["page"].rows) == 7


def test_the_longest_loan_number_in_chinese_can_be_paged(db):
    borrower = stories.a_borrower()
    for number in range(3):
        stories.a_loan(borrower, number="贷" * 63 + str(number), settled_on=TODAY)
    pages, _last = walk(("loan__external_id",))
    assert [len(page) for page in pages] == [2, 1]


def later(client, **span):
    """As if the session had begun or been used that long ago."""
    session = client.session
    for name, ago in span.items():
        session[name] = timezone.now().timestamp() - ago
    session.save()


def test_a_pause_ends_the_session(client, wei, settings):
    client.force_login(wei)
    client.get("/")
    later(client, seen_at=settings.SESSION_IDLE_LIMIT + 1)
    assert client.get("/rules/").url == "/sign-in/?next=%2Frules%2F&ended=idle"
    assert "_auth_user_id" not in client.session


def test_a_working_day_ends_the_session_however_busy(client, wei, settings):
    client.force_login(wei)
    client.get("/")
    later(client, began_at=settings.SESSION_COOKIE_AGE + 1)
    assert client.get("/").status_code == 302


def test_a_page_that_refreshes_itself_does_not_keep_a_session_alive(client, wei):
    client.force_login(wei)
    client.get("/")
    later(client, seen_at=120)
    before = client.session["seen_at"]
    client.get("/recheck/progress/", headers={"HX-Request": "true"})
    assert client.session["seen_at"] == before
    client.get("/rules/")
    assert client.session["seen_at"] > before


def test_no_page_is_kept_by_a_cache(client, wei):
    client.force_login(wei)
    assert client.get("/")["Cache-Control"] == "no-store"

"""Lists page by key, sessions end."""

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

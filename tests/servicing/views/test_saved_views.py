"""A list as somebody likes it: kept, opened, shared by a lead, and never a way to keep personal data."""

from importlib import import_module
from urllib.parse import parse_qs

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from servicing.models import SavedView
from servicing.pages import ListPage
from tests import stories

LOANS = "servicing:loan-list"


def keep(client, person, query, *, of=LOANS, name="late ones", **more):
    client.force_login(person)
    return client.post("/views/new/", {"of": of, "query": query, "name": name} | more)


def test_filters_and_order_are_kept_under_a_name(client, ana):
    response = keep(client, ana, "kind=late&sort=-paid&late_min=31&after=abc")
    kept = SavedView.objects.get()
    assert parse_qs(kept.query) == {"kind": ["late"], "sort": ["-paid"], "late_min": ["31"]}
    assert response.url == f"/loans/?{kept.query}"
    html = client.get("/loans/").content.decode()
    assert 'data-pick="1"' in html
    assert "late ones" in html


@pytest.mark.parametrize(
    ("of", "query"),
    [
        (LOANS, "kind=%3Cscript%3E&sort=nothing&onclick=x&csrfmiddlewaretoken=x&next=//evil.test"),
        (LOANS, "kind=late'%20or%201=1--&settled_from=yesterday"),
        (LOANS, f"late_min={stories.PHONE}"),
        (LOANS, f"late_min={'9' * 80}"),
        (LOANS, f"q={stories.PHONE}&sort={stories.NATIONAL_ID}"),
        ("servicing:ledger-list", "target=R0000001"),
        ("reviews:case-list", "tab=<b>"),
        (LOANS, "%00%ff=%fe&&&=;"),
    ],
)
def test_hostile_and_personal_text_is_dropped(client, pei, ana, of, query):
    keep(client, pei if of == "servicing:ledger-list" else ana, query, of=of)
    assert SavedView.objects.get().query == ""


def test_a_tab_is_kept(client, wei):
    keep(client, wei, "tab=waiting&sort=due", of="reviews:case-list")
    assert parse_qs(SavedView.objects.get().query) == {"tab": ["waiting"], "sort": ["due"]}


@pytest.mark.parametrize("of", ["today", "nowhere", "", "servicing:loan-detail", "servicing:ledger-list"])
def test_only_a_list_that_one_may_open_has_views(client, ana, of):
    assert keep(client, ana, "", of=of).status_code == 404
    assert not SavedView.objects.exists()


def test_the_same_name_is_replaced_and_there_is_one_default(client, ana):
    keep(client, ana, "kind=late", is_default="on")
    keep(client, ana, "kind=early", is_default="on")
    assert SavedView.objects.get().query == "kind=early"
    keep(client, ana, "kind=normal", name="normal", is_default="on")
    assert [kept.name for kept in SavedView.objects.filter(is_default=True)] == ["normal"]


def test_the_database_knows_one_default_a_list(ana):
    SavedView.objects.create(person=ana, view=LOANS, name="a", is_default=True)
    with pytest.raises(IntegrityError, match="one_default_view_a_list"), transaction.atomic():
        SavedView.objects.create(person=ana, view=LOANS, name="b", is_default=True)


def test_a_list_opens_as_its_default_and_a_reset_shows_all(client, ana):
    keep(client, ana, "kind=late", is_default="on")
    assert client.get("/loans/").url == "/loans/?kind=late"
    assert client.get("/loans/?all").status_code == 200
    assert client.get("/loans/?kind=early").status_code == 200


def test_a_lead_shares_with_the_own_team_only(client, ana, wei, hua, lin):
    keep(client, ana, "sort=due", of="reviews:case-list", is_shared="on", is_default="on")
    client.force_login(wei)
    response = client.get("/queue/")
    assert response.status_code == 200  # the default of somebody else is not mine
    assert "late ones" in response.content.decode()
    visible = {person: SavedView.objects.visible_to(person).count() for person in (ana, wei, hua, lin)}
    assert visible == {ana: 1, wei: 1, hua: 0, lin: 0}


def test_who_leads_nobody_shares_nothing(client, wei):
    keep(client, wei, "sort=due", of="reviews:case-list", is_shared="on")
    assert not SavedView.objects.exists()


def test_only_the_own_views_are_deleted(client, ana, wei):
    keep(client, ana, "sort=due", of="reviews:case-list", is_shared="on")
    kept = SavedView.objects.get()
    client.force_login(wei)
    assert client.post(f"/views/{kept.pk}/delete/").status_code == 404
    client.force_login(ana)
    assert client.post(f"/views/{kept.pk}/delete/").url == "/queue/?all"
    assert not SavedView.objects.exists()


def test_there_is_an_end_to_views(client, ana):
    SavedView.objects.bulk_create(SavedView(person=ana, view=LOANS, name=str(n)) for n in range(30))
    keep(client, ana, "kind=late")
    assert SavedView.objects.count() == 30


def test_a_name_loses_the_numbers_of_people(client, ana):
    keep(client, ana, "kind=late", name=f"call {stories.PHONE}")
    assert stories.PHONE not in SavedView.objects.get().name


def test_the_monitor_is_kept_and_opens_as_its_default(client, ana):
    keep(client, ana, "tab=all&sort=-due", of="monitor", is_default="on")
    kept = SavedView.objects.get()
    assert client.get("/monitor/").url == f"/monitor/?{kept.query}"
    assert "late ones" in client.get(f"/monitor/?{kept.query}").content.decode()
    # What exchanges itself stays with the page that is open.
    assert client.get("/monitor/live/", {"seen": "0"}).status_code == 200


def test_every_list_can_be_kept():
    """A list that brings its own head would lose its views."""
    import_module(settings.ROOT_URLCONF)
    lists = [kind for kind in subclasses(ListPage) if kind.table_class and kind.right]
    assert len(lists) >= 8
    assert all(kind.get is ListPage.get for kind in lists)


def subclasses(kind):
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)

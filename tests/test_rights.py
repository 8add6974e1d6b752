"""Every route is tried by everybody, and the answer is what the permission table says."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.test import Client, override_settings
from django.urls import path

from feedback.actions import responses
from feedback.models import Campaign
from servicing.actions.archive import certificates
from servicing.domain.staff import RIGHTS, UnknownRight, allows
from servicing.models import Staff
from servicing.pages import PUBLIC, RightRequired, every_view_declares_its_right, right, routes
from tests import stories
from tests.cast import CAST, NOON, TODAY
from tests.feedback.obstacles import an_improvement
from tests.feedback.said import a_topic

ROUTES = {spot: found for spot, _name, _view, found in routes()}
# Routes of Django's admin whose address is a regular expression.
SPELLED = {spot: "admin/servicing/" for spot in ROUTES if "(?P<app_label>" in spot}
SPELLED |= {spot: "admin/nowhere" for spot in ROUTES if "(?P<url>" in spot}
# What stands in an address, apart from what a story makes.
WORDS = {"field": "phone", "code": "worst_late", "object_id": "1", "content_type_id": "1", "id": "1"}
WORDS |= {"source": "core", "link": "never.made"}
WORDS |= {"task_id": "1", "user_id": "1", "kind": "mandate", "layout": "native", "form": "xlsx"}


@pytest.fixture
def address(db, monkeypatch):
    """address(spot) -> the address of a route with rows behind it that everybody with the right can open."""
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)
    wei = Staff.objects.get(username="wei")
    borrower = stories.a_borrower()
    loan, case = stories.a_loan(borrower), stories.a_case(borrower)
    run = stories.a_run(wei, status="running", shard="quarantined")
    stories.a_hold(run)
    lin = Staff.objects.get(username="lin")
    WORDS["number"] = certificates.issue(loan=loan, by=lin, at=NOON)[0].number
    pks = {"loans": loan.pk, "cases": case.pk, "recheck": run.pk, "imports": stories.an_import(wei).pk}
    pks |= {
        "approvals": stories.a_proposal(wei).pk,
        "deputies": stories.a_deputy().pk,
        "exports": 1,
        "views": 1,
    }
    pks["messages"] = stories.a_message(borrower, Staff.objects.get(username="hua"), status="unknown").pk
    pks["recheck/parts"], pks["scorecard"] = run.shards.get().pk, stories.a_card(wei).pk
    hua, pei, ana = (Staff.objects.get(username=name) for name in ("hua", "pei", "ana"))
    pks["campaigns"] = stories.a_campaign(hua, pei).pk
    pks["offers"] = stories.an_offer(Campaign.objects.get(), borrower).pk
    pks["holds"] = stories.kept_from_offers(stories.a_borrower(), wei, ana).pk
    stories.a_standing(borrower, falls=True)
    said = stories.a_response(borrower, by=lin, kind="objection", loan=loan)
    pks["promises"] = responses.promise(response=said, words="call back", by=lin, at=NOON).pk
    pks["topics"] = a_topic().pk
    names = {"responses": {"reference": said.reference}, "objections": {"number": said.objection.number}}
    stories.a_new_phone(borrower, by=lin)
    improvement = an_improvement()
    pks |= {"improvements": improvement.pk, "obstacles": improvement.obstacle_id}
    message, day = stories.a_feed()
    pks |= {"feeds/messages": message.pk, "feeds/days": day.pk, "feeds": day.feed_id}

    def address(spot):
        spot = SPELLED.get(spot, spot)
        noun = next((noun for noun in pks if "/" in noun and spot.startswith(noun)), spot.partition("/")[0])
        words = WORDS | {"pk": str(pks.get(noun, "")), "reference": borrower.reference} | names.get(noun, {})
        url = "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: words[found[1]], spot)
        assert not set("<>()$") & set(url), f"a route of a kind that is not known here: {spot}"
        return url

    return address


def answer(client, url):
    """(status, where it leads): by GET, or by POST where the verb asks for it."""
    client.raise_request_exception = False
    response = client.get(url)
    if response.status_code == 405:
        response = client.post(url)
    return response.status_code, response.get("Location", "")


def test_a_stranger_passes_only_public_doors(address):
    client, wrong = Client(), []
    for spot, found in ROUTES.items():
        status, place = answer(client, address(spot))
        is_shut = status == 302 and place.startswith("/sign-in/")
        is_open = status != 403 and "next=" not in place
        if not (is_open if found == PUBLIC else is_shut):
            wrong.append((spot, status, place))
    assert wrong == []


@pytest.mark.parametrize("username", {role: username for username, _name, role in CAST.values()}.values())
def test_everybody_passes_exactly_the_doors_of_the_role(address, username):
    person, client, wrong = Staff.objects.get(username=username), Client(), []
    client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    for spot in (spot for spot, found in ROUTES.items() if found != PUBLIC):
        client.cookies[settings.SESSION_COOKIE_NAME] = session
        with transaction.atomic():
            status, _place = answer(client, address(spot))
            # What was done at one door is undone before the next one is tried.
            transaction.set_rollback(True)
        if status not in expected(person, spot):
            wrong.append((spot, status))
    assert wrong == []


def expected(person, spot):
    if not allows(person.role_code, ROUTES[spot]):
        return {403}
    # A proposal is seen only by those whom it concerns, and what somebody promised is theirs.
    if "approvals/<int" in spot or spot.startswith(("exports/", "views/", "promises/")):
        return {200, 302, 404, 422}
    # admin.py refuses more than the door of the administration does.
    return {200, 302, 403, 404} if spot.startswith("admin") else {200, 302, 409, 422}


def test_every_route_declares_its_right():
    assert every_view_declares_its_right() == []
    assert set(ROUTES.values()) <= {PUBLIC, *RIGHTS}


class Undeclared:
    urlpatterns = [path("open/", lambda request: None, name="open")]


@override_settings(ROOT_URLCONF=Undeclared)
def test_a_view_without_a_right_does_not_load(rf):
    assert [found.id for found in every_view_declares_its_right()] == ["servicing.E001"]
    request = rf.get("/open/")
    request.resolver_match = type("Match", (), {"app_name": "", "view_name": "open"})
    with pytest.raises(ImproperlyConfigured):
        RightRequired(None).process_view(request, Undeclared.urlpatterns[0].callback, (), {})


def test_a_misspelled_right_does_not_load():
    with pytest.raises(ImproperlyConfigured):
        right("archive.brows")
    with pytest.raises(UnknownRight):
        allows("risk", "archive.brows")


def test_a_changed_role_counts_at_the_next_click(client, wei, ana):
    client.force_login(wei)
    assert client.get("/loans/").status_code == 403
    wei.role = ana.role
    wei.save(update_fields=["role"])
    assert client.get("/loans/").status_code == 200


def test_htmx_moves_the_whole_page_to_the_door(client, db):
    response = client.get("/recheck/progress/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/sign-in/"

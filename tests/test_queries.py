"""What each page asks of the database: bounded page by page, and the same for nine rows as for three."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from feedback.models import Campaign
from servicing.actions import privacy
from servicing.models import FeedMessage, Instalment, Loan, Payment, SavedView, Staff
from servicing.pages import PUBLIC, ListPage, routes
from servicing.views.ledger import LedgerList
from tests import stories
from tests.cast import NOON, TODAY
from tests.feedback.obstacles import an_improvement
from tests.feedback.said import a_topic
from tests.test_rights import address  # noqa: F401  the fixture

# The most that a page asks; every page stands here.
MOST = {
    "today": 45,
    "password": 10,
    "help": 10,
    "monitor": 30,
    "monitor-live": 30,
    "dossier": 60,
    "feedback:caller-home": 10,
    "feedback:caller": 35,
    "feedback:caller-log": 10,
    "feedback:phone-show": 10,
    "feedback:response-list": 15,
    "feedback:response-detail": 30,
    "servicing:objection-list": 15,
    "servicing:objection-detail": 20,
    "servicing:feed": 20,
    "servicing:feed-day": 10,
    "servicing:feed-message-list": 15,
    "servicing:feed-message": 15,
    "servicing:export-list": 10,
    "servicing:export-trace": 10,
    "servicing:approval-list": 20,
    "servicing:role-propose": 10,
    "servicing:threshold-propose": 10,
    "servicing:approval-detail": 20,
    "servicing:import-list": 15,
    "servicing:import-stage": 10,
    "servicing:import-template": 5,
    "servicing:import-detail": 15,
    "servicing:import-progress": 5,
    "servicing:loan-list": 15,
    "servicing:loan-detail": 35,
    "servicing:certificate": 25,
    "servicing:step-list": 10,
    "servicing:borrower-field": 5,
    "servicing:message-list": 15,
    "feedback:survey-list": 15,
    "servicing:message-detail": 15,
    "servicing:ledger-list": 15,
    "feedback:tier-list": 25,
    "feedback:tier-draft": 10,
    "feedback:standing-list": 15,
    "feedback:standing-why": 25,
    "feedback:campaign-list": 10,
    "feedback:campaign-new": 10,
    "feedback:campaign-detail": 15,
    "feedback:campaign-draft": 10,
    "feedback:campaign-effect": 15,
    "feedback:offer-list": 15,
    "feedback:offer-why": 25,
    "feedback:hold-list": 15,
    "feedback:hold-detail": 15,
    "feedback:hold-propose": 15,
    "reviews:case-list": 20,
    "reviews:case-all": 15,
    "reviews:case-detail": 35,
    "reviews:alert-list": 15,
    "reviews:rule-list": 15,
    "reviews:rule-new": 10,
    "reviews:feature-list": 10,
    "reviews:rule-detail": 15,
    "reviews:rule-draft": 10,
    "reviews:book": 10,
    "reviews:scorecard": 10,
    "reviews:card-version": 20,
    "reviews:card-draft": 10,
    "reviews:recheck": 30,
    "reviews:coverage": 25,
    "reviews:coverage-list": 20,
    "reviews:recheck-progress": 5,
    "reviews:run-detail": 15,
    "feedback:topics": 15,
    "feedback:obstacle-list": 20,
    "feedback:obstacle-detail": 20,
    "feedback:failure-list": 15,
    "feedback:improvement-new": 10,
    "feedback:improvement-board": 10,
    "feedback:improvement-detail": 15,
}
# Looked at by whoever holds the right first.
PEOPLE = ("ana", "pei", "wei", "hua", "lin", "max", "ada")


def more(numbers):
    """Rows of every kind for each number: of one borrower who is looked at, and of many."""
    people = {person.username: person for person in Staff.objects.all()}
    main = Loan.objects.order_by("pk").first()
    message = FeedMessage.objects.order_by("pk").first()
    for number in numbers:
        stories.a_loan(main.borrower, number=f"M{number}")
        other = stories.a_borrower()
        loan = stories.a_loan(other, number=f"O{number}")
        stories.a_case(other, owner=None if number % 4 == 3 else people["ana"])
        again = Loan.objects.create(
            borrower=other, product=loan.product, source=other.source, external_id=f"N{number}",
            principal=100, total_due=100, disbursed_on=TODAY - timedelta(days=30), known_on=TODAY,
        )  # fmt: skip
        for owed, due_in in ((again, -5), (main, 40 + number)):
            due_on = TODAY + timedelta(days=due_in)
            Instalment.objects.create(loan=owed, number=100 + number, due_on=due_on, amount=100)
        Payment.objects.create(
            loan=main, external_id=f"P{number}-2", amount=1, paid_at=NOON, paid_on=TODAY, known_on=TODAY
        )
        stories.a_response(main.borrower, by=people["ana"], loan=main)
        stories.a_response(other, by=people["ana"], kind="objection", words=f"{number}")
        stories.a_run(people["wei"])
        stories.an_import(people["wei"], digest=f"{number:08d}" * 8)
        stories.a_message(main.borrower, people["hua"])
        stories.a_survey(other, loan, people["hua"])
        privacy.viewed(other, by=people["pei"], at=NOON)
        message.pk, message.sequence = None, 100 + number
        message.save(force_insert=True)
        a_topic(f"T{number}")
        stories.a_standing(other, falls=True)
        stories.an_offer(stories.a_campaign(people["hua"], people["pei"]), other)
        stories.an_offer(Campaign.objects.first(), other)
        stories.kept_from_offers(other, people["wei"], people["ana"])
        an_improvement(number=10 + number)
        SavedView.objects.create(person=people["ana"], view="servicing:loan-list", name=str(number))


def asked(place):
    """{route name: queries} of every page that answers a GET, opened by somebody who may."""
    people = {person.username: person for person in Staff.objects.select_related("role")}
    clients, counts = {name: Client(raise_request_exception=False) for name in PEOPLE}, {}
    for name, client in clients.items():
        client.force_login(people[name])
    for spot, name, _view, needed in routes():
        if needed == PUBLIC or spot.startswith("admin/"):
            continue
        who = next(who for who in PEOPLE if people[who].may(needed))
        with CaptureQueriesContext(connection) as queries:
            response = clients[who].get(place(spot))
        if response.status_code == 200:
            counts[name] = len(queries)
    return counts


@pytest.mark.django_db
def test_every_page_asks_as_often_for_nine_rows_as_for_three_and_not_too_often(request, monkeypatch):
    place = request.getfixturevalue("address")
    # Three rows have a second page, too: what fits on one is not counted.
    for kind in (ListPage, LedgerList):
        monkeypatch.setattr(kind, "size", 2)
    more(range(3))
    few = asked(place)
    more(range(3, 9))
    many = asked(place)
    assert {name: (few[name], number) for name, number in many.items() if number > few[name]} == {}
    assert {name: number for name, number in many.items() if number > MOST.get(name, 0)} == {}
    assert MOST.keys() == many.keys()

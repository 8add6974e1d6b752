"""Who is asked after a payoff, how often, and what an answer becomes."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from feedback.actions import responses, surveys
from feedback.models import Response, Survey
from servicing.actions import marketing, messages, processing, staff
from servicing.models import Message, OptOut
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def address(settings):
    settings.PUBLIC_AT = "https://care.example"
    settings.LENDER = "示例金融"


@pytest.fixture
def loan():
    return stories.a_loan(stories.a_borrower())


@pytest.fixture
def public():
    return staff.machine("public")


def plan(by, at=NOON):
    return surveys.plan(by=by, at=at)


def complain(loan, lin, kind="complaint"):
    return responses.log(
        kind=kind, channel="call", where="debit", words="debited twice", borrower=loan.borrower, by=lin,
        at=NOON,
    )  # fmt: skip


def answered(survey, public, **given):
    usual = {"score": 2, "words": "waited long", "is_complaint": False, "never_again": False}
    return surveys.answer(survey=survey, by=public, at=NOON, **(usual | given))


def test_who_paid_off_is_asked_once_by_a_link_that_names_nothing(loan, clock):
    assert (plan(clock), plan(clock)) == (1, 0)
    message, survey = Message.objects.get(), Survey.objects.get()
    said, link = stories.says(message), stories.link_of(message)
    assert (message.kind, message.purpose, survey.message) == ("survey", "service", message)
    assert loan.external_id not in said
    assert stories.NAME not in said
    token = link.partition(".")[0]
    assert token.encode() not in bytes(survey.token_digest)
    assert surveys.find(link, at=NOON) == survey
    assert surveys.find(link + "x", at=NOON) is None
    assert surveys.find(token, at=NOON) is None
    assert surveys.find(surveys.signer().sign("made-up"), at=NOON) is None
    assert surveys.find(link, at=NOON + timedelta(days=14)) is None


@pytest.mark.parametrize("days", [2, 15])
def test_a_payoff_is_asked_about_neither_too_early_nor_too_late(clock, days):
    stories.a_loan(stories.a_borrower(), settled_on=TODAY - timedelta(days=days))
    assert plan(clock) == 0


def test_without_an_address_nobody_is_asked(loan, clock, settings):
    settings.PUBLIC_AT = ""
    assert plan(clock) == 0


@pytest.mark.parametrize("kind", ["complaint", "objection"])
def test_nobody_is_asked_while_a_complaint_or_an_objection_is_open(loan, lin, clock, kind):
    complain(loan, lin, kind)
    assert plan(clock) == 0
    assert surveys.ask(loan=loan, by=clock, at=NOON) is False


def test_nobody_is_asked_whose_complaint_was_put_under_that_of_somebody_else(loan, lin, hua, clock):
    row = complain(loan, lin)
    head = stories.a_response(stories.a_borrower(phone="10000000002"), by=lin)
    responses.merge(response=row, into=head, by=hua, at=NOON)
    assert (plan(clock), surveys.ask(loan=loan, by=clock, at=NOON)) == (0, False)
    responses.answer(response=head, words="it was paid back today", by=lin, at=NOON)
    assert plan(clock) == 1


def test_an_answered_complaint_stands_against_nothing(loan, lin, clock):
    row = complain(loan, lin)
    responses.answer(response=row, words="it was paid back today", by=lin, at=NOON)
    assert plan(clock) == 1


def test_a_question_that_waits_never_leaves_once_a_complaint_has_come(loan, lin, clock):
    plan(clock)
    complain(loan, lin)
    assert messages.dispatch(by=clock, at=NOON) == 0
    message = Message.objects.get()
    assert (message.status, message.why, plan(clock)) == ("withdrawn", "complaint", 0)


def test_at_most_one_in_ninety_days_and_the_database_says_so_too(loan, clock):
    plan(clock)
    stories.a_loan(loan.borrower, number="L2")
    assert plan(clock) == 0
    later = NOON + timedelta(days=89)
    again = stories.a_loan(loan.borrower, number="L3", settled_on=TODAY + timedelta(days=86))
    assert (plan(clock, at=later), surveys.ask(loan=again, by=clock, at=later)) == (0, False)
    with pytest.raises(IntegrityError, match="one_survey_a_borrower_and_while"), transaction.atomic():
        Survey.objects.create(
            borrower=loan.borrower, loan=again, planned_on=TODAY + timedelta(days=89),
            quiet_until=TODAY + timedelta(days=100), token_digest=b"t", expires_at=later,
            message=stories.a_message(loan.borrower, clock),
        )  # fmt: skip
    assert plan(clock, at=NOON + timedelta(days=90)) == 1


def test_restricted_refused_and_unreachable_borrowers_are_not_asked(clock, lin, pei):
    three = [stories.a_borrower(phone=phone) for phone in ("10000000001", "10000000002", "")]
    for number, one in enumerate(three):
        stories.a_loan(one, number=f"L{number}")
    processing.restrict(
        borrower=three[0], ground="dispute", reason="the person disputes it", until_on=None, by=pei, at=NOON
    )
    marketing.opt_out(borrower=three[1], purpose="survey", basis="phone", by=lin, at=NOON)
    assert plan(clock) == 0


def test_an_answer_is_one_response_and_one_only(loan, clock, public):
    plan(clock)
    survey = Survey.objects.get()
    row = answered(survey, public, words="my number is 13812345678").response
    assert (row.kind, row.channel, row.owner, row.logged_by) == ("suggestion", "survey", None, None)
    assert (row.borrower, row.loan, row.status) == (loan.borrower, loan, "open")
    assert "13812345678" not in row.words
    with pytest.raises(surveys.NotAllowed, match="over"):
        answered(survey, public)
    assert Response.objects.count() == 1


def test_only_the_customer_calls_it_a_complaint(loan, clock, public):
    plan(clock)
    row = answered(Survey.objects.get(), public, score=1, is_complaint=True).response
    assert row.kind == "complaint"
    assert row.due_on == TODAY + timedelta(days=15)


def test_a_mere_score_asks_for_no_reply_and_a_no_is_honoured(loan, clock, public):
    plan(clock)
    survey = answered(Survey.objects.get(), public, words="", score=5, never_again=True)
    assert (survey.score, survey.response) == (5, None)
    assert OptOut.objects.get().purpose == "survey"
    assert stories.acts("survey.answered")[0].by == public

"""An objection is marked on its first day and ends in one of three ways, by two people or by privacy."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from servicing.actions import bureau, controls
from servicing.models import Objection
from tests import stories
from tests.cast import NOON, TODAY
from tests.stories import acts

pytestmark = pytest.mark.django_db
WORDS = {"findings": "the bank confirms the payment of May", "reply": "we corrected the record of May"}


@pytest.fixture
def objection(lin):
    loan = stories.a_loan(stories.a_borrower())
    return bureau.dispute(
        borrower=loan.borrower, loan=loan, words="my record is wrong, call 13800138000", received_at=NOON,
        due_on=TODAY + timedelta(days=20), by=lin, at=NOON,
    )  # fmt: skip


def test_it_is_marked_and_due_when_it_must_be_answered(objection):
    assert (objection.marked_at, objection.due_on) == (NOON, TODAY + timedelta(days=20))
    assert "13800138000" not in objection.words
    assert acts("objection.opened")[0].detail["due_on"] == "2026-12-13"


@pytest.mark.parametrize(
    ("ending", "stands"), [("corrected", False), ("no_error", False), ("unconfirmed", True)]
)
def test_the_mark_stands_only_where_nothing_could_be_confirmed(objection, pei, ending, stands):
    row = bureau.end(objection=objection, ending=ending, **WORDS, by=pei, at=NOON)
    assert (row.status, row.unmarked_at is None) == (ending, stands)
    with pytest.raises(controls.NotAllowed, match="closed"):
        bureau.end(objection=objection, ending=ending, **WORDS, by=pei, at=NOON)


@pytest.mark.parametrize(("proposer", "second"), [("wei", "ana"), ("hua", "wei"), ("ana", "pei")])
def test_two_people_close_it_as_it_was_shown(objection, request, proposer, second):
    one, other = request.getfixturevalue(proposer), request.getfixturevalue(second)
    asked = bureau.propose_end(objection=objection, ending="corrected", **WORDS, by=one, at=NOON)
    assert asked.shown["reply"] == WORDS["reply"]
    with pytest.raises(controls.NotAllowed, match="second_person"):
        controls.approve(approval=asked, digest=asked.digest, by=one, at=NOON)
    controls.approve(approval=asked, digest=asked.digest, by=other, at=NOON)
    objection.refresh_from_db()
    assert (objection.status, objection.closed_by) == ("corrected", other)


def test_an_ending_that_nobody_can_read_is_none(objection, pei):
    with pytest.raises(controls.NotAllowed, match="reply"):
        bureau.end(
            objection=objection, ending="corrected", findings="found", reply="\u0007\u0001", by=pei, at=NOON
        )


def test_customer_service_takes_it_in_and_closes_nothing(objection, lin, wei):
    with pytest.raises(controls.NotAllowed, match="right"):
        bureau.propose_end(objection=objection, ending="corrected", **WORDS, by=lin, at=NOON)
    with pytest.raises(controls.NotAllowed, match="right"):
        bureau.end(objection=objection, ending="corrected", **WORDS, by=wei, at=NOON)
    with pytest.raises(controls.NotAllowed, match="reply"):
        bureau.propose_end(objection=objection, ending="corrected", findings="x", reply=" ", by=wei, at=NOON)


def test_the_database_knows_no_ending_without_a_reply(objection, pei):
    ended = {"status": "corrected", "closed_by": pei, "closed_at": NOON, "unmarked_at": NOON, "findings": "x"}
    with pytest.raises(IntegrityError, match="closed_objection_says"), transaction.atomic():
        Objection.objects.filter(pk=objection.pk).update(**ended)


def test_each_sees_what_the_role_may(objection, lin, wei, ana, ada, max_, pei):
    def seen(person):
        return Objection.objects.visible_to(person, on=TODAY).exists()

    assert [seen(person) for person in (lin, wei, ana, ada, max_)] == [True, True, True, True, False]
    bureau.end(objection=objection, ending="no_error", **WORDS, by=pei, at=NOON)
    assert [seen(person) for person in (lin, wei, ana)] == [True, False, True]

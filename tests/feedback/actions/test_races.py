"""Real processes at the same instant: one voice of one form, five tries of one call, no loop of merges."""

import pytest

from feedback.actions import responses
from feedback.models import Response
from reviews.models import Case
from servicing.models import Call, Staff
from tests import stories
from tests.cast import NOON
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)
LOG = """responses.log(key="k1", kind="complaint", channel="call", where="debit", words="twice",
    borrower=borrower, wants_person=True, by=lin, at=NOON)"""
VERIFY = """
try:
    calls.verify(borrower=borrower, said={"name": "wrong"}, by=lin, at=NOON)
except calls.NotAllowed:
    raise SystemExit(7)
"""
MERGE = """
one, other = voices[{0}], voices[{1}]
try:
    responses.merge(response=one, into=other, by=hua, at=NOON)
except responses.NotAllowed:
    raise SystemExit(7)
"""


def test_one_form_is_one_voice_and_two_wishes_one_review():
    stories.a_borrower()
    assert race(*[LOG] * 4, LOG.replace("k1", "k2")) == [0] * 5
    assert (Response.objects.count(), Case.objects.filter(group="human").count()) == (2, 1)


def test_a_call_has_five_tries_and_no_more():
    stories.a_borrower()
    assert sorted(race(*[VERIFY] * 7)) == [0] * 5 + [7] * 2
    assert Call.objects.get().tries == 5


def test_two_that_are_merged_into_each_other_make_no_loop():
    lin = Staff.objects.get(username="lin")
    said = {"kind": "complaint", "channel": "call", "where": "debit", "words": "twice"}
    for _ in range(2):
        responses.log(**said, by=lin, at=NOON)
    assert sorted(race(MERGE.format(0, 1), MERGE.format(1, 0))) == [0, 7]
    assert Response.objects.unresolved().count() == 1

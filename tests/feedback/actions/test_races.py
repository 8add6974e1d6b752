"""At the same instant: one voice of one form, five tries of one call, no loop of merges, no change of what
is being approved.
"""

from concurrent.futures import ThreadPoolExecutor, wait
from decimal import Decimal

import pytest
from django.db import connections

from feedback.actions import responses
from feedback.actions.loyalty import campaigns, tiers
from feedback.models import Campaign, Response, TierRules
from reviews.models import Case
from servicing.actions import controls
from servicing.actions.controls import desk
from servicing.models import Call, Staff
from tests import stories
from tests.cast import NOON
from tests.feedback import crowd
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


def redraft_campaign(hua):
    row = campaigns.draft(by=hua, at=NOON, **crowd.SAID)
    asked = campaigns.propose(campaign=row, purpose="bring good customers back", by=hua, at=NOON)
    more = crowd.SAID | {"budget": Decimal(10**6)}
    return asked, lambda: campaigns.draft(by=hua, at=NOON, campaign=row, **more)


def redraft_tiers(hua):
    rungs = TierRules.objects.active().get().rungs
    easier, none = rungs | {"3": rungs["2"]}, dict.fromkeys(rungs, rungs["1"])
    tiers.draft(rungs=easier, by=hua, at=NOON)
    asked = tiers.propose(purpose="gold for more of them", by=hua, at=NOON)
    return asked, lambda: tiers.draft(rungs=none, by=hua, at=NOON)


@pytest.mark.parametrize("drafted", [redraft_campaign, redraft_tiers])
def test_nobody_changes_what_is_being_approved(drafted, monkeypatch):
    hua, pei = (Staff.objects.get(username=name) for name in ("hua", "pei"))
    asked, redraft = drafted(hua)
    decide, others = desk._decide, ThreadPoolExecutor(1)

    def slowly(*args, **more):
        wait([others.submit(at_its_end, redraft)], timeout=1)
        return decide(*args, **more)

    monkeypatch.setattr(desk, "_decide", slowly)
    assert controls.approve(approval=asked, digest=asked.digest, by=pei, at=NOON).status == "approved"
    others.shutdown()
    if drafted is redraft_tiers:
        assert TierRules.objects.active().get().rungs == asked.shown["after"]["rungs"]
    else:
        assert str(Campaign.objects.get().budget) == asked.shown["budget"]


def at_its_end(act):
    """What a thread did to the database is over with it."""
    try:
        return act()
    finally:
        connections.close_all()

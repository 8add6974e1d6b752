"""A card from its draft to the night on which it gives points, and back again."""

from datetime import timedelta

import pytest

from reviews.actions import recheck, rules, scoring
from reviews.domain.rules import BadRule
from reviews.models import Edition, PortfolioDay, Rule, Scorecard, Snapshot
from servicing.actions import controls
from servicing.actions.controls import NotAllowed
from servicing.models import Restriction, Run
from tests import stories
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db
BINS = {"worst_dpd": {"missing": 0, "bins": [[0, 0], [30, 50], [None, 60]]}}
WORDS = {"base": 0, "bins": BINS, "bounds": [14, 39]}
WHY = "the team wants to see these earlier"


@pytest.fixture
def drafted(wei):
    return scoring.draft(by=wei, at=NOON, **WORDS)


@pytest.fixture
def late(db):
    """One borrower who was six days late and two who paid as agreed."""
    for number, days in enumerate((6, 0, 0)):
        borrower = a_borrower(f"B{number}")
        a_loan(borrower, TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), days_late=days)


def asked(by, number=3):
    card = Scorecard.objects.get(number=number).as_card()
    effect = recheck.effect(card, at=NOON)
    return scoring.propose(number=number, effect=effect, purpose=WHY, by=by, at=NOON)


def approve(approval, by):
    return controls.approve(approval=approval, digest=approval.digest, by=by, at=NOON)


def test_a_draft_gives_nobody_points(drafted):
    assert (rules.current().edition, rules.current().card.number) == (2, 2)
    assert (drafted.kind, drafted.status) == ("expert", "draft")
    assert stories.acts("scorecard.drafted")[0].detail == {"version": 3}


def test_what_two_people_agreed_on_gives_points_and_everybody_is_judged_anew(drafted, late, wei, ana, clock):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    before = set(Snapshot.objects.values_list("score", flat=True))
    approve(asked(wei), ana)
    drafted.refresh_from_db()
    assert (drafted.status, drafted.drafted_by, drafted.activated_by) == ("active", wei, ana)
    assert Scorecard.objects.get(number=2).status == "retired"
    found = rules.current()
    assert (found.edition, found.card.number, found.rules) == (3, 3, rules.of(2).rules)
    assert stories.acts("scorecard.activated")[0].detail["edition"] == 3
    recheck.tonight(by=clock, at=NOON)
    run = Run.objects.latest("pk")
    assert (run.kind, run.params["borrower"], "since" in run.params) == ("recheck", None, False)
    recheck.work(by=clock, at=NOON)
    assert sorted(Snapshot.objects.values_list("score", "edition")) == [(0, 3), (0, 3), (50, 3)]
    assert before != {0, 50}


def test_an_older_version_comes_back_by_two_people_too(drafted, wei, bo, ana):
    approve(asked(wei), ana)
    approval = asked(bo, number=2)
    with pytest.raises(NotAllowed, match="second_person"):
        approve(approval, bo)
    approve(approval, ana)
    found = rules.current()
    assert (found.edition, found.card) == (4, rules.of(2).card)
    assert rules.of(3).card.number == 3
    assert stories.acts("scorecard.restored")[0].detail["version"] == 2
    assert Scorecard.objects.get(number=2).activated_by == ana


def test_the_rules_keep_the_card_and_the_card_the_rules(drafted, wei, ana):
    approve(asked(wei), ana)
    worst = Rule.objects.get(code="worst_late")
    proposal = rules.propose(rule=worst, act="retire", purpose=WHY, by=wei, at=NOON)
    approve(proposal, ana)
    found = rules.current()
    assert (found.card.number, "worst_late" in found.by_code) == (3, False)


def test_nobody_drafts_and_decides(drafted, wei, bo, ana):
    stories.a_deputy("ana", "wei")
    with pytest.raises(NotAllowed, match="second_person"):
        approve(asked(wei), wei)
    controls.withdraw(approval=asked(wei), by=wei, at=NOON)
    # Somebody else proposes what wei drafted, and wei stands in for the lead.
    with pytest.raises(NotAllowed, match="drafter"):
        approve(asked(bo), wei)
    assert rules.current().edition == 2
    assert approve(asked(bo), ana).status == "approved"


@pytest.mark.parametrize("who", ["ana", "lin", "pei", "max_", "ada", "tom"])
def test_only_an_officer_drafts_and_proposes(request, drafted, who):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="right"):
        scoring.draft(by=person, at=NOON, **WORDS)
    with pytest.raises(NotAllowed, match="right"):
        asked(person)


def test_a_draft_is_changed_by_its_drafter_alone_and_then_proposed_again(drafted, wei, bo, ana):
    with pytest.raises(NotAllowed, match="drafter"):
        scoring.draft(by=bo, at=NOON, **WORDS)
    approval = asked(wei)
    scoring.draft(by=wei, at=NOON, **WORDS | {"base": 1})
    with pytest.raises(controls.Changed):
        approve(approval, ana)
    assert Scorecard.objects.count() == 3


def test_another_night_does_not_undo_what_waits(drafted, late, wei, ana, clock):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    approval = asked(wei)
    a_loan(a_borrower("new"), TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), days_late=9)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert approve(approval, ana).shown["effect"]["looked_at"] == 3


def test_a_draft_that_says_what_is_in_force_is_none(wei):
    same = Scorecard.objects.active().get()
    with pytest.raises(NotAllowed, match="unchanged"):
        scoring.draft(base=same.base, bins=same.bins, bounds=same.bounds, by=wei, at=NOON)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"bins": {"complaints": BINS["worst_dpd"]}}, "feature"),
        ({"bins": {"worst_dpd) or (true": BINS["worst_dpd"]}}, "feature"),
        ({"bins": {"worst_dpd": {"missing": "0", "bins": [[None, 0]]}}}, "points"),
        ({"bins": {"worst_dpd": {"missing": 0, "bins": [[3, 0]]}}}, "gap"),
        ({"bins": {"worst_dpd": {"bins": [[None, 0]]}}}, "form"),
        ({"bins": {}}, "scales"),
        ({"base": 1001}, "points"),
        ({"bounds": [39, 14]}, "bounds"),
    ],
)
def test_what_no_card_may_say_is_not_saved(wei, change, why):
    with pytest.raises(BadRule) as refused:
        scoring.draft(by=wei, at=NOON, **WORDS | change)
    assert refused.value.code == why
    assert not Scorecard.objects.drafts().exists()


def test_a_draft_is_discarded_by_its_drafter_or_who_decides(drafted, wei, bo, ana):
    with pytest.raises(NotAllowed, match="right"):
        scoring.discard(by=bo, at=NOON)
    approval = asked(wei)
    scoring.discard(by=ana, at=NOON)
    assert stories.acts("scorecard.discarded")[0].detail == {"version": 3}
    with pytest.raises(controls.Changed):
        approve(approval, ana)
    with pytest.raises(NotAllowed, match="gone"):
        scoring.discard(by=wei, at=NOON)
    assert Edition.objects.count() == 2


@pytest.mark.parametrize("number", [2, 9])
def test_there_must_be_something_such_to_decide(wei, number):
    with pytest.raises(NotAllowed, match="gone"):
        scoring.propose(number=number, effect=None, purpose=WHY, by=wei, at=NOON)


def test_the_effect_is_told_by_bands_before_and_after(drafted, late, clock):
    assert recheck.effect(drafted.as_card(), at=NOON) is None
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    found = recheck.effect(drafted.as_card(), at=NOON)
    # Twelve points for six days, eighteen for a share of 100 %, six for a last payoff that was late: middle.
    assert found.pop("moves") == [[0, 0, 2], [1, 2, 1]]
    assert found == {"as_of": "2026-11-23", "all": 3, "every": 1, "looked_at": 3}


def test_who_is_restricted_is_not_looked_at(drafted, late, pei, clock):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    borrower = Snapshot.objects.order_by("-score").first().borrower
    Restriction.objects.create(
        borrower=borrower, ground="dispute", reason=WHY, from_on=TODAY, by=pei, at=NOON
    )
    assert recheck.effect(drafted.as_card(), at=NOON)["moves"] == [[0, 0, 2]]


def test_a_large_book_is_told_by_every_so_manieth(drafted, late, clock, monkeypatch):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    monkeypatch.setattr("reviews.actions.recheck.banding.SAMPLE", 2)
    found = recheck.effect(drafted.as_card(), at=NOON)
    assert (found["all"], found["every"], found["looked_at"]) == (3, 2, 2)


def test_a_move_is_from_the_band_of_the_card_that_judged_then(wei, ana, late, clock):
    before = timedelta(days=1)
    recheck.run(as_of=TODAY - before, by=clock, at=NOON - before)
    same = Scorecard.objects.active().get()
    scoring.draft(base=same.base, bins=same.bins, bounds=[14, 20], by=wei, at=NOON)
    approve(asked(wei), ana)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert set(Snapshot.objects.on(TODAY).values_list("score", flat=True)) == {0, 36}
    assert list(PortfolioDay.objects.on(TODAY).moves()) == [(0, 0, 2), (1, 2, 1)]

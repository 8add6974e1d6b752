"""A rule from its draft to the night on which it judges, and back again."""

from datetime import timedelta

import pytest

from reviews.actions import recheck, rules
from reviews.domain.rules import BadRule
from reviews.models import Alert, Edition, Rule, RuleVersion, Snapshot
from servicing.actions import controls
from servicing.actions.controls import NotAllowed
from servicing.models import Staff
from tests import stories
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db
EARLIER = {"feature": "worst_dpd", "op": ">=", "threshold": 5}
WORDS = {"name_zh": "曾逾期", "name_en": "Was late", "conditions": [EARLIER], "priority": 55}
WHY = "the team wants to see these earlier"


@pytest.fixture
def worst(db):
    return Rule.objects.get(code="worst_late")


@pytest.fixture
def drafted(worst, wei):
    return rules.draft(rule=worst, by=wei, at=NOON, **WORDS)


def asked(rule, by, act="activate", version=2):
    return rules.propose(rule=rule, act=act, version=version, purpose=WHY, by=by, at=NOON)


def approve(approval, by):
    return controls.approve(approval=approval, digest=approval.digest, by=by, at=NOON)


def test_a_draft_judges_nobody(drafted):
    found = rules.current()
    assert (found.edition, found.by_code["worst_late"].version) == (2, 1)
    assert stories.acts("rule.drafted")[0].detail == {
        "rule": "worst_late", "version": 2, "conditions": [EARLIER],
    }  # fmt: skip


def test_what_two_people_agreed_on_judges_from_the_next_look_on(drafted, worst, wei, ana, clock):
    borrower = a_borrower()
    a_loan(borrower, TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), days_late=6)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert not Alert.objects.exists()
    approve(asked(worst, wei), ana)
    drafted.refresh_from_db()
    assert (drafted.status, drafted.drafted_by, drafted.activated_by) == ("active", wei, ana)
    assert worst.versions.get(number=1).status == "retired"
    run = recheck.run(as_of=TODAY, by=clock, at=NOON)
    alert = Alert.objects.get()
    assert (alert.rule, alert.rule_version, alert.evidence["conditions"]) == ("worst_late", 2, [EARLIER])
    assert Snapshot.objects.get().edition == run.result["editions"][0] == 3
    assert stories.acts("rule.activated")[0].detail["edition"] == 3


def test_an_older_version_comes_back_by_two_people_too(drafted, worst, wei, ana):
    approve(asked(worst, wei), ana)
    approve(asked(worst, wei, act="restore", version=1), ana)
    found = rules.current()
    assert (found.edition, found.by_code["worst_late"].version) == (4, 1)
    assert found.rules == rules.of(2).rules
    assert rules.of(3).by_code["worst_late"].version == 2
    assert worst.versions.get(number=1).activated_by == ana


def test_a_retired_rule_closes_its_alerts_at_the_next_look_and_keeps_its_name(worst, wei, ana, clock):
    borrower = a_borrower()
    a_loan(borrower, TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), worst_dpd=40)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert Alert.objects.get().status != "closed"
    approve(asked(worst, wei, act="retire", version=None), ana)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert Alert.objects.get().status == "closed"
    assert "worst_late" not in rules.current().by_code
    assert "worst_late" in RuleVersion.objects.names()


def test_the_last_rule_may_go(wei, ana, clock):
    for rule in Rule.objects.all():
        approve(asked(rule, wei, act="retire", version=None), ana)
    a_loan(a_borrower(), TODAY - timedelta(days=99), settled_on=TODAY - timedelta(days=50), worst_dpd=40)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert (Snapshot.objects.get().fired, Alert.objects.count()) == ([], 0)


def test_nobody_drafts_and_decides(drafted, worst, wei, bo, ana):
    stories.a_deputy("ana", "wei")
    with pytest.raises(NotAllowed, match="second_person"):
        approve(asked(worst, wei), wei)
    controls.withdraw(approval=asked(worst, wei), by=wei, at=NOON)
    # Somebody else proposes what wei drafted, and wei stands in for the lead.
    with pytest.raises(NotAllowed, match="drafter"):
        approve(asked(worst, bo), wei)
    assert rules.current().edition == 2
    assert approve(asked(worst, bo), ana).status == "approved"


@pytest.mark.parametrize("who", ["ana", "lin", "pei", "max_", "ada", "tom"])
def test_only_an_officer_drafts_and_proposes(request, drafted, worst, who):
    person = request.getfixturevalue(who)
    with pytest.raises(NotAllowed, match="right"):
        rules.draft(rule=worst, by=person, at=NOON, **WORDS)
    with pytest.raises(NotAllowed, match="right"):
        rules.begin(group="record", measure="worst_dpd", worse="more", by=person, at=NOON, **WORDS)
    with pytest.raises(NotAllowed, match="right"):
        asked(worst, person)


def test_a_draft_is_changed_by_its_drafter_alone_and_then_proposed_again(drafted, worst, wei, bo, ana):
    with pytest.raises(NotAllowed, match="drafter"):
        rules.draft(rule=worst, by=bo, at=NOON, **WORDS)
    approval = asked(worst, wei)
    rules.draft(rule=worst, by=wei, at=NOON, **WORDS | {"priority": 56})
    with pytest.raises(controls.Changed):
        approve(approval, ana)
    assert worst.versions.count() == 2


def test_what_a_rule_measures_stays_so_that_answers_do(drafted):
    assert (drafted.measure, drafted.worse) == ("worst_dpd", "more")


def test_a_draft_that_says_what_is_in_force_is_none(worst, wei):
    same = worst.versions.get()
    words = {name: getattr(same, name) for name in WORDS}
    with pytest.raises(NotAllowed, match="unchanged"):
        rules.draft(rule=worst, by=wei, at=NOON, **words)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"conditions": [{"feature": "complaints", "op": ">=", "threshold": 1}]}, "feature"),
        ({"conditions": [{"feature": "worst_dpd) or (true", "op": ">=", "threshold": 1}]}, "feature"),
        ({"conditions": [{"feature": "worst_dpd", "op": "; drop", "threshold": 1}]}, "operator"),
        ({"conditions": [{"feature": "worst_dpd", "op": ">=", "threshold": "1"}]}, "threshold"),
        ({"conditions": []}, "conditions"),
        ({"conditions": "worst_dpd >= 1"}, "form"),
        ({"name_zh": "  "}, "name_zh"),
        ({"name_en": "x" * 61}, "name_en"),
        ({"priority": 0}, "priority"),
    ],
)
def test_what_no_rule_may_say_is_not_saved(worst, wei, change, why):
    with pytest.raises(BadRule) as refused:
        rules.draft(rule=worst, by=wei, at=NOON, **WORDS | change)
    assert refused.value.code == why
    assert not RuleVersion.objects.drafts().exists()


def test_a_new_rule_takes_the_next_number_and_goes_with_its_draft(wei, bo):
    version = rules.begin(group="borrowing", measure="new_loans_30", worse="more", by=wei, at=NOON, **WORDS)
    assert (version.rule.code, version.rule.number, version.number) == ("rule_11", 11, 1)
    with pytest.raises(NotAllowed, match="right"):
        rules.discard(rule=version.rule, by=bo, at=NOON)
    rules.discard(rule=version.rule, by=wei, at=NOON)
    assert not Rule.objects.filter(code="rule_11").exists()
    with pytest.raises(NotAllowed, match="gone"):
        rules.discard(rule=version.rule, by=wei, at=NOON)


def test_numbers_end(wei):
    Rule.objects.create(code="the_last", number=127, group="borrowing")
    with pytest.raises(NotAllowed, match="full"):
        rules.begin(group="borrowing", measure="new_loans_30", worse="more", by=wei, at=NOON, **WORDS)


@pytest.mark.parametrize(
    ("act", "version"),
    [
        ("activate", 1),
        ("activate", 9),
        ("restore", 1),
        ("retire", 1),
    ],
)
def test_there_must_be_something_such_to_decide(worst, wei, act, version):
    with pytest.raises(NotAllowed, match="gone"):
        asked(worst, wei, act=act, version=version)


def test_a_proposal_whose_draft_was_discarded_cannot_be_approved(drafted, worst, wei, ana):
    approval = asked(worst, wei)
    rules.discard(rule=drafted.rule, by=ana, at=NOON)
    with pytest.raises(controls.Changed):
        approve(approval, ana)
    assert Edition.objects.count() == 2


def test_the_same_version_is_not_put_in_force_twice(drafted, worst, wei, ana):
    approval = asked(worst, wei)
    approve(approval, ana)
    with pytest.raises(controls.AlreadyDecided):
        approve(approval, Staff.objects.get(username="ana"))
    assert Edition.objects.count() == 3

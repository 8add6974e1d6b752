"""Tiers: judged for everybody at once, risen at once, fallen after a while, drafted and decided by two."""

import re
from datetime import timedelta

import pytest
from django.db import connection

from feedback.actions.loyalty import compiling, tiers
from feedback.domain import loyalty
from feedback.models import Standing, TierChange, TierDay, TierRules
from servicing.actions import controls, processing
from servicing.actions.archive import roll_up
from servicing.actions.archive.sums import ROLL
from servicing.models import BorrowerHistory, Instalment, Product, Settlement
from tests.cast import NOON, TODAY
from tests.feedback import crowd
from tests.stories import acts

pytestmark = pytest.mark.django_db
TOMORROW = TODAY + timedelta(days=1)


def facts_of(borrower, *, on):
    """{fact: value} of one borrower as of a day; empty for who has settled nothing or is restricted."""
    with connection.cursor() as cursor:
        asked = compiling.known(compiling.SOME)
        cursor.execute(asked, compiling.named(on=on) | {"ids": [borrower.pk]})
        row = cursor.fetchone()
    return dict(zip((fact.code for fact in loyalty.FACTS), row[1:], strict=True)) if row else {}


def judge(clock, day=TODAY):
    return tiers.judge(on=day, by=clock, at=NOON)


def later(days):
    return TODAY + timedelta(days=days)


@pytest.fixture
def four(clock):
    """Gold, silver, bronze and none, judged today."""
    people = crowd.borrowers(4)
    crowd.repaid(people[:1], loans=3)
    crowd.repaid(people[1:2], loans=2)
    crowd.repaid(people[2:3], late=1, worst=20)
    crowd.repaid(people[3:], kind="waived")
    judge(clock)
    return people


def levels(people):
    by_pk = dict(Standing.objects.values_list("pk", "level"))
    return [by_pk.get(person.pk) for person in people]


def test_everybody_stands_where_the_rules_say(four):
    assert levels(four) == [3, 2, 1, 0]
    day = TierDay.objects.get()
    assert (day.promoted, day.fallen) == (3, 0)
    # Who met a tier for the first time has a history that begins with it.
    assert [change.level for change in TierChange.objects.order_by("-level")] == [3, 2, 1]
    assert acts("tiers.judged")[-1].detail["version"] == 1


def test_the_statement_says_of_each_what_the_domain_says(four):
    ladder = TierRules.objects.active().get().as_ladder()
    for person in four:
        known = facts_of(person, on=TODAY)
        assert set(known) == {fact.code for fact in loyalty.FACTS}
        standing = Standing.objects.get(pk=person.pk)
        assert (standing.facts, standing.level) == (known, ladder.level(known))


def test_a_day_is_judged_once(four, clock):
    assert judge(clock) is None
    assert TierDay.objects.count() == 1


def test_who_rises_rises_at_once(four, clock):
    crowd.repaid(four[1:2], loans=1, began=TODAY - timedelta(days=190))
    judge(clock, TOMORROW)
    assert levels(four)[1] == 3
    change = TierChange.objects.latest("pk")
    assert (change.level_before, change.level, change.on) == (2, 3, TOMORROW)
    assert Standing.objects.get(pk=four[1].pk).since_on == TOMORROW


def spoil(person):
    """One loan turns out to have been late, as a correction would tell."""
    Settlement.objects.filter(borrower=person).update(worst_dpd=20, times_late=1)
    roll_up([person.pk], on=TODAY, at=NOON)


def test_who_falls_is_told_first_and_keeps_the_tier_for_a_while(four, clock):
    gold = four[0]
    before = Standing.objects.get(pk=gold.pk).facts
    spoil(gold)
    judge(clock, TOMORROW)
    standing = Standing.objects.get(pk=gold.pk)
    assert (standing.level, standing.falls_to, standing.falls_on) == (3, 1, later(31))
    assert (standing.facts, standing.falls_facts["worst_dpd"]) == (before, 20)
    judge(clock, later(30))
    assert levels(four)[0] == 3
    judge(clock, later(31))
    fallen = Standing.objects.get(pk=gold.pk)
    assert (fallen.level, fallen.falls_on, fallen.since_on) == (1, None, later(31))
    assert TierDay.objects.latest("pk").fallen == 1


def test_numbers_that_are_good_again_take_a_fall_back(four, clock):
    spoil(four[0])
    judge(clock, TOMORROW)
    Settlement.objects.filter(borrower=four[0]).update(worst_dpd=0, times_late=0)
    roll_up([four[0].pk], on=TODAY, at=NOON)
    judge(clock, later(2))
    assert not Standing.objects.falling().exists()
    assert levels(four)[0] == 3


def test_what_is_late_today_counts_and_what_is_paused_does_not(four, clock):
    product = Product.objects.get()
    for person in four[:2]:
        (loan,) = crowd.a_loan_each([person], product, TODAY - timedelta(days=40))
        Instalment.objects.create(loan=loan, number=1, due_on=TODAY - timedelta(days=10), amount=100)
    loan.pauses.create(starts_on=TODAY - timedelta(days=9), ends_on=later(9), reason="flood")
    assert facts_of(four[0], on=TODAY)["days_late_now"] == 10
    assert facts_of(four[1], on=TODAY)["days_late_now"] == 0


def test_the_restricted_are_left_alone(four, clock, pei, ada):
    reason = "the duty to keep is all that remains"
    processing.restrict(borrower=four[0], ground="retention", reason=reason, until_on=None, by=pei, at=NOON)
    spoil(four[0])
    judge(clock, TOMORROW)
    assert Standing.objects.get(pk=four[0].pk).falls_on is None
    assert four[0].pk not in Standing.objects.visible_to(pei, on=TODAY).values_list("pk", flat=True)
    assert facts_of(four[0], on=TODAY) == {}


def test_who_has_no_settled_loan_any_more_stands_nowhere(four, clock):
    BorrowerHistory.objects.filter(pk=four[3].pk).delete()
    judge(clock, TOMORROW)
    assert levels(four)[3] is None


@pytest.fixture
def easy():
    """Rules that ask hardly anything for gold."""
    rungs = {level: list(rows) for level, rows in TierRules.objects.active().get().rungs.items()}
    return rungs | {"3": [{"fact": "settled_loans", "op": ">=", "value": 1}]}


def test_rules_are_of_two_people_and_say_what_they_change(four, easy, hua, pei, clock):
    tiers.draft(rungs=easy, by=hua, at=NOON)
    asked = tiers.propose(purpose="reward more of our customers", by=hua, at=NOON)
    assert asked.shown["effect"] == {"up": 3, "falling": 0}
    controls.approve(approval=asked, digest=asked.digest, by=pei, at=NOON)
    # By another version the same day is judged again.
    judge(clock)
    assert levels(four) == [3, 3, 3, 3]
    assert TierRules.objects.active().get().activated_by == pei


def test_who_falls_in_any_case_is_no_effect_of_new_rules(four, easy, clock):
    """Gold falls to bronze by the rules in force; only what a draft adds to that is told of it."""
    spoil(four[0])
    active = TierRules.objects.active().get().rungs
    few_days = [row | {"value": 10} if row["fact"] == "worst_dpd" else row for row in active["1"]]
    harder = active | {"1": few_days}
    told = [tiers.effect(loyalty.ladder(rungs), on=TOMORROW) for rungs in (active, harder)]
    assert told == [{"up": 0, "falling": 0}, {"up": 0, "falling": 2}]
    judge(clock, TOMORROW)
    again = [tiers.effect(loyalty.ladder(rungs), on=TOMORROW) for rungs in (active, harder)]
    assert again == told


@pytest.mark.parametrize("who", ["lin", "ana", "max_", "pei", "ada", "tom"])
def test_only_a_lead_of_customer_service_drafts(easy, who, request):
    with pytest.raises(controls.NotAllowed, match="right"):
        tiers.draft(rungs=easy, by=request.getfixturevalue(who), at=NOON)


def test_a_draft_that_changed_is_not_approved(four, easy, hua, pei):
    tiers.draft(rungs=easy, by=hua, at=NOON)
    asked = tiers.propose(purpose="reward more of our customers", by=hua, at=NOON)
    tiers.draft(rungs=easy | {"2": easy["1"]}, by=hua, at=NOON)
    with pytest.raises(controls.Changed):
        controls.approve(approval=asked, digest=asked.digest, by=pei, at=NOON)


def test_what_is_in_force_already_is_no_draft(hua):
    with pytest.raises(controls.NotAllowed, match="unchanged"):
        tiers.draft(rungs=TierRules.objects.active().get().rungs, by=hua, at=NOON)


def test_tiers_come_from_our_own_repayment_facts_alone():
    """From the registry to its columns, and from the statement to the tables that PostgreSQL reads for it."""
    named = {column for fact in loyalty.FACTS for column in fact.columns}
    with connection.cursor() as cursor:
        for column in named:
            table, name = column.split(".")
            assert name in {
                each.name for each in connection.introspection.get_table_description(cursor, table)
            }
        ladder = TierRules.objects.active().get().as_ladder()
        cursor.execute(
            "explain (format json) " + tiers.statement(ladder),
            compiling.named(on=TODAY) | {"rules": 1, "cooldown": 30},
        )
        read = tables(cursor.fetchone()[0])
    own = {column.split(".")[0] for column in named}
    assert own == {
        "servicing_borrowerhistory", "servicing_settlement", "servicing_oldestdue", "servicing_pause"
    }  # fmt: skip
    left_alone = {"servicing_restriction"}
    assert read == own | left_alone | {"feedback_standing", "feedback_tierchange"}


def test_what_the_facts_are_made_of_comes_from_our_own_loans_alone():
    """One step further: what fills a history, and what notes the oldest unpaid instalment."""
    named = {"ids": [1], "as_of": TODAY, "adverse_since": TODAY, "years": 5, "at": NOON}
    with connection.cursor() as cursor:
        cursor.execute("explain (format json) " + ROLL, named)
        read = tables(cursor.fetchone()[0])
        cursor.execute("""select string_agg(distinct p.prosrc, ' ') from pg_proc p
            where p.prosrc ~ '(insert into|update|delete from) servicing_oldestdue'""")
        written_by = set(re.findall(r"(?:servicing|reviews|feedback)_\w+", cursor.fetchone()[0]))
    assert read == {"servicing_borrowerhistory", "servicing_settlement", "servicing_loan"}
    assert written_by <= read | {
        "servicing_oldestdue", "servicing_instalment", "servicing_borrower", "servicing_tally"
    }  # fmt: skip


def tables(plan):
    """Every table that a plan reads or writes."""
    if isinstance(plan, list):
        return set().union(*map(tables, plan))
    if isinstance(plan, dict):
        here = {plan["Relation Name"]} if "Relation Name" in plan else set()
        return here.union(*map(tables, plan.values()))
    return set()

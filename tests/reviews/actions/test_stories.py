"""Random lives: whatever happens in whatever order, what must be true of alerts and cases stays true."""

import random
from datetime import timedelta

import pytest

from reviews.actions import alerts, cases, recheck, rules
from reviews.models import Alert, Case, Decision
from servicing.models import Borrower, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, expected

pytestmark = pytest.mark.django_db
HOLDS = {
    ">=": lambda a, b: a >= b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    "<": lambda a, b: a < b,
    "=": lambda a, b: a == b,
}


def should_fire(borrower, day):
    """{rule: severity} by definition."""
    values = expected(borrower, day)
    if values is None:
        return {}

    def holds(c):
        return values[c.feature] is not None and HOLDS[c.op](values[c.feature], c.threshold)

    return {
        rule.code: values[rule.measure] * (1 if rule.worse == "more" else -1)
        for rule in rules.current().rules
        if all(map(holds, rule.conditions))
    }


def check(day):
    for borrower in Borrower.objects.all():
        live = {a.rule: a.severity for a in Alert.objects.live().filter(borrower=borrower)}
        assert live == should_fire(borrower, day)
    for alert in Alert.objects.live().select_related("case"):
        assert (alert.status == "open") == (alert.case is not None and alert.case.status == "open")
        assert alert.status != "answered" or alert.severity <= alert.answered_severity
    for decision in Decision.objects.select_related("case"):
        assert decision.case.status == "closed"


@pytest.mark.parametrize("seed", range(3))
def test_alerts_are_what_the_rules_say_after_any_story(seed, clock, wei):
    dice = random.Random(seed)
    people = [a_borrower(f"S{number}") for number in range(6)]
    day = TODAY - timedelta(days=400)
    for person in people:
        a_loan(person, day - timedelta(days=40), settled_on=day - timedelta(days=9))
    recheck.run(as_of=day, by=clock, at=NOON + (day - TODAY))
    for _ in range(25):
        at = NOON + (day - TODAY)
        for person in dice.sample(people, 2):
            late = dice.choice((-5, 0, 8, 9, 31, 40))
            ended = day if dice.random() < 0.6 else None
            failed = [day] * dice.choice((0, 0, 3))
            a_loan(
                person,
                day - timedelta(days=dice.choice((0, 30))),
                settled_on=ended,
                days_late=late,
                failed=failed,
            )
            Stamp.objects.get_or_create(borrower=person, defaults={"stamped_at": at})
        if dice.random() < 0.5:
            recheck.judge_dirty(by=clock, at=at)
        if dice.random() < 0.5:
            alerts.release(by=clock, at=at, on=day)
        if dice.random() < 0.5 and (case := cases.take_next(by=wei, at=at)):
            shown = cases.digest(cases.seen(case))
            cases.decide(
                case=case, verdict="dismiss", reason="minor", note="", seen_digest=shown, by=wei, at=at
            )
        if dice.random() < 0.5:
            day += timedelta(days=dice.choice((1, 7, 45)))
            recheck.run(as_of=day, by=clock, at=NOON + (day - TODAY))
            check(day)
    recheck.run(as_of=day, by=clock, at=NOON + (day - TODAY))
    check(day)
    assert Case.objects.unresolved().count() == len(
        set(Case.objects.unresolved().values_list("borrower", "group"))
    )

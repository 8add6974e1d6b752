"""A snapshot says until when it holds: on no day before may anything but its ticking features be another."""

from datetime import timedelta

import pytest
from django.db import connection

from reviews.actions import features, recheck, rules
from reviews.actions.recheck import statement
from reviews.domain.features import FEATURES, TICKING
from reviews.domain.rules import Condition, Rule, Ruleset
from reviews.domain.scoring import Bin, Scale, Scorecard
from reviews.models import Snapshot
from servicing.models import Observation, Source, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, made_up

pytestmark = pytest.mark.django_db
CODES = [feature.code for feature in FEATURES]


def ticking():
    """Rules and points that read features which tick, beside those of the house."""
    house = rules.current()
    rest = (
        Rule(90, "asleep", 1, "human", (Condition("days_since_payoff", "=", 33),), "settled_loans", 1),
        Rule(91, "awake", 1, "human", (Condition("days_since_payoff", "<", 12),), "settled_loans", 1),
        Rule(92, "later", 1, "human", (Condition("current_dpd", ">=", 31),), "current_dpd", 1),
        Rule(93, "quiet", 1, "human", (Condition("current_dpd", "<=", 0),), "current_dpd", 1),
    )
    scale = Scale("days_since_payoff", 0, (Bin(50, 1), Bin(77, 2), Bin(None, 3)))
    card = Scorecard(9, "expert", 0, (*house.card.scales, scale), (14, 39))
    return Ruleset(house.edition, "ticking", (*house.rules, *rest), card)


def judged(day, ruleset, *, at):
    """{borrower: (holds until, all else that is said of him on a day)}, ticking aside."""
    text = f"with {features.compiled(features.RANGE)}, {statement.judged(ruleset)}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{text} select borrower_id, holds_until, fired, score, {', '.join(CODES)} from judged",  # noqa: S608
            features.parameters(as_of=day, on=TODAY) | {"low": 0, "high": 2**40, "at": at},
        )
        return {row[0]: (row[1], said(day, ruleset, row[2:])) for row in cursor}


def said(day, ruleset, row):
    fired, score, *numbers = row
    values = dict(zip(CODES, numbers, strict=True))
    evidence = [[values[name] for name in rule.features] for rule in ruleset.rules if rule.number in fired]
    still = {
        code: (day - timedelta(days=values[code]) if values[code] >= TICKING[code] else values[code])
        for code in TICKING
    }
    return fired, score, evidence, values | still


@pytest.mark.parametrize("seed", range(2))
def test_until_then_nothing_is_another(seed):
    made_up(seed, TODAY, borrowers=12)
    ruleset, days = ticking(), [TODAY + timedelta(days=each) for each in range(-90, 11)]
    # Some of these histories go on after today, and a day knows its future only where it is past.
    later = NOON + timedelta(days=400)
    found = [judged(day, ruleset, at=later) for day in days]
    late, exact = [], 0
    for borrower in found[0]:
        changed = None
        for day, people, after in zip(days[-2::-1], found[-2::-1], found[:0:-1], strict=True):
            until, was = people[borrower]
            if borrower not in after or after[borrower][1] != was:
                changed = day + timedelta(days=1)
            if changed and (until is None or until > changed):
                late.append((borrower, day, until, changed))
            exact += until == changed
    assert late == []
    # Nor is the bound so careful that it says nothing.
    assert exact > 0.5 * len(days) * len(found[0])


@pytest.fixture
def settled():
    borrower = a_borrower()
    a_loan(borrower, TODAY - timedelta(days=200), settled_on=TODAY - timedelta(days=100))
    return borrower


def test_a_row_stands_for_the_days_after_it_and_what_ticks_goes_on(clock, settled):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert Snapshot.objects.get().holds_until is None
    stands = Snapshot.objects.standing(TODAY + timedelta(days=3)).get()
    assert (stands.carried, stands.days_since_payoff) == (3, 100)
    assert (stands.figure("days_since_payoff"), stands.figures()["current_dpd"]) == (103, 0)
    assert not Snapshot.objects.standing(TODAY - timedelta(days=1)).exists()


def test_only_the_newest_row_stands_and_only_while_it_holds(clock, settled):
    a_loan(settled, TODAY)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    assert Snapshot.objects.get().holds_until == TODAY + timedelta(days=30)
    ends = [Snapshot.objects.standing(TODAY + timedelta(days=days)).count() for days in (29, 30)]
    assert ends == [1, 0]
    Stamp.objects.create(borrower=settled, stamped_at=NOON)
    recheck.judge_dirty(by=clock, at=NOON + timedelta(days=1))
    assert Snapshot.objects.standing(TODAY + timedelta(days=1)).get().as_of == TODAY + timedelta(days=1)
    assert Snapshot.objects.standing(TODAY).get().as_of == TODAY


def test_what_a_source_in_a_zone_ahead_says_counts_from_its_day_on(clock, settled):
    ahead = Source.objects.create(code="east", name="east", zone="Pacific/Kiritimati")
    Observation.objects.create(
        borrower=settled, source=ahead, external_id="1", kind="asked", arrived_at=NOON,
        observed_on=TODAY, known_on=TODAY + timedelta(days=1),
    )  # fmt: skip
    late = NOON.replace(hour=20)
    recheck.run(as_of=TODAY, by=clock, at=late)
    assert Snapshot.objects.get().holds_until == TODAY + timedelta(days=1)


def test_who_has_nothing_settled_any_more_stands_no_longer(clock, settled):
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    settled.settlements.all().delete()
    settled.history.delete()
    days = [TODAY + timedelta(days=each) for each in (0, 1, 9)]
    assert [Snapshot.objects.standing(day).count() for day in days] == [1, 1, 1]
    Stamp.objects.create(borrower=settled, stamped_at=NOON)
    assert recheck.judge_dirty(by=clock, at=NOON + timedelta(days=1)) == 1
    assert [Snapshot.objects.standing(day).count() for day in days] == [1, 0, 0]

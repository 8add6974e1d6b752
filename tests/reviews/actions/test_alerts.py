from datetime import date, timedelta

import pytest

from reviews.actions import alerts
from reviews.actions.alerts import NotAllowed
from reviews.models import Alert, Case, RuleHold
from servicing.actions import jobs, ledger
from servicing.models import Period
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, an_alert

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(clock):
    return lambda on=TODAY: alerts.release(by=clock, at=NOON, on=on)


@pytest.fixture
def capacity():
    def capacity(number):
        Period.objects.update_or_create(
            code="queue.daily_capacity",
            defaults={"value": number, "citation": "test", "valid_from": date(2020, 1, 1)},
        )

    return capacity


@pytest.fixture
def held(clock):
    run, _ = jobs.plan(kind="recheck", slot="held", params={"borrower": None}, shards=[], by=clock, at=NOON)
    alerts.hold(run=run, fired={"quick_return": 6, "worst_late": 5}, borrowers=100, by=clock, at=NOON)
    return RuleHold.objects.get()


def test_alerts_of_one_group_become_one_case_with_a_deadline(release):
    borrower = a_borrower()
    repayment = [an_alert(borrower, "worst_late"), an_alert(borrower, "last_late")]
    borrowing = an_alert(borrower, "many_new_loans")
    assert release() == {"cases": 2, "joined": 3}
    assert release() == {"cases": 0, "joined": 0}
    case = Case.objects.get(group="repayment")
    assert list(case.alerts.order_by("pk")) == repayment
    assert (case.priority, case.opened_on, case.due_on) == (60, TODAY, date(2026, 11, 26))
    assert Case.objects.get(group="borrowing").alerts.get() == borrowing


def test_a_later_alert_joins_the_open_case_and_may_raise_it(release, capacity):
    borrower = a_borrower()
    an_alert(borrower, "last_late")
    release()
    capacity(0)
    an_alert(borrower, "worst_late")
    assert release() == {"cases": 0, "joined": 1}
    case = Case.objects.get()
    assert (case.priority, case.alerts.count()) == (60, 2)


def test_the_queue_takes_what_the_team_can_take_and_the_most_pressing_first(release, capacity):
    capacity(2)
    opening = an_alert(a_borrower("A"), "worst_late", is_opening=True)
    mild = an_alert(a_borrower("B"), "last_late", severity=8)
    bad = an_alert(a_borrower("C"), "last_late", severity=30)
    newer = an_alert(a_borrower("D"), "last_late", severity=8)
    assert release() == {"cases": 2, "joined": 2}
    assert release() == {"cases": 0, "joined": 0}
    waiting = set(Alert.objects.waiting())
    assert waiting == {opening, newer}
    assert {c.alerts.get() for c in Case.objects.all()} == {bad, mild}
    assert release(TODAY + timedelta(days=1)) == {"cases": 2, "joined": 2}


def test_severities_of_different_rules_are_not_compared(release, capacity):
    capacity(1)
    percent, days = a_borrower("A"), a_borrower("B")
    an_alert(percent, "worst_late", severity=31)
    an_alert(percent, "late_share", severity=100)
    an_alert(days, "worst_late", severity=90)
    release()
    assert Case.objects.get().borrower == days


def test_a_weekend_shares_the_capacity_of_its_friday(release, capacity):
    capacity(2)
    for name in "ABCDE":
        an_alert(a_borrower(name), "worst_late")
    friday = date(2026, 11, 27)
    released = [release(friday + timedelta(days=n))["cases"] for n in range(4)]
    assert released == [2, 0, 0, 2]


def test_an_alert_of_a_held_rule_waits(release, held):
    assert (held.rule, held.fired, held.borrowers) == ("quick_return", 6, 100)
    waiting = an_alert(a_borrower(), "quick_return")
    assert release() == {"cases": 0, "joined": 0}
    assert list(Alert.objects.waiting()) == [waiting]


def test_the_lead_lets_a_held_rule_and_it_stays_let(held, ana, clock):
    an_alert(a_borrower(), "quick_return")
    alerts.let(rule="quick_return", reason="we want to see these", by=ana, at=NOON)
    assert Alert.objects.get().status == "open"
    assert ledger.latest(held).what == "rule.released"
    alerts.hold(run=held.run, fired={"quick_return": 90}, borrowers=100, by=clock, at=NOON)
    assert RuleHold.objects.get().released_by == ana


def test_a_new_version_of_a_rule_that_was_let_is_held_anew(release, held, ana, clock):
    alerts.let(rule="quick_return", reason="we want to see these", by=ana, at=NOON)
    RuleHold.objects.update(version=0)
    alerts.hold(run=held.run, fired={"quick_return": 90}, borrowers=100, by=clock, at=NOON)
    assert RuleHold.objects.standing().get().version == 1
    an_alert(a_borrower(), "quick_return")
    assert release() == {"cases": 0, "joined": 0}


@pytest.mark.parametrize(
    ("person", "rule", "reason", "why"),
    [
        ("wei", "quick_return", "long enough a reason", "right"),
        ("tom", "quick_return", "long enough a reason", "right"),
        ("ana", "quick_return", "  short  ", "reason"),
        ("ana", "worst_late", "long enough a reason", "rule"),
        ("ana", "no_such_rule", "long enough a reason", "rule"),
    ],
)
def test_a_hold_is_not_lifted_without_right_and_reason(held, request, person, rule, reason, why):
    with pytest.raises(NotAllowed, match=why):
        alerts.let(rule=rule, reason=reason, by=request.getfixturevalue(person), at=NOON)
    held.refresh_from_db()
    assert held.released_at is None


def test_a_hold_is_lifted_once(held, ana):
    alerts.let(rule="quick_return", reason="long enough a reason", by=ana, at=NOON)
    with pytest.raises(NotAllowed, match="released"):
        alerts.let(rule="quick_return", reason="long enough a reason", by=ana, at=NOON)


def test_rows_for_the_chart_count_alerts_by_rule_and_status(release):
    for name in "AB":
        an_alert(a_borrower(name), "worst_late")
    release()
    an_alert(a_borrower("C"), "worst_late")
    an_alert(a_borrower("D"), "last_late")
    assert list(Alert.objects.by_rule()) == [
        ("last_late", "waiting", 1),
        ("worst_late", "open", 2),
        ("worst_late", "waiting", 1),
    ]

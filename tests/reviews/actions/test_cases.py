from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connections, transaction

from reviews.actions import alerts, cases
from reviews.actions.alerts import NotAllowed
from reviews.actions.cases import AlreadyDecided, Changed
from reviews.models import Alert, Case, Decision
from servicing.actions import ledger
from servicing.models import LedgerEntry, Period, Staff
from tests.cast import NOON
from tests.reviews.histories import a_borrower, an_alert

pytestmark = pytest.mark.django_db
DISMISS = {"verdict": "dismiss", "reason": "minor", "note": ""}


@pytest.fixture
def queue(clock):
    """Three cases in line, the most pressing first."""
    for name, rule in (("A", "many_new_loans"), ("B", "worst_late"), ("C", "last_late")):
        an_alert(a_borrower(name), rule)
    alerts.release(by=clock, at=NOON, on=NOON.date())
    return list(Case.objects.for_queue_page())


def decide(case, by, **change):
    shown = cases.digest(cases.seen(case))
    return cases.decide(case=case, by=by, at=NOON, **{**DISMISS, "seen_digest": shown, **change})


def test_the_most_pressing_case_comes_first(queue, wei, bo):
    assert [case.priority for case in queue] == [60, 50, 20]
    assert [case.alert_count for case in queue] == [1, 1, 1]
    first = cases.take_next(by=wei, at=NOON)
    assert (first, first.owner, ledger.latest(first).what) == (queue[0], wei, "case.taken")
    assert cases.take_next(by=bo, at=NOON) == queue[1]


def test_nobody_hoards(queue, wei):
    mine = cases.take_next(by=wei, at=NOON)
    assert cases.take_next(by=wei, at=NOON) == mine
    assert Case.objects.unowned().count() == 2


def test_an_empty_queue_gives_nothing(wei):
    assert cases.take_next(by=wei, at=NOON) is None


def test_a_case_given_back_stands_in_line_again(queue, wei, bo):
    mine = cases.take_next(by=wei, at=NOON)
    with pytest.raises(NotAllowed, match="owner"):
        cases.give_back(case=mine, by=bo, at=NOON)
    cases.give_back(case=mine, by=wei, at=NOON)
    assert cases.take_next(by=bo, at=NOON) == mine


def test_the_lead_returns_the_case_of_who_left_and_the_trail_says_whose_it_was(queue, wei, ana, pei):
    mine = cases.take_next(by=wei, at=NOON)
    wei.is_active = False
    wei.save(update_fields=["is_active"])
    with pytest.raises(NotAllowed, match="right"):
        cases.give_back(case=mine, by=pei, at=NOON)
    cases.give_back(case=mine, by=ana, at=NOON)
    assert (ledger.latest(mine).by, ledger.latest(mine).detail) == (ana, {"owner": wei.pk})
    with pytest.raises(NotAllowed, match="owner"):
        cases.give_back(case=mine, by=ana, at=NOON)
    assert cases.take_next(by=ana, at=NOON) == mine


def test_a_decision_freezes_what_was_seen_and_answers_the_alerts(queue, wei):
    case = cases.take_next(by=wei, at=NOON)
    decision = decide(case, wei)
    case.refresh_from_db()
    alert = case.alerts.get()
    assert (case.status, case.closed_at) == ("closed", NOON)
    assert (alert.status, alert.answered_severity) == ("answered", alert.severity)
    assert decision.seen[0]["evidence"] == alert.evidence
    assert decision.seen[0]["status"] == "open"
    trace = ledger.latest(case)
    assert (trace.what, trace.by, trace.detail["alerts"]) == ("case.decided", wei, 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"verdict": "punish"}, "verdict"),
        ({"reason": "pattern"}, "reason"),
        ({"verdict": "watch", "reason": "pattern", "note": " "}, "note"),
    ],
)
def test_a_decision_outside_the_table_is_refused(queue, wei, change, why):
    case = cases.take_next(by=wei, at=NOON)
    with pytest.raises(NotAllowed, match=why):
        decide(case, wei, **change)
    assert not Decision.objects.exists()


def test_only_the_owner_decides(queue, wei, bo, ana):
    case = cases.take_next(by=wei, at=NOON)
    for other in (bo, ana):
        with pytest.raises(NotAllowed, match="owner"):
            decide(case, other)


@pytest.mark.parametrize("person", ["lin", "hua", "pei", "max_", "ada", "tom"])
def test_who_may_not_decide_takes_nothing(queue, request, person):
    with pytest.raises(NotAllowed, match="right"):
        cases.take_next(by=request.getfixturevalue(person), at=NOON)


def test_evidence_that_changed_since_it_was_shown_stops_the_decision(queue, wei):
    case = cases.take_next(by=wei, at=NOON)
    shown = cases.digest(cases.seen(case))
    Alert.objects.filter(case=case).update(severity=99)
    with pytest.raises(Changed):
        decide(case, wei, seen_digest=shown)
    decide(case, wei)
    assert Alert.objects.get(case=case).answered_severity == 99


def test_a_second_decision_says_whose_the_first_was(queue, wei, ana):
    case = cases.take_next(by=wei, at=NOON)
    decide(case, wei)
    for person in (wei, ana):
        with pytest.raises(AlreadyDecided) as late:
            decide(case, person)
        assert (late.value.by, late.value.at) == (wei, NOON)
    with pytest.raises(AlreadyDecided):
        cases.give_back(case=case, by=wei, at=NOON)


def test_a_case_whose_alerts_are_gone_stays_with_its_owner_and_says_so(queue, wei):
    case = cases.take_next(by=wei, at=NOON)
    Alert.objects.filter(case=case).update(status="closed", closed_on=NOON.date())
    assert Case.objects.for_case_page().get(pk=case.pk).has_alerts_gone
    decide(case, wei)
    assert not Case.objects.for_case_page().get(pk=case.pk).has_alerts_gone


def at_once(calls):
    """Run the calls on connections of their own, released by one barrier: results or exceptions, in order."""
    barrier = Barrier(len(calls))

    def one(call):
        barrier.wait(10)
        try:
            return call()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


@pytest.mark.django_db(transaction=True)
def test_two_who_take_at_once_get_two_cases(queue, wei, bo):
    got = at_once([lambda p=p: cases.take_next(by=p, at=NOON) for p in (wei, bo, wei, bo)])
    assert {got[0].pk, got[1].pk} == {queue[0].pk, queue[1].pk}
    assert (got[2].pk, got[3].pk) == (got[0].pk, got[1].pk)
    assert LedgerEntry.objects.filter(what="case.taken").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_decisions_at_once_exactly_one_stands(queue, wei):
    for _ in queue:
        case = cases.take_next(by=wei, at=NOON)
        got = at_once([lambda case=case: decide(case, Staff.objects.get(pk=wei.pk))] * 4)
        assert sorted(type(answer).__name__ for answer in got) == ["AlreadyDecided"] * 3 + ["Decision"]
        assert {answer.by for answer in got} == {wei}
    assert Decision.objects.count() == len(queue)
    assert LedgerEntry.objects.filter(what="case.decided").count() == len(queue)


@pytest.mark.django_db(transaction=True)
def test_two_releases_at_once_do_not_exceed_the_capacity(clock):
    for number in range(50):
        an_alert(a_borrower(f"B{number}"), "worst_late")
    got = at_once([lambda: alerts.release(by=clock, at=NOON, on=NOON.date())] * 3)
    assert sum(answer["cases"] for answer in got) == 40
    assert (Case.objects.count(), Alert.objects.waiting().count()) == (40, 10)


@pytest.mark.django_db(transaction=True)
def test_a_release_waits_for_the_one_before_it(clock):
    Period.objects.create(
        code="queue.daily_capacity", value=1, citation="test", valid_from=NOON.date().replace(day=1)
    )
    an_alert(a_borrower(), "last_late")
    release = partial(alerts.release, by=clock, at=NOON, on=NOON.date())
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            release()
            # One that the first release did not see, so that nothing but the room is between the two.
            at_once([lambda: an_alert(a_borrower("B2"), "worst_late")])
            second = pool.submit(at_once, [release])
            with pytest.raises(TimeoutError):
                second.result(0.5)
        assert second.result(10) == [{"cases": 0, "joined": 0}]


@pytest.mark.django_db(transaction=True)
def test_an_alert_that_closes_during_its_release_leaves_no_case_behind(clock):
    alert = an_alert(a_borrower(), "worst_late")
    release = partial(alerts.release, by=clock, at=NOON, on=NOON.date())
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(status="closed", closed_on=NOON.date())
            released = pool.submit(at_once, [release])
            with pytest.raises(TimeoutError):
                released.result(0.5)
        assert released.result(10) == [{"cases": 0, "joined": 0}]
    assert not Case.objects.exists()

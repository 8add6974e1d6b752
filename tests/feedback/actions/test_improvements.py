"""From failed payments to a proven improvement: facts, names, states, and a measurement nobody can hurry."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from config.portfolio.obstacles import REBIND, WALLET
from feedback.actions import improvements
from feedback.actions.improvements import facts
from feedback.domain.improvements import NotAllowed, windows
from feedback.models import ChannelDay, FactDay, FactMark, FailureDay, Improvement, Measurement, Signature
from servicing.actions import ledger
from servicing.models import Payment, Restriction, Staff
from tests.cast import NOON, TODAY
from tests.feedback.obstacles import a_book, a_payment, some_loans

pytestmark = pytest.mark.django_db

YESTERDAY = TODAY - timedelta(days=1)


def failure(planted):
    return {"side": "failures", "channel": planted.channel, "error_code": planted.error_code}


def an_obstacle(planted, *, by):
    return improvements.name(title="obstacle", signatures=[failure(planted)], by=by, at=NOON)


def begun(obstacle, *, by, fall=50):
    return improvements.begin(
        obstacle=obstacle, title="new interface", kind="process", cause="interface", change="bind at once",
        owner=by, fall=fall, by=by, at=NOON,
    )  # fmt: skip


def save(*payments):
    return Payment.objects.bulk_create(payments)


def test_a_day_is_added_up_by_channel_and_by_error(db):
    one, other = some_loans(2)
    broken = {"outcome": "failed", "error": "E1"}
    save(
        a_payment(one, YESTERDAY, 1, hour=20, version="6.1", **broken),
        a_payment(one, YESTERDAY, 2, hour=20, version="6.1", **broken),
        a_payment(one, YESTERDAY, 3, hour=21),
        a_payment(other, YESTERDAY, 1, hour=9),
    )
    improvements.gather(at=NOON)
    tried = ChannelDay.objects.get(day=YESTERDAY, channel="debit-b")
    assert (tried.attempts, tried.customers) == (4, 2)
    assert tried.hours == {"9": 1, "20": 2, "21": 1}
    failed = FailureDay.objects.get(day=YESTERDAY)
    assert (failed.error_code, failed.attempts, failed.customers, failed.amount) == ("E1", 2, 1, 200)
    assert (failed.hours, failed.versions) == ({"20": 2}, {"6.1": 2})


def test_what_comes_late_is_added_to_its_day_and_twice_changes_nothing(db):
    (loan,) = some_loans(1)
    long_ago = TODAY - timedelta(days=90)
    save(a_payment(loan, long_ago, 1, outcome="failed", error="E1"))
    improvements.gather(at=NOON)
    rows = list(FailureDay.objects.values())
    assert improvements.gather(at=NOON) == 0
    assert [row["attempts"] for row in FailureDay.objects.values()] == [row["attempts"] for row in rows]
    later = NOON + timedelta(days=3)
    for days in (1, 2):
        improvements.gather(at=NOON + timedelta(days=days))
    save(a_payment(loan, long_ago, 2, outcome="failed", error="E1"))
    assert improvements.gather(at=later) > 0
    assert FailureDay.objects.get(day=long_ago).attempts == 2
    assert not FactDay.objects.filter(is_due=True).exists()


def test_after_an_import_the_looks_of_the_day_find_nothing_new(db):
    (loan,) = some_loans(1)
    for days in range(2):
        improvements.gather(at=NOON - timedelta(days=2 - days))
    save(*(a_payment(loan, TODAY - timedelta(days=ago), ago) for ago in range(80, 180)))
    at = NOON + timedelta(minutes=5)
    assert improvements.gather(at=at) >= 100
    assert [improvements.gather(at=at + timedelta(minutes=5 * look)) for look in range(1, 5)] == [0] * 4
    save(a_payment(loan, YESTERDAY, 1))
    assert improvements.gather(at=at + timedelta(minutes=30)) == 1


def test_a_payment_whose_number_is_older_than_its_commit_is_found_the_next_day(db):
    (loan,) = some_loans(1)
    long_ago = TODAY - timedelta(days=90)
    for days in range(3):
        improvements.gather(at=NOON + timedelta(days=days))
    slow, quick = (a_payment(loan, long_ago, number, outcome="failed", error="E1") for number in (1, 2))
    save(slow, quick)
    Payment.objects.filter(pk=slow.pk).delete()  # it has its number and is not committed yet
    improvements.gather(at=NOON + timedelta(days=3))
    assert FailureDay.objects.get(day=long_ago).attempts == 1
    slow.save(force_insert=True)
    improvements.gather(at=NOON + timedelta(days=4))
    assert FailureDay.objects.get(day=long_ago).attempts == 2


def test_rows_that_an_undo_took_away_are_gone_the_next_morning(db):
    (loan,) = some_loans(1)
    save(a_payment(loan, YESTERDAY, 1, outcome="failed", error="E1"))
    improvements.gather(at=NOON)
    Payment.objects.filter(error_code="E1").delete()
    for days in (1, 2):
        improvements.gather(at=NOON + timedelta(days=days))
    assert not FailureDay.objects.exists()


def test_who_is_restricted_is_in_no_fact(pei):
    one, other = some_loans(2)
    save(*(a_payment(loan, YESTERDAY, 1, outcome="failed", error="E1") for loan in (one, other)))
    Restriction.objects.create(
        borrower=one.borrower, ground="erasure", reason="asked", from_on=TODAY, by=pei, at=NOON
    )
    improvements.gather(at=NOON)
    assert FailureDay.objects.get().customers == 1


def test_a_signature_belongs_to_one_obstacle(lin, ana):
    obstacle = an_obstacle(REBIND, by=lin)
    assert ledger.latest(obstacle).what == "obstacle.named"
    with pytest.raises(improvements.Taken):
        an_obstacle(REBIND, by=ana)
    more = {"side": "words", "where": "card"}
    improvements.add_signature(obstacle=obstacle, signature=more, by=lin, at=NOON)
    assert ledger.latest(obstacle).what == "obstacle.signature_added"
    with pytest.raises(IntegrityError), transaction.atomic():
        Signature.objects.create(obstacle=obstacle, side="words", where="card", channel="debit-b")
    with pytest.raises(NotAllowed, match="title"):
        improvements.name(title=" ", signatures=[more], by=lin, at=NOON)


def test_numbers_of_people_are_blurred_before_anything_is_kept(lin, ana):
    obstacle = improvements.name(
        title="call 13800138000", note="he said 13800138000", signatures=[failure(REBIND)], by=lin, at=NOON
    )
    made = begun(obstacle, by=ana)
    assert "13800138000" not in obstacle.title + obstacle.note + made.change


def test_every_change_of_an_improvement_leaves_its_entry(ana, hua, lin):
    made = begun(an_obstacle(REBIND, by=ana), by=ana)
    assert ledger.latest(made).what == "improvement.begun"
    improvements.hand_over(improvement=made, owner=hua, by=ana, at=NOON)
    assert ledger.latest(made).detail == {"from": "ana", "to": "hua"}
    with pytest.raises(NotAllowed, match="day"):
        improvements.fix(improvement=made, fixed_on=TODAY + timedelta(days=1), by=hua, at=NOON)
    improvements.fix(improvement=made, fixed_on=TODAY, by=hua, at=NOON)
    with pytest.raises(NotAllowed, match="status"):
        improvements.fix(improvement=made, fixed_on=TODAY, by=hua, at=NOON)
    with pytest.raises(NotAllowed, match="reason"):
        improvements.drop(improvement=made, reason="no", by=hua, at=NOON)
    improvements.drop(improvement=made, reason="the bank does it itself", by=hua, at=NOON)
    assert ledger.latest(made).detail == {"from": "fixed", "reason": "the bank does it itself"}
    tom = Staff.objects.get(username="tom")
    with pytest.raises(NotAllowed, match="owner"):
        improvements.hand_over(improvement=made, owner=tom, by=hua, at=NOON)


@pytest.mark.parametrize("act", ["begin", "hand_over", "fix", "drop"])
def test_only_leads_steer(ana, lin, act):
    obstacle = an_obstacle(REBIND, by=ana)
    given = {
        "begin": {
            "obstacle": obstacle, "title": "x", "kind": "process", "cause": "app", "change": "x",
            "owner": ana, "fall": 50,
        },
        "hand_over": {"owner": lin}, "fix": {"fixed_on": TODAY}, "drop": {"reason": "nobody pays for it"},
    }[act]  # fmt: skip
    about = given if act == "begin" else given | {"improvement": begun(obstacle, by=ana)}
    with pytest.raises(NotAllowed, match="right"):
        getattr(improvements, act)(**about, by=lin, at=NOON)


def test_only_who_hears_of_obstacles_names_them(lin, pei):
    obstacle = an_obstacle(REBIND, by=lin)
    with pytest.raises(NotAllowed, match="right"):
        an_obstacle(WALLET, by=pei)
    with pytest.raises(NotAllowed, match="right"):
        improvements.add_signature(obstacle=obstacle, signature=failure(WALLET), by=pei, at=NOON)


@pytest.fixture
def book(db):
    a_book()
    improvements.gather(at=NOON)


def test_what_was_fixed_is_proven_and_what_was_not_stays_open(book, ana, clock):
    good, bad = (begun(an_obstacle(each, by=ana), by=ana) for each in (REBIND, WALLET))
    for made, planted in ((good, REBIND), (bad, WALLET)):
        improvements.fix(improvement=made, fixed_on=planted.fixed_on(TODAY), by=ana, at=NOON)
        made.refresh_from_db()
        assert made.weeks == 4
    assert improvements.measure(by=clock, at=NOON) == 4
    assert improvements.measure(by=clock, at=NOON) == 0
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.status, bad.status) == ("proven", "not_proven")
    for made, planted in ((good, REBIND), (bad, WALLET)):
        for row in made.measurements.all():
            assert row.ratio_low <= planted.factor <= row.ratio_high
            assert len(row.by_week) == 2 * row.weeks
        assert ledger.latest(made).what == "improvement.measured"
    # Of the proven one nothing is judged again; the other one is after as many weeks again.
    assert list(good.measurements.values_list("weeks", "verdict", "more_weeks")) == [
        (8, "", 0),
        (4, "proven", 0),
    ]
    assert list(bad.measurements.values_list("weeks", "more_weeks")) == [(8, 4), (4, 4)]
    # Something else may be changed then; what was measured of the first fix stays.
    improvements.fix(improvement=bad, fixed_on=TODAY, by=ana, at=NOON)
    assert Measurement.objects.filter(improvement=bad).count() == 2


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_what_is_measured_is_what_stands_in_the_rows_and_holds_what_was_planted(ana, clock, seed):
    a_book(seed)
    for planted in (REBIND, WALLET):
        made = begun(an_obstacle(planted, by=ana), by=ana)
        improvements.fix(improvement=made, fixed_on=planted.fixed_on(TODAY), by=ana, at=NOON)
    improvements.measure(by=clock, at=NOON)
    rows = list(Payment.objects.filter(channel__in=("debit-b", "wallet")).select_related("loan"))
    for planted in (REBIND, WALLET):
        row = Measurement.objects.get(improvement__obstacle__signatures__channel=planted.channel, weeks=8)
        spans = windows(planted.fixed_on(TODAY), 8)
        tried, met = (
            [
                len({
                    (each.loan.borrower_id, each.paid_on)
                    for each in rows
                    if each.channel == planted.channel and span.first <= each.paid_on <= span.last
                    and each.outcome in outcomes
                })
                for span in spans
            ]
            for outcomes in (("failed", "succeeded"), ("failed",))
        )  # fmt: skip
        assert [row.tried_before, row.tried_after] == tried
        assert [row.met_before, row.met_after] == met
        assert row.ratio_low <= planted.factor <= row.ratio_high


def test_too_early_says_for_how_many_weeks(book, ana, clock):
    made = begun(an_obstacle(REBIND, by=ana), by=ana, fall=15)
    improvements.fix(improvement=made, fixed_on=TODAY - timedelta(days=16), by=ana, at=NOON)
    improvements.measure(by=clock, at=NOON)
    made.refresh_from_db()
    row = made.measurements.get()
    assert (made.status, row.verdict, row.weeks) == ("fixed", "", 2)
    assert row.more_weeks == made.weeks - 2 > 2


def test_a_fix_that_makes_it_far_worse_alarms_before_its_time(book, ana, clock):
    fixed_on = TODAY - timedelta(days=15)
    since = Payment.objects.filter(paid_on__gt=fixed_on, channel="wallet", outcome="succeeded")
    save(
        *(
            a_payment(row.loan, row.paid_on, f"W{row.pk}", outcome="failed", channel="wallet",
                      error=WALLET.error_code)
            for row in since.select_related("loan")
        )
    )  # fmt: skip
    improvements.gather(at=NOON)
    made = begun(an_obstacle(WALLET, by=ana), by=ana)
    improvements.fix(improvement=made, fixed_on=fixed_on, by=ana, at=NOON)
    improvements.measure(by=clock, at=NOON)
    made.refresh_from_db()
    assert made.status == Improvement.Status.WORSE


def test_nothing_is_measured_before_what_came_is_added_up(book, ana, clock):
    made = begun(an_obstacle(REBIND, by=ana), by=ana)
    improvements.fix(improvement=made, fixed_on=REBIND.fixed_on(TODAY), by=ana, at=NOON)
    FactDay.objects.filter(day=YESTERDAY).update(is_due=True)
    assert improvements.measure(by=clock, at=NOON, until=0) == 0
    assert improvements.measure(by=clock, at=NOON) > 0


def test_an_obstacle_nobody_met_has_too_little(ana, clock, db):
    made = begun(an_obstacle(REBIND, by=ana), by=ana)
    improvements.fix(improvement=made, fixed_on=TODAY - timedelta(days=200), by=ana, at=NOON)
    improvements.gather(at=NOON)
    improvements.measure(by=clock, at=NOON)
    row = made.measurements.latest("weeks")
    assert (row.weeks, row.verdict, row.ratio) == (26, "too_little", None)
    assert row.more_weeks == 0


def test_marks_are_one_a_day(db):
    for _ in range(2):
        facts.look(on=TODAY)
    assert FactMark.objects.count() == 1

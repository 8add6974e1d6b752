"""One proposes, another decides what was shown; too late, too early, twice, and for somebody else."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from servicing.actions import controls, periods, staff
from servicing.actions.controls import roles, thresholds
from servicing.models import Approval, Deputy, LedgerEntry, Staff
from tests import stories
from tests.cast import NOON, TODAY
from tests.racing import race

WORDS = "the team has one more reviewer"
BEIJING = ZoneInfo("Asia/Shanghai")
CODE = "queue.daily_capacity"


@pytest.fixture
def asked(wei):
    """wei wants the team to take 50 cases a day."""
    return ask(wei)


def ask(by, *, value=50, at=NOON):
    return thresholds.propose_threshold(
        code=CODE, value=value, from_on=timezone.localdate(at), purpose=WORDS, by=by, at=at
    )


def yes(approval, by, *, at=NOON, digest=None):
    return controls.approve(approval=approval, digest=digest or approval.digest, by=by, at=at)


def test_what_was_approved_is_done_in_the_same_breath(asked, ana):
    assert periods.value(CODE, on=TODAY) == 40
    yes(asked, ana)
    assert periods.value(CODE, on=TODAY) == 50
    asked.refresh_from_db()
    assert (asked.status, asked.decided_by, asked.decided_at) == ("approved", ana, NOON)
    acts = [entry.what for entry in LedgerEntry.objects.order_by("pk")]
    assert acts == ["approval.proposed", "approval.approved", "period.changed"]


@pytest.mark.parametrize(
    ("who", "why"), [("wei", "second_person"), ("bo", "right"), ("pei", "right"), ("max_", "right")]
)
def test_nobody_else_approves(asked, request, who, why):
    with pytest.raises(controls.NotAllowed, match=why):
        yes(asked, request.getfixturevalue(who))
    assert periods.value(CODE, on=TODAY) == 40


def test_the_database_itself_keeps_the_two_apart(asked, wei):
    with pytest.raises(IntegrityError, match="who_proposes_does_not_decide"), transaction.atomic():
        Approval.objects.update(status="approved", decided_by=wei, decided_at=NOON)


def test_the_database_knows_no_approval_that_came_too_late(asked, ana):
    with pytest.raises(IntegrityError, match="nothing_is_approved_after_it_lapsed"), transaction.atomic():
        Approval.objects.update(
            status="approved", decided_by=ana, decided_at=F("lapses_at") + timedelta(seconds=1)
        )


FORGED = """
insert into servicing_approval (kind, subject, shown, digest, purpose, proposed_by_id, proposed_at, lapses_at,
    status, decided_by_id, decided_at, reason)
select kind, 'x', shown, digest, purpose, proposed_by_id, proposed_at, lapses_at, 'approved',
    (select id from servicing_staff where username = 'ana'), proposed_at, '' from servicing_approval
"""


@pytest.mark.parametrize(
    "statement",
    [
        FORGED,
        "delete from servicing_approval",
        "truncate servicing_approval cascade",
        "update servicing_approval set digest = 'x'",
        "update servicing_approval set lapses_at = lapses_at + interval '1 day'",
        "update servicing_approval set proposed_by_id = proposed_by_id + 1",
        "alter table servicing_approval disable trigger all",
        "drop trigger approval_guard on servicing_approval",
        "create temp table servicing_approval (id int)",
    ],
)
def test_the_sites_role_cannot_forge_a_proposal(asked, statement):
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "waiting", "decided_by": None, "decided_at": None},
        {"status": "approved", "reason": ""},
        {"shown": {}},
        {"reason": "another"},
        {"decided_at": NOON - timedelta(seconds=1)},
        {"purpose": "another"},
    ],
)
def test_what_was_decided_stands(asked, ana, change):
    controls.refuse(approval=asked, reason="not before the holidays", by=ana, at=NOON)
    with pytest.raises(DatabaseError, match="a decided proposal stands"):
        Approval.objects.update(**change)


def test_another_digest_than_shown_is_refused(asked, ana):
    with pytest.raises(controls.Changed):
        yes(asked, ana, digest="0" * 64)


def test_what_changed_meanwhile_is_not_approved(asked, ana, max_):
    periods.change(code=CODE, value=30, citation="admin", from_on=TODAY, by=max_, at=NOON)
    assert not controls.still_shown(asked)
    with pytest.raises(controls.Changed):
        yes(asked, ana)


def test_a_row_that_was_tampered_with_is_not_approved(asked, ana):
    asked.shown["after"] = 39_999
    asked.save(update_fields=["shown"])
    with pytest.raises(controls.Changed):
        yes(asked, ana)
    assert periods.value(CODE, on=TODAY) == 40


@pytest.mark.parametrize(
    ("proposed", "lapses"),
    [
        (NOON, NOON + timedelta(days=1)),  # Monday to Tuesday
        (NOON + timedelta(days=4), NOON + timedelta(days=7)),  # Friday to Monday
        # Saturday to the end of Monday
        (NOON + timedelta(days=5), datetime.combine(TODAY + timedelta(days=7), time.max, BEIJING)),
    ],
)
def test_it_lapses_one_working_day_later(wei, ana, proposed, lapses):
    approval = ask(wei, at=proposed)
    assert approval.lapses_at == lapses
    with pytest.raises(controls.NotAllowed, match="lapsed"):
        yes(approval, ana, at=lapses + timedelta(seconds=1))
    assert yes(approval, ana, at=lapses).status == "approved"


def test_the_sweep_marks_what_lapsed_once(asked, clock):
    assert controls.lapse(by=clock, at=asked.lapses_at) == 0
    late = asked.lapses_at + timedelta(seconds=1)
    assert [controls.lapse(by=clock, at=late) for _ in range(2)] == [1, 0]
    assert [entry.detail for entry in stories.acts("approval.lapsed")] == [{"approvals": [asked.pk]}]
    asked.refresh_from_db()
    assert asked.status == "lapsed"


def test_the_same_proposal_is_made_once_and_another_one_waits(asked, wei, bo):
    assert ask(wei) == asked
    for by, value in ((wei, 60), (bo, 50)):
        with pytest.raises(controls.NotAllowed, match="waits"):
            ask(by, value=value)
    assert ask(bo, at=asked.lapses_at + timedelta(days=3)) != asked


@pytest.mark.parametrize("reason", ["", " ", "..........", "no", "aaaaaaaaaaaa"])
def test_a_refusal_that_says_nothing_is_none(asked, ana, reason):
    with pytest.raises(controls.NotAllowed, match="reason"):
        controls.refuse(approval=asked, reason=reason, by=ana, at=NOON)


def test_a_refusal_says_why(asked, ana):
    controls.refuse(approval=asked, reason="not before the holidays", by=ana, at=NOON)
    with pytest.raises(controls.AlreadyDecided) as already:
        yes(asked, ana)
    assert (already.value.by, already.value.at) == (ana, NOON)


def test_only_who_proposed_withdraws(asked, wei, ana):
    with pytest.raises(controls.NotAllowed, match="right"):
        controls.withdraw(approval=asked, by=ana, at=NOON)
    assert controls.withdraw(approval=asked, by=wei, at=NOON).status == "withdrawn"


@pytest.mark.parametrize(("value", "why"), [(0, "value"), (200_000, "value")])
def test_a_threshold_stays_within_its_limits(wei, value, why):
    with pytest.raises(controls.NotAllowed, match=why):
        ask(wei, value=value)


def test_what_is_no_threshold_is_not_proposed(wei):
    with pytest.raises(controls.NotAllowed, match="value"):
        thresholds.propose_threshold(code="job.lease", value=5, from_on=TODAY, purpose=WORDS, by=wei, at=NOON)


def test_an_admin_proposes_a_role_and_the_privacy_officer_grants_it(max_, pei, tom):
    approval = roles.propose_role(person=tom, role="cs", purpose=WORDS, by=max_, at=NOON)
    assert not tom.may("borrower.find")
    yes(approval, pei)
    assert Staff.objects.get(pk=tom.pk).may("borrower.find")
    assert stories.acts("staff.role_granted")[0].detail == {"from": "", "to": "cs", "approval": approval.pk}


def test_nobody_gets_a_role_by_the_own_hand(max_, pei):
    with pytest.raises(controls.NotAllowed, match="own"):
        roles.propose_role(person=max_, role="risk", purpose=WORDS, by=max_, at=NOON)
    approval = roles.propose_role(person=pei, role="risk", purpose=WORDS, by=max_, at=NOON)
    with pytest.raises(controls.NotAllowed, match="own"):
        yes(approval, pei)
    assert Staff.objects.get(pk=pei.pk).role_code == "privacy"


# --- Deputies ---


def away(ana, deputy, *, days=5, begins=TODAY):
    return controls.appoint(
        person=ana, deputy=deputy, from_on=begins, to_on=begins + timedelta(days=days - 1), by=ana, at=NOON
    )


def test_a_deputy_approves_and_the_row_says_for_whom(asked, ana, bo):
    away(ana, bo)
    assert controls.waiting_for(bo, at=NOON) == [asked]
    done = yes(asked, bo)
    assert (done.decided_by, done.deputy_for) == (bo, ana)
    assert stories.acts("approval.approved")[0].detail["deputy_for"] == ana.pk


def test_a_deputy_does_not_approve_the_own_proposal(asked, ana, wei):
    away(ana, wei)
    assert controls.waiting_for(wei, at=NOON) == []
    with pytest.raises(controls.NotAllowed, match="second_person"):
        yes(asked, wei)


def test_a_lead_who_proposes_is_not_approved_by_the_own_deputy(ana, bo, pei):
    # A right that its proposer has too, as in an export.
    away(ana, bo)
    assert controls.authority(bo, "threshold.approve", on=TODAY, proposer=pei) == ana
    assert controls.authority(bo, "threshold.approve", on=TODAY, proposer=ana) is None


@pytest.mark.parametrize("days_later", [-1, 5])
def test_a_deputy_stands_in_only_on_the_named_days(ana, bo, pei, days_later):
    away(ana, bo)
    on = TODAY + timedelta(days=days_later)
    assert controls.authority(bo, "threshold.approve", on=on, proposer=pei) is None


def test_a_deputy_has_nothing_of_a_lead_who_left(ana, bo, pei):
    away(ana, bo)
    Staff.objects.filter(pk=ana.pk).update(is_active=False)
    assert controls.authority(bo, "threshold.approve", on=TODAY, proposer=pei) is None


@pytest.mark.parametrize(("who", "role"), [("bo", "cs"), ("bo", ""), ("ana", "cs_lead"), ("ana", "")])
def test_who_changes_the_role_stands_in_no_more(asked, ana, bo, pei, request, who, role):
    post = away(ana, bo)
    staff.grant(person=request.getfixturevalue(who), role=role, by=pei, at=NOON)
    post.refresh_from_db()
    assert post.recalled_at == NOON
    assert len(stories.acts("deputy.recalled")) == 1
    # Not even on a post that was left open, as a database of before this rule may have it.
    Deputy.objects.update(recalled_at=None)
    bo = Staff.objects.get(pk=bo.pk)
    assert controls.leads_of(bo, on=TODAY) == []
    with pytest.raises(controls.NotAllowed, match="right"):
        yes(asked, bo)


def test_days_to_come_end_with_the_role_and_those_that_passed_stay(ana, bo, wei, pei):
    old = away(ana, wei, days=1)
    away(ana, bo, begins=TODAY + timedelta(days=2))
    staff.grant(person=ana, role="privacy", by=pei, at=NOON + timedelta(days=1))
    old.refresh_from_db()
    assert old.recalled_at is None
    assert len(stories.acts("deputy.recalled")) == 1


def test_a_deputy_is_recalled_once(asked, ana, bo, lin):
    post = away(ana, bo)
    with pytest.raises(controls.NotAllowed, match="right"):
        controls.recall(post=post, by=lin, at=NOON)
    controls.recall(post=post, by=ana, at=NOON)
    controls.recall(post=post, by=ana, at=NOON)
    assert len(stories.acts("deputy.recalled")) == 1
    with pytest.raises(controls.NotAllowed, match="right"):
        yes(asked, bo)


@pytest.mark.parametrize(
    ("deputy", "begins", "days", "why"),
    [
        ("lin", TODAY, 5, "deputy"),  # of another team
        ("ana", TODAY, 5, "deputy"),
        ("bo", TODAY - timedelta(days=1), 5, "days"),
        ("bo", TODAY, 15, "days"),
        ("bo", TODAY, 0, "days"),
    ],
)
def test_who_may_be_a_deputy_and_when(ana, request, deputy, begins, days, why):
    with pytest.raises(controls.NotAllowed, match=why):
        away(ana, request.getfixturevalue(deputy), begins=begins, days=days)


def test_a_lead_has_one_deputy_at_a_time(ana, wei, bo):
    away(ana, bo, days=14)
    with pytest.raises(controls.NotAllowed, match="overlap"):
        away(ana, wei, begins=TODAY + timedelta(days=13))
    away(ana, wei, begins=TODAY + timedelta(days=14))


def test_the_database_itself_knows_one_deputy_at_a_time(ana, wei, bo, pei):
    post = away(ana, bo, days=5)
    days = {"by": ana, "at": NOON, "from_on": post.to_on, "to_on": post.to_on}
    with pytest.raises(IntegrityError, match="one_deputy_a_person_and_day"), transaction.atomic():
        Deputy.objects.create(person=ana, deputy=wei, **days)
    Deputy.objects.create(person=pei, deputy=wei, **days)
    Deputy.objects.update(recalled_at=NOON)
    Deputy.objects.create(person=ana, deputy=wei, **days)


def test_who_has_no_team_names_no_deputy(wei, bo, ana):
    with pytest.raises(controls.NotAllowed, match="right"):
        away(wei, bo)
    with pytest.raises(controls.NotAllowed, match="right"):
        controls.appoint(person=ana, deputy=bo, from_on=TODAY, to_on=TODAY, by=wei, at=NOON)
    assert not Deputy.objects.exists()


# --- Races ---

APPROVE = """
try:
    controls.approve(approval=approval, digest=approval.digest, by={by}, at=approval.proposed_at)
except controls.AlreadyDecided:
    raise SystemExit(9)
"""


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_exactly_one_does():
    wei, bo, ana = (Staff.objects.get(username=name) for name in ("wei", "bo", "ana"))
    at = timezone.now()
    today = timezone.localdate(at)
    controls.appoint(person=ana, deputy=bo, from_on=today, to_on=today, by=ana, at=at)
    ask(wei, at=at)
    assert sorted(race(APPROVE.format(by="ana"), APPROVE.format(by="bo"))) == [0, 9]
    for what in ("approval.approved", "period.changed"):
        assert LedgerEntry.objects.filter(what=what).count() == 1

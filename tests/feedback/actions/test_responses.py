"""A voice is heard once, kept without numbers, given its clock, and answered by whoever looks after it."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from feedback.actions import responses
from feedback.models import FollowUp, Response
from reviews.models import Case
from servicing.actions import bureau, controls
from servicing.models import LedgerEntry, Objection
from tests import stories
from tests.cast import NOON, TODAY
from tests.stories import acts

pytestmark = pytest.mark.django_db


def said(by, **more):
    words = {"kind": "complaint", "channel": "call", "where": "debit", "words": "debited twice"} | more
    return responses.log(by=by, at=words.pop("at", NOON), **words)


@pytest.fixture
def loan(db):
    return stories.a_loan(stories.a_borrower())


def test_a_form_sent_twice_is_one_voice(lin, hua, loan):
    first = said(lin, key="k1", borrower=loan.borrower, loan=loan, instalment=1)
    again = said(lin, key="k1", borrower=loan.borrower, loan=loan, instalment=1)
    assert first == again
    assert said(hua, key="k1") != first
    assert len(acts("response.logged")) == 2
    assert (first.due_on, first.owner, first.reference[:2]) == (TODAY + timedelta(days=15), lin, "F-")
    with pytest.raises(IntegrityError, match="one_response_a_form"), transaction.atomic():
        Response.objects.filter(logged_by=hua).update(logged_by=lin)


def test_numbers_of_people_are_not_kept_and_not_in_the_trail(lin):
    row = said(lin, words="call me at 13800138000", speaker="agent", authority="mandate 110101199003074477")
    assert "13800138000" not in row.words
    assert "110101199003074477" not in row.authority
    assert not LedgerEntry.objects.filter(detail__icontains="call me").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"words": " "}, "words"),
        ({"speaker": "third"}, "authority"),
        ({"hotline": "12378"}, "hotline"),
        ({"hotline_due_on": TODAY}, "hotline"),
        ({"instalment": 1}, "instalment"),
        ({"received_at": NOON + timedelta(minutes=1)}, "received"),
    ],
)
def test_what_is_not_whole_is_refused(lin, more, code):
    with pytest.raises(responses.NotAllowed, match=code):
        said(lin, **more)


def test_a_loan_of_somebody_else_and_an_instalment_that_is_none_are_refused(lin, loan):
    other = stories.a_borrower(phone="10000000003")
    for more, code in (
        ({"borrower": other, "loan": loan}, "loan"),
        ({"borrower": loan.borrower, "loan": loan, "instalment": 9}, "instalment"),
    ):
        with pytest.raises(responses.NotAllowed, match=code):
            said(lin, **more)


def test_a_hotlines_case_keeps_its_number_and_day_and_comes_once(lin, hua):
    early = TODAY + timedelta(days=5)
    row = said(lin, hotline="12378", hotline_number="HX-77", hotline_due_on=early)
    assert (row.hotline_number, row.due_on) == ("HX-77", early)
    with pytest.raises(responses.NotAllowed, match="known"):
        said(hua, hotline="12378", hotline_number="HX-77")
    with pytest.raises(responses.NotAllowed, match="known"):
        said(hua, hotline="12378", hotline_number=" ＨＸ-77")


def test_praise_waits_for_nothing(lin):
    row = said(lin, kind="praise")
    assert (row.due_on, row.status) == (None, "answered")


def test_an_objection_opens_its_record_in_the_same_step(lin, pei, loan):
    row = said(lin, kind="objection", where="record", borrower=loan.borrower, loan=loan)
    record = Objection.objects.get()
    assert (row.objection, record.due_on, record.marked_at) == (record, TODAY + timedelta(days=20), NOON)
    with pytest.raises(responses.NotAllowed, match="objection"):
        responses.answer(response=row, words="it is right", by=lin, at=NOON)
    bureau.end(
        objection=record, ending="no_error", findings="all is right", reply="no error", by=pei, at=NOON
    )
    assert responses.follow_objections(at=NOON) == 1
    assert responses.follow_objections(at=NOON) == 0
    row.refresh_from_db()
    assert (row.status, row.answer, row.answered_by) == ("answered", "no error", pei)


@pytest.mark.parametrize("days", [5, 0, -2])
def test_the_bureau_desk_works_by_the_day_of_the_hotline(lin, loan, days):
    case = {"hotline": "12363", "hotline_number": "HX-78", "hotline_due_on": TODAY + timedelta(days=days)}
    row = said(lin, kind="objection", where="record", borrower=loan.borrower, **case)
    assert row.objection.due_on == row.due_on == case["hotline_due_on"]


def test_an_unknown_caller_is_heard_and_identified_later(lin, loan):
    row = said(lin, kind="objection", wants_person=True)
    assert (row.borrower, row.objection, Case.objects.count()) == (None, None, 0)
    row = responses.identify(response=row, borrower=loan.borrower, by=lin, at=NOON + timedelta(days=2))
    assert row.objection.due_on == row.due_on == TODAY + timedelta(days=20)
    assert row.case.borrower == loan.borrower
    with pytest.raises(responses.NotAllowed, match="identified"):
        responses.identify(response=row, borrower=loan.borrower, by=lin, at=NOON)


def test_a_wish_for_a_person_opens_one_review_and_the_next_joins_it(lin, loan):
    one = said(lin, borrower=loan.borrower, wants_person=True)
    other = said(lin, borrower=loan.borrower, wants_person=True)
    case = Case.objects.get()
    assert (case.group, one.case, other.case) == ("human", case, case)
    assert [entry.detail["reference"] for entry in acts("case.asked")] == [one.reference, other.reference]


def test_a_complex_complaint_has_thirty_days_and_thirty_more_by_two_people(lin, hua):
    row = said(lin)
    with pytest.raises(responses.NotAllowed, match="simple"):
        responses.propose_extension(response=row, purpose="the bank answers late", by=lin, at=NOON)
    row = responses.make_complex(response=row, reason="three banks take part in it", by=lin, at=NOON)
    assert row.due_on == TODAY + timedelta(days=30)
    asked = responses.propose_extension(response=row, purpose="the bank answers late", by=lin, at=NOON)
    controls.approve(approval=asked, digest=asked.digest, by=hua, at=NOON)
    row.refresh_from_db()
    assert (row.due_on, row.is_extended) == (TODAY + timedelta(days=60), True)
    assert FollowUp.objects.filter(kind="longer").count() == 2
    with pytest.raises(responses.NotAllowed, match="extended"):
        responses.propose_extension(response=row, purpose="and again much later", by=lin, at=NOON)


def test_a_merged_complaint_is_given_more_time_from_the_day_of_its_first_voice(lin, hua):
    first, head = said(lin, at=NOON - timedelta(days=3)), said(lin)
    responses.merge(response=first, into=head, by=hua, at=NOON)
    head = responses.make_complex(response=head, reason="three banks take part in it", by=lin, at=NOON)
    assert head.due_on == TODAY + timedelta(days=27)
    asked = responses.propose_extension(response=head, purpose="the bank answers late", by=lin, at=NOON)
    controls.approve(approval=asked, digest=asked.digest, by=hua, at=NOON)
    head.refresh_from_db()
    assert asked.shown["after"] == head.due_on.isoformat() == (TODAY + timedelta(days=57)).isoformat()


def test_the_day_of_a_hotline_stays_whatever_time_is_given(lin, hua):
    early, head = TODAY + timedelta(days=9), said(lin)
    row = said(lin, hotline="12378", hotline_number="HX-77", hotline_due_on=early)
    responses.merge(response=row, into=head, by=hua, at=NOON)
    head = responses.make_complex(response=head, reason="three banks take part in it", by=lin, at=NOON)
    assert head.due_on == early
    asked = responses.propose_extension(response=head, purpose="the bank answers late", by=lin, at=NOON)
    assert asked.shown["after"] == early.isoformat()


def test_no_time_is_given_to_what_is_over_or_no_complaint(lin):
    row, late = said(lin), NOON + timedelta(days=16)
    with pytest.raises(responses.NotAllowed, match="late"):
        responses.make_complex(response=row, reason="three banks take part", by=lin, at=late)
    with pytest.raises(responses.NotAllowed, match="kind"):
        responses.make_complex(response=said(lin, kind="suggestion"), reason="x" * 12, by=lin, at=NOON)


def test_why_it_is_complex_is_kept_and_said_once(lin):
    row = said(lin)
    for _ in range(2):
        responses.make_complex(response=row, reason="three banks, see 13800138000", by=lin, at=NOON)
    (entry,) = acts("response.complex")
    assert entry.detail["reason"] == "three banks, see 1*********0"
    assert row.follow_ups.count() == 1


def test_only_who_looks_after_it_answers_or_a_lead(lin, hua, wei, bo):
    row = said(lin)
    with pytest.raises(responses.NotAllowed, match="owner"):
        responses.answer(response=row, words="done", by=wei, at=NOON)
    promise = responses.promise(response=row, words="call back", by=lin, at=NOON)
    responses.hand_over(response=row, person=wei, by=lin, at=NOON)
    promise.refresh_from_db()
    assert promise.owner == wei
    row = responses.answer(response=row, words="done, see 13800138000", by=wei, at=NOON)
    assert (row.status, "13800138000" in row.answer) == ("answered", False)
    with pytest.raises(responses.NotAllowed, match="closed"):
        responses.answer(response=row, words="again", by=hua, at=NOON)
    responses.note(response=row, words="he was glad", by=bo, at=NOON)
    assert row.notes.get().by == bo


def test_it_is_handed_only_to_who_may_answer(lin, max_):
    with pytest.raises(responses.NotAllowed, match="person"):
        responses.hand_over(response=said(lin), person=max_, by=lin, at=NOON)


def test_a_promise_is_due_in_working_time(lin, wei):
    row = said(lin)
    friday = NOON + timedelta(days=4)
    one = responses.promise(response=row, words="call back", days=2, by=lin, at=friday)
    assert one.due_on == date(2026, 12, 1)
    with pytest.raises(responses.NotAllowed, match="owner"):
        responses.done(follow_up=one, by=wei, at=friday)
    responses.done(follow_up=one, by=lin, at=friday)
    responses.done(follow_up=one, by=lin, at=friday)
    assert len(acts("response.kept")) == 1


def test_merged_voices_keep_their_words_and_are_answered_together(lin, hua, loan):
    early = said(lin, words="mine", borrower=loan.borrower, at=NOON - timedelta(days=3))
    late, later = said(lin, words="yours"), said(lin, words="theirs")
    responses.merge(response=early, into=late, by=hua, at=NOON)
    head = responses.merge(response=late, into=later, by=hua, at=NOON)
    early.refresh_from_db()
    assert (early.words, early.borrower, early.merged_into) == ("mine", loan.borrower, head)
    assert head.due_on == early.due_on == TODAY + timedelta(days=12)
    assert Response.objects.unresolved().get() == head
    assert Response.objects.unanswered().count() == 3
    responses.answer(response=head, words="mended", by=lin, at=NOON)
    assert not Response.objects.unanswered().exists()


def test_no_merge_makes_a_loop_or_loses_a_kind(lin, hua, loan):
    one, other = said(lin), said(lin)
    responses.merge(response=one, into=other, by=hua, at=NOON)
    for pair, code in (
        ((other, one), "closed"),
        ((other, other), "same"),
        ((other, said(lin, kind="suggestion")), "kind"),
    ):
        with pytest.raises(responses.NotAllowed, match=code):
            responses.merge(response=pair[0], into=pair[1], by=hua, at=NOON)
    objections = [said(lin, kind="objection", borrower=loan.borrower) for _ in range(2)]
    with pytest.raises(responses.NotAllowed, match="objection"):
        responses.merge(response=objections[0], into=objections[1], by=hua, at=NOON)
    with pytest.raises(responses.NotAllowed, match="right"):
        responses.merge(response=other, into=said(lin), by=lin, at=NOON)


def test_each_browses_what_the_role_may(lin, hua, wei, ana, ada, max_, loan):
    said(lin, borrower=loan.borrower)
    said(lin)
    Response.objects.filter(borrower=None).update(owner=None, logged_by=None)

    def seen(person):
        return Response.objects.visible_to(person, on=TODAY).count()

    assert [seen(who) for who in (lin, hua, wei, ana, ada, max_)] == [2, 2, 1, 2, 1, 0]

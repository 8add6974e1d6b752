"""The inbox, one response, and its verbs; each door tried by somebody who may not enter."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from feedback.actions import responses
from feedback.models import FollowUp, Response
from servicing.actions import controls, processing
from servicing.models import Approval
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


def said(by, **more):
    words = {"kind": "complaint", "channel": "call", "where": "debit", "words": "debited twice"} | more
    return responses.log(by=by, at=words.pop("at", NOON), **words)


def url(row, verb=""):
    return reverse("feedback:response-detail", args=[row.reference]) + (f"{verb}/" if verb else "")


@pytest.fixture
def row(lin):
    return said(lin, borrower=stories.a_loan(stories.a_borrower()).borrower)


def test_the_inbox_shows_each_the_own_and_leads_everything(client, row, lin, hua, wei):
    other = said(wei, at=NOON - timedelta(days=20))
    client.force_login(lin)
    mine = client.get("/responses/").content.decode()
    assert (row.reference in mine, other.reference in mine) == (True, False)
    assert other.reference not in client.get("/responses/?tab=all").content.decode()
    client.force_login(hua)
    late = client.get("/responses/?tab=all&clock=overdue").content.decode()
    assert (row.reference in late, other.reference in late) == (False, True)
    assert client.get("/responses/?tab=all&sort=due").status_code == 200


def test_a_reference_that_is_read_aloud_opens_it(client, row, hua):
    client.force_login(hua)
    typed = row.reference.lower().replace("-", " ")
    assert client.post("/search/", {"text": typed}).url == url(row)
    assert client.post("/callers/", {"text": typed}).url == url(row)
    assert client.get(url(row)).status_code == 200


def test_what_a_colleague_promised_is_no_way_to_the_response(client, row, lin, wei, hua):
    promise = responses.promise(response=row, words="call back", by=lin, at=NOON)
    client.force_login(wei)
    assert client.post(f"/promises/{promise.pk}/done/").status_code == 404
    client.post(url(row, "promise"), {"words": "we pay 10000"})
    assert FollowUp.objects.get().done_at is None
    client.force_login(hua)
    assert client.post(f"/promises/{promise.pk}/done/").url == url(row)
    assert stories.acts("borrower.viewed")[-1].by == hua
    client.post(url(row, "answer"), {"words": "mended"})
    client.post(url(row, "promise"), {"words": "once more"})
    assert FollowUp.objects.count() == 1


@pytest.mark.parametrize(
    ("verb", "field"), [("topic", "topic"), ("identify", "reference"), ("merge", "into")]
)
def test_what_is_no_text_names_nothing(client, row, hua, verb, field):
    client.force_login(hua)
    assert client.post(url(row, verb), {field: "\0"}).status_code in (200, 302)


def test_its_page_answers_it(client, row, lin):
    client.force_login(lin)
    assert client.post(url(row, "answer"), {"words": ""}).status_code == 422
    client.post(url(row, "answer"), {"words": "mended"})
    assert "mended" in client.get(url(row)).content.decode()
    late = client.post(url(row, "answer"), {"words": "and typed again"})
    assert (late.status_code, "and typed again" in late.content.decode()) == (409, True)


def test_a_note_and_a_promise_that_are_sent_twice_are_one(client, row, lin):
    client.force_login(lin)
    for words in ("call back", "call back", "call again"):
        for verb in ("note", "promise"):
            client.post(url(row, verb), {"key": "k1", "words": words})
    assert (row.notes.count(), row.follow_ups.count()) == (2, 2)
    text = client.get(url(row)).content.decode()
    assert len(set(re.findall(r'name="key" value="([0-9a-f]{32})"', text))) == 2


def test_verbs_of_the_page_do_what_they_say(client, row, lin, hua, wei):
    client.force_login(lin)
    client.post(url(row, "note"), {"words": "he is angry"})
    client.post(url(row, "promise"), {"words": "call back", "days": 1})
    client.post(f"/promises/{FollowUp.objects.get().pk}/done/")
    client.post(url(row, "complex"), {"reason": "three banks take part"})
    client.post(url(row, "extend"), {"purpose": "the bank answers late"})
    approval = Approval.objects.get(kind="extension")
    client.force_login(hua)
    assert row.reference in client.get(f"/approvals/{approval.pk}/").content.decode()
    client.post(f"/approvals/{approval.pk}/approve/", {"digest": approval.digest})
    client.post(url(row, "hand-over"), {"person": wei.pk})
    row.refresh_from_db()
    assert (row.due_on, row.owner) == (TODAY + timedelta(days=60), wei)
    assert (row.notes.count(), FollowUp.objects.filter(done_at=None).count()) == (1, 2)
    client.post(url(row, "take"))
    row.refresh_from_db()
    assert row.owner == hua


def test_a_lead_merges_and_both_voices_are_read(client, row, lin, hua):
    other = said(lin, words="the other voice")
    client.force_login(lin)
    assert client.post(url(other, "merge"), {"into": row.reference}).status_code == 403
    client.force_login(hua)
    client.post(url(other, "merge"), {"into": "F-0000-0001"})
    client.post(url(other, "merge"), {"into": row.reference})
    text = client.get(url(row)).content.decode()
    assert ("the other voice" in text, other.reference in text) == (True, True)
    assert row.reference in client.get(url(other)).content.decode()


def test_the_words_of_another_borrower_stand_on_their_own_page(client, row, lin, hua):
    other = said(lin, words="the other voice", borrower=stories.a_borrower(phone="10000000003"))
    responses.merge(response=other, into=row, by=hua, at=NOON)
    client.force_login(hua)
    text = client.get(url(row)).content.decode()
    assert ("the other voice" in text, other.reference in text) == (False, True)
    assert "the other voice" in client.get(url(other)).content.decode()
    assert {entry.target_id for entry in stories.acts("borrower.viewed")} == {
        str(row.borrower.pk), str(other.borrower.pk)
    }  # fmt: skip


def test_words_of_who_is_restricted_are_read_by_who_answers_them(client, row, lin, hua, wei, pei):
    responses.note(response=row, words="he is angry", by=lin, at=NOON)
    processing.restrict(
        borrower=row.borrower, ground="dispute", reason="says that nothing is right", until_on=None,
        by=pei, at=NOON,
    )  # fmt: skip

    def read(person, spot):
        client.force_login(person)
        text = client.get(spot).content.decode()
        return "debited twice" in text or "he is angry" in text, row.reference in text

    assert read(lin, "/responses/?tab=mine") == (False, True)
    assert read(hua, "/responses/?tab=all") == (False, False)
    assert [read(person, url(row))[0] for person in (lin, hua, wei, pei)] == [True, False, False, True]
    responses.answer(response=row, words="it is mended, he is angry no more", by=lin, at=NOON)
    assert [read(person, url(row))[0] for person in (lin, hua, wei, pei)] == [False, False, False, True]


def test_an_unknown_voice_gets_its_borrower(client, lin):
    row, borrower = said(lin, kind="objection"), stories.a_borrower()
    client.force_login(lin)
    client.post(url(row, "identify"), {"reference": "nobody"})
    client.post(url(row, "identify"), {"reference": borrower.reference.lower()})
    row.refresh_from_db()
    assert row.objection.borrower == borrower


def test_a_small_verb_opens_its_borrower_as_the_page_does(client, row, lin, monkeypatch):
    promise = responses.promise(response=row, words="call back", by=lin, at=NOON)
    monkeypatch.setattr("servicing.actions.privacy.VIEWS_A_DAY", {"cs": 0})
    client.force_login(lin)
    for verb, given in ((f"/promises/{promise.pk}/done/", {}), (url(row, "topic"), {"topic": "扣款"})):
        assert client.post(verb, given).status_code == 403
    promise.refresh_from_db()
    assert promise.done_at is None


def test_auditors_read_the_days_sample_and_do_nothing(client, row, ada, lin):
    hidden = said(lin, borrower=stories.a_borrower(sampled=False, phone="10000000003"))
    client.force_login(ada)
    assert client.get(url(row)).status_code == 200
    assert client.get(url(hidden)).status_code == 404
    assert client.post(url(row, "answer"), {"words": "x"}).status_code == 403


def test_the_tab_of_what_nobody_has_taken_is_sampled_as_well(client, row, ada, lin):
    hidden = said(lin, borrower=stories.a_borrower(sampled=False, phone="10000000003"))
    Response.objects.update(owner=None)
    client.force_login(ada)
    page = client.get("/responses/?tab=waiting")
    text = page.content.decode()
    assert (row.reference in text, hidden.reference in text) == (True, False)
    assert page.context["waiting"] == 1


def test_the_inbox_leaves_as_a_file_also_with_unknown_callers(client, row, lin, hua):
    said(lin)
    client.force_login(hua)
    given = {"format": "csv", "reason": "audit", "words": "the monthly report of complaints"}
    answer = client.post("/exports/new/?of=feedback:response-list&tab=all", given)
    assert answer.status_code == 200
    assert row.reference in answer.content.decode("utf-8-sig")


def test_today_says_what_waits(client, row, lin, hua):
    responses.promise(response=row, words="call back", days=1, by=lin, at=NOON - timedelta(days=3))
    client.force_login(lin)
    text = client.get("/").content.decode()
    assert ("/callers/" in text, "call back" in text) == (True, True)
    client.force_login(hua)
    assert client.get("/").context["open_voices"] == 1


def test_the_dossier_tells_what_was_said(client, row, lin):
    client.force_login(lin)
    assert row.reference in client.get(f"/borrowers/{row.borrower.reference}/").content.decode()


def test_two_people_end_an_objection_on_its_page(client, lin, wei, ana):
    borrower = stories.a_borrower()
    row = said(lin, kind="objection", where="record", borrower=borrower)
    at = reverse("servicing:objection-detail", args=[row.objection.number])
    client.force_login(wei)
    assert row.objection.number in client.get("/objections/").content.decode()
    assert client.post(f"{at}end/", {"ending": "corrected", "findings": "x"}).status_code == 422
    given = {"ending": "corrected", "findings": "the bank agrees", "reply": "we corrected it"}
    client.post(f"{at}end/", given)
    approval = Approval.objects.get(kind="objection")
    client.force_login(ana)
    assert "we corrected it" in client.get(f"/approvals/{approval.pk}/").content.decode()
    controls.approve(approval=approval, digest=approval.digest, by=ana, at=NOON)
    responses.follow_objections(at=NOON)
    assert "we corrected it" in client.get(url(row)).content.decode()
    assert Response.objects.get().status == "answered"


def test_the_privacy_officer_ends_it_alone_and_customer_service_does_not(client, lin, pei):
    row = said(lin, kind="objection", where="record", borrower=stories.a_borrower())
    at = reverse("servicing:objection-detail", args=[row.objection.number])
    given = {"ending": "no_error", "findings": "all is right", "reply": "nothing was wrong"}
    client.force_login(lin)
    assert client.post(f"{at}end/", given).status_code == 409
    client.force_login(pei)
    assert client.post(f"{at}end/", given).status_code == 302
    assert "nothing was wrong" in client.get(at).content.decode()


def test_a_review_that_was_asked_for_leads_to_what_was_said(client, lin, ana):
    row = said(lin, borrower=stories.a_borrower(), wants_person=True)
    client.force_login(ana)
    client.post("/queue/next/")
    text = client.get(f"/cases/{row.case_id}/").content.decode()
    assert (url(row) in text, "bell-off" in text, "不再触发" in text) == (True, False, False)

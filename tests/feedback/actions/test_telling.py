"""Everybody behind a response is told once, in one step, and the log says who, when and how it went."""

import pytest

from feedback.actions import responses, telling
from feedback.models import Told
from servicing.actions import processing
from servicing.models import Message
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db
WORDS = "The debit at night is mended since today."


@pytest.fixture
def head(lin, hua):
    """Three voices of two people and one of somebody unknown, merged into one."""
    one, other = stories.a_borrower(), stories.a_borrower(phone="10000000002")
    rows = [stories.a_response(who, by=lin) for who in (one, other, other, None)]
    for row in rows[1:]:
        responses.merge(response=row, into=rows[0], by=hua, at=NOON)
    return rows[0]


def tell(head, by, words=WORDS):
    return telling.tell(responses=[head], words=words, by=by, at=NOON)


def test_two_people_are_told_once_however_often_it_is_asked(head, hua):
    assert telling.preview([head], on=TODAY) == telling.Preview(people=2, silent=0, unknown=1)
    assert tell(head, hua) == tell(head, hua)
    assert Message.objects.filter(kind="told", purpose="service").count() == 2
    log = list(Told.objects.about([head]))
    assert {row.message.borrower_id for row in log} == set(telling.by_person([head]))
    assert {(row.message.queued_by, row.message.queued_at) for row in log} == {(hua, NOON)}
    assert [act.detail for act in stories.acts("response.told")] == [{"count": 2}]
    tell(head, hua, words="And the money is back, too.")
    assert Message.objects.count() == 4


def test_an_older_voice_that_comes_to_it_later_is_no_reason_to_write_again(lin, hua):
    older, head = (stories.a_response(None, by=lin) for _ in range(2))
    one = stories.a_borrower()
    responses.identify(response=head, borrower=one, by=lin, at=NOON)
    before = tell(head, hua)
    responses.identify(response=older, borrower=one, by=lin, at=NOON)
    responses.merge(response=older, into=head, by=hua, at=NOON)
    assert tell(head, hua) == before
    assert Message.objects.count() == 1


def test_what_nobody_can_read_is_not_sent(head, hua):
    told = tell(head, hua, words="The debit\u0007 is mended\r\nsince today.\u0000")
    assert stories.says(told[0].message) == "The debit is mended\nsince today."
    with pytest.raises(telling.NotAllowed, match="words"):
        tell(head, hua, words="\u0007\u0000")


def test_who_is_restricted_is_counted_and_not_told(head, hua, pei):
    kept = head.borrower
    processing.restrict(
        borrower=kept, ground="dispute", reason="the person disputes it", until_on=None, by=pei, at=NOON
    )
    assert telling.preview([head], on=TODAY) == telling.Preview(people=1, silent=1, unknown=1)
    (told,) = tell(head, hua)
    assert told.message.borrower != kept


def test_several_responses_that_were_never_merged_are_told_in_one_step(lin, hua):
    rows = [stories.a_response(stories.a_borrower(phone=f"1000000000{n}"), by=lin) for n in range(3)]
    told = telling.tell(responses=rows, words=WORDS, by=hua, at=NOON)
    assert [row.response for row in told] == rows


@pytest.mark.parametrize(("who", "words", "why"), [("lin", WORDS, "right"), ("hua", "  ", "words")])
def test_what_is_refused(head, request, who, words, why):
    with pytest.raises(telling.NotAllowed, match=why):
        tell(head, request.getfixturevalue(who), words)


def test_where_nobody_is_known_nobody_is_told(lin, hua):
    with pytest.raises(telling.NotAllowed, match="nobody"):
        tell(stories.a_response(None, by=lin), hua)


def test_a_lead_tells_them_on_the_page_of_the_response(client, head, hua, lin):
    client.force_login(hua)
    page = f"/responses/{head.reference}/"
    assert client.get(page).context["telling"]["preview"].people == 2
    assert client.post(f"{page}tell/", {"words": WORDS, "back": page}).url == page
    assert client.post(f"{page}tell/", {"words": "short"}).url == page
    assert len(client.get(page).context["telling"]["log"]) == 2
    client.force_login(lin)
    assert client.post(f"{page}tell/", {"words": WORDS}).status_code == 403

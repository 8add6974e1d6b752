"""Yes to advertising is asked for apart; no counts at once, for the number, and for ever."""

import pytest

from servicing.actions import calls, marketing, messages, processing
from servicing.actions.marketing import may_be_marketed, may_be_profiled
from servicing.models import Consent, OptOut, Source
from tests import fakes, stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def borrower():
    return stories.a_borrower()


def yes(borrower, by, *, with_profiling=False):
    marketing.opt_in(borrower=borrower, basis="phone", with_profiling=with_profiling, by=by, at=NOON)


def heard(borrower, by):
    said = {"name": stories.NAME, "phone": stories.PHONE}
    calls.verify(borrower=borrower, said=said, by=by, at=NOON)


def no(borrower, by, **other):
    return marketing.opt_out(borrower=borrower, basis="phone", by=by, at=NOON, **other)


def an_offer(borrower, by, key="offer-1"):
    return messages.queue(
        borrower=borrower, purpose="marketing", kind="offer", key=key, subject="s", body="b", by=by, at=NOON
    )  # fmt: skip


def asked(*people):
    ids = [one.pk for one in people]
    return may_be_marketed(ids, on=TODAY), may_be_profiled(ids, on=TODAY)


def test_nobody_is_advertised_to_who_has_not_said_yes(borrower, lin):
    assert asked(borrower) == (set(), set())
    with pytest.raises(messages.NotAllowed, match="no_consent"):
        an_offer(borrower, lin)


def test_a_yes_to_advertising_is_none_to_profiling_and_none_to_outside_data(borrower, lin):
    Source.objects.update(declares_consent=False)
    yes(borrower, lin)
    assert asked(borrower) == ({borrower.pk}, set())
    assert processing.readable([borrower.pk], source=borrower.source, on=TODAY) == set()
    assert Consent.objects.newest(borrower) is None
    yes(borrower, lin, with_profiling=True)
    assert asked(borrower) == ({borrower.pk}, {borrower.pk})
    yes(borrower, lin, with_profiling=False)
    assert asked(borrower) == ({borrower.pk}, set())


def test_a_no_withdraws_what_waits_and_lasts_until_a_yes(borrower, lin, hua, clock, settings):
    yes(borrower, lin, with_profiling=True)
    offer = an_offer(borrower, hua)
    news = messages.queue(
        borrower=borrower, purpose="service", kind="told", key="told-1", subject="s", body="b",
        by=hua, at=NOON,
    )  # fmt: skip
    assert no(borrower, lin) == no(borrower, lin)
    offer.refresh_from_db()
    assert (offer.status, offer.why, offer.body) == ("withdrawn", "opted_out", None)
    assert asked(borrower) == (set(), set())
    with pytest.raises(messages.NotAllowed, match="opted_out"):
        an_offer(borrower, hua, "offer-2")
    with fakes.https_service() as twin:
        fakes.through_service(settings, twin)
        assert messages.dispatch(by=clock, at=NOON) == 1
    assert twin.keys() == [news.key]
    with pytest.raises(marketing.NotAllowed, match="unknown"):
        yes(borrower, lin)
    assert asked(borrower) == (set(), set())
    heard(borrower, lin)
    yes(borrower, lin)
    assert asked(borrower) == ({borrower.pk}, set())
    assert OptOut.objects.get().ended_at == NOON


def test_a_no_is_kept_with_the_number_when_the_person_is_gone_or_comes_anew(borrower, lin, hua):
    twin = stories.a_borrower()
    for one in (borrower, twin):
        yes(one, lin)
    waits = an_offer(twin, hua)
    no(borrower, lin)
    waits.refresh_from_db()
    assert waits.status == "withdrawn"
    assert asked(borrower, twin) == (set(), set())
    OptOut.objects.update(borrower=None)  # what an erasure leaves
    late = stories.a_borrower()
    Consent.objects.create(borrower=late, purpose="marketing", basis="paper", given_on=TODAY, by=lin, at=NOON)
    assert asked(late) == (set(), set())
    assert asked(stories.a_borrower(phone="10000000009")) == (set(), set())


def test_a_no_follows_the_person_to_another_number(borrower, lin):
    no(borrower, lin)
    old = borrower.phone_index
    stories.Borrower.objects.filter(pk=borrower.pk).update(phone_index=b"n" * 16)
    no(borrower, lin)
    kept = set(map(bytes, OptOut.objects.values_list("phone_index", flat=True)))
    assert kept == {bytes(old), b"n" * 16}


def test_surveys_have_a_no_of_their_own(borrower, lin, hua):
    yes(borrower, lin)
    no(borrower, lin, purpose="survey")
    assert asked(borrower) == ({borrower.pk}, set())
    with pytest.raises(messages.NotAllowed, match="opted_out"):
        messages.queue(
            borrower=borrower, purpose="service", kind="survey", key="s-1", subject="s", body="b",
            by=hua, at=NOON,
        )  # fmt: skip


def test_a_restricted_borrower_is_left_alone(borrower, lin, pei):
    yes(borrower, lin, with_profiling=True)
    processing.restrict(
        borrower=borrower, ground="dispute", reason="the person disputes it", until_on=None, by=pei, at=NOON
    )
    assert asked(borrower) == (set(), set())


def test_who_may_not_note_a_word_is_refused(borrower, wei):
    for verb in (yes, no):
        with pytest.raises(marketing.NotAllowed, match="right"):
            verb(borrower, wei)

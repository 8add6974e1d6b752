"""Verify without showing: it fits or not, five times in a call, and the trail keeps no value."""

from datetime import timedelta

import pytest

from servicing.actions import calls
from tests import stories
from tests.cast import NOON
from tests.stories import NAME, PHONE, acts

pytestmark = pytest.mark.django_db


def verify(borrower, by, at=NOON, **said):
    return calls.verify(borrower=borrower, said=said, by=by, at=at)


def test_what_fits_is_said_and_nothing_else(lin):
    borrower = stories.a_borrower()
    found = verify(borrower, lin, name=f" {NAME} ", phone="+86 1001-234 5678", national_id="1")
    assert found == {"name": True, "phone": True, "national_id": False}
    (entry,) = acts("caller.verified")
    assert entry.detail["matched"] == ["name", "phone"]
    assert not [text for text in (NAME, PHONE) if text in str(entry.detail)]
    assert calls.standing(borrower, by=lin, at=NOON).is_known


def test_what_is_not_on_file_neither_fits_nor_fails(lin):
    assert verify(stories.a_borrower(name=""), lin, name="x", phone=PHONE) == {"name": None, "phone": True}


def test_the_sixth_try_of_a_call_is_refused_even_if_it_is_right(lin, hua):
    borrower, other = stories.a_borrower(), stories.a_borrower(phone="10000000003")
    for _ in range(5):
        verify(borrower, lin, name="wrong")
    with pytest.raises(calls.NotAllowed, match="tries"):
        verify(borrower, lin, name=NAME)
    assert len(acts("caller.verified")) == 5
    # Another borrower, and another person of ours, are another call; a while later so is this one.
    assert verify(other, lin, name=NAME) == {"name": True}
    assert verify(borrower, hua, name=NAME) == {"name": True}
    assert verify(borrower, lin, name=NAME, at=NOON + timedelta(minutes=31)) == {"name": True}


def test_ten_tries_of_a_day_are_all_whoever_is_on_the_line(lin, hua, wei):
    borrower = stories.a_borrower()
    for by in (lin, hua):
        for _ in range(5):
            verify(borrower, by, name="wrong")
    now = calls.standing(borrower, by=wei, at=NOON)
    assert (now.left, now.before) == (0, 10)
    for by, at in ((wei, NOON), (lin, NOON + timedelta(minutes=31))):
        with pytest.raises(calls.NotAllowed, match="tries"):
            verify(borrower, by, name=NAME, at=at)
    assert verify(borrower, lin, name=NAME, at=NOON + timedelta(days=1)) == {"name": True}


def test_who_may_not_and_who_says_nothing_are_refused(max_, lin):
    borrower = stories.a_borrower()
    with pytest.raises(calls.NotAllowed, match="right"):
        verify(borrower, max_, name=NAME)
    with pytest.raises(calls.NotAllowed, match="nothing"):
        verify(borrower, lin, name=" ", phone="")

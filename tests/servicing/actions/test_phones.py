"""A new number: noted in a call with a known caller, called back by somebody else, then the borrower's."""

from datetime import timedelta

import pytest

from servicing.actions import calls, phones, privacy, processing
from servicing.domain.privacy import REVEAL_REASONS
from servicing.models import PhoneChange
from tests import stories
from tests.cast import NOON
from tests.stories import NAME, PHONE, acts

pytestmark = pytest.mark.django_db
NEW = "10098765432"


def known(borrower, by):
    calls.verify(borrower=borrower, said={"name": NAME, "phone": PHONE}, by=by, at=NOON)


@pytest.fixture
def borrower(db):
    return stories.a_borrower()


def test_two_people_bring_a_number_in_force_and_its_index_moves(borrower, lin, hua):
    known(borrower, lin)
    change = phones.note(borrower=borrower, phone="100 9876 5432", by=lin, at=NOON)
    assert privacy.plain(borrower, "phone") == PHONE
    assert phones.masked(change) == "100****5432"
    known(borrower, hua)
    phones.confirm(change=change, by=hua, at=NOON)
    borrower.refresh_from_db()
    assert privacy.plain(borrower, "phone") == NEW
    assert list(privacy.find("phone", NEW)) == [borrower]
    assert not privacy.find("phone", PHONE)
    change.refresh_from_db()
    assert change.phone_cipher is None
    assert not [entry for entry in acts("phone.noted") + acts("phone.confirmed") if NEW in str(entry.detail)]


def test_nobody_notes_for_an_unknown_caller_nor_confirms_alone_or_unheard(borrower, lin, hua):
    with pytest.raises(phones.NotAllowed, match="unknown"):
        phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    known(borrower, lin)
    for phone, code in (("12345", "phone"), (PHONE, "same")):
        with pytest.raises(phones.NotAllowed, match=code):
            phones.note(borrower=borrower, phone=phone, by=lin, at=NOON)
    change = phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    with pytest.raises(phones.NotAllowed, match="second_person"):
        phones.confirm(change=change, by=lin, at=NOON)
    with pytest.raises(phones.NotAllowed, match="unknown"):
        phones.confirm(change=change, by=hua, at=NOON)


def test_a_newer_number_replaces_one_that_waits_and_time_forgets_it(borrower, lin, clock):
    known(borrower, lin)
    phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    phones.note(borrower=borrower, phone="10011112222", by=lin, at=NOON)
    assert phones.masked(phones.waiting(borrower)) == "100****2222"
    assert phones.lapse(by=clock, at=NOON + timedelta(days=13)) == 0
    assert phones.lapse(by=clock, at=NOON + timedelta(days=15)) == 1
    assert not PhoneChange.objects.exclude(phone_cipher=None).exists()


def test_showing_it_is_a_reveal(borrower, lin, hua, wei):
    known(borrower, lin)
    change = phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    assert phones.show(change=change, by=hua, at=NOON) == NEW
    assert acts("borrower.revealed")[0].detail["field"] == "new_phone"
    with pytest.raises(privacy.NotAllowed, match="right"):
        phones.show(change=change, by=wei, at=NOON)


def test_data_that_is_only_kept_gets_no_new_number(borrower, lin, hua, pei):
    known(borrower, lin)
    change = phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    processing.restrict(
        borrower=borrower, ground="dispute", reason="the person disputes it", until_on=None, by=pei, at=NOON
    )
    known(borrower, hua)
    for act in (
        lambda: phones.note(borrower=borrower, phone="10011112222", by=lin, at=NOON),
        lambda: phones.confirm(change=change, by=hua, at=NOON),
    ):
        with pytest.raises(phones.NotAllowed, match="restricted"):
            act()
    with pytest.raises(privacy.NotAllowed, match="restricted"):
        phones.show(change=change, by=hua, at=NOON)


def test_what_a_person_was_shown_or_searched_by_is_not_heard_from_the_caller(borrower, lin):
    shown = privacy.reveal(
        borrower=borrower, field="name", reason=REVEAL_REASONS[0],
        words="calls the customer back today", by=lin, at=NOON, day_began_at=privacy.day_began(NOON),
    )  # fmt: skip
    privacy.search(PHONE, by=lin, at=NOON)
    calls.verify(borrower=borrower, said={"name": shown, "phone": PHONE}, by=lin, at=NOON)
    assert calls.standing(borrower, by=lin, at=NOON).is_known
    with pytest.raises(phones.NotAllowed, match="unknown"):
        phones.note(borrower=borrower, phone=NEW, by=lin, at=NOON)
    # On another day it is the caller who says it.
    later = NOON + timedelta(days=1)
    calls.verify(borrower=borrower, said={"name": NAME, "phone": PHONE}, by=lin, at=later)
    assert phones.note(borrower=borrower, phone=NEW, by=lin, at=later)

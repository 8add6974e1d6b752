"""What was typed is sealed, for one person and one page, and not for long."""

from datetime import timedelta

import pytest

from servicing.actions import drafts
from servicing.models import Draft
from tests.cast import NOON

pytestmark = pytest.mark.django_db
TYPED = {"words": ["the app says 13800138000"], "kind": ["complaint"]}


def test_only_the_same_person_gets_it_back_on_the_same_page_for_an_hour(lin, hua):
    assert drafts.keep(person=lin, page="/callers/X/", typed=TYPED, at=NOON)
    assert drafts.of(lin, "/callers/X/", at=NOON) == TYPED
    assert drafts.of(hua, "/callers/X/", at=NOON) == {}
    assert drafts.of(lin, "/callers/Y/", at=NOON) == {}
    assert drafts.of(lin, "/callers/X/", at=NOON + timedelta(minutes=61)) == {}
    assert b"13800138000" not in bytes(Draft.objects.get().sealed)
    # Moved to somebody else it does not open.
    Draft.objects.update(person=hua)
    assert drafts.of(hua, "/callers/X/", at=NOON) == {}


def test_it_is_forgotten_when_sent_when_old_and_when_too_long(lin):
    assert not drafts.keep(person=lin, page="/a/", typed={"words": ["x" * 30_000]}, at=NOON)
    drafts.keep(person=lin, page="/a/", typed=TYPED, at=NOON)
    drafts.keep(person=lin, page="/b/", typed=TYPED, at=NOON)
    drafts.forget(person=lin, page="/a/")
    assert Draft.objects.count() == 1
    drafts.tidy(at=NOON + timedelta(minutes=61))
    assert not Draft.objects.exists()

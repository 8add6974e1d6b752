"""A call from the keyboard: found, verified, logged; and what was typed outlives the session."""

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from feedback.models import Response
from tests import stories
from tests.cast import PASSWORD
from tests.stories import NAME, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def loan(transactional_db):
    return stories.a_loan(stories.a_borrower(), settled_on=timezone.localdate())


def test_a_call_is_walked_without_a_mouse(visit, loan):
    page = visit("lin", "/", language="en")
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.wait_for_url("**/callers/")
    page.keyboard.type(PHONE)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/callers/{loan.borrower.reference}/")
    verify = page.locator("#verify")
    verify.get_by_label("Full name").fill(NAME)
    verify.get_by_label("Phone").fill("10011112222")
    page.keyboard.press("Enter")
    verify.get_by_text("does not fit").wait_for()
    assert verify.get_by_label("Full name").input_value() == ""
    verify.get_by_label("Phone").fill(PHONE)
    page.keyboard.press("Enter")
    verify.get_by_text("verified", exact=True).wait_for()
    page.locator("h1").click()
    page.keyboard.press("1")
    log = page.locator("#log")
    log.get_by_label("Loan", exact=True).select_option(label="L1")
    log.get_by_label("Where it hurt").select_option("debit")
    log.get_by_label("In the caller's words").fill("debited twice, call 13800138000")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Logged as F-").wait_for()
    row = Response.objects.get()
    assert (row.kind, row.loan, "13800138000" in row.words) == ("complaint", loan, False)
    assert page.locator("#said").get_by_text(row.reference).is_visible()
    assert page.complaints.found == []


def test_what_is_typed_outlives_the_session(visit, loan):
    page = visit("lin", f"/callers/{loan.borrower.reference}/", language="en")
    page.locator("input[name=kind]").nth(1).check()
    page.get_by_label("Where it hurt").select_option("app")
    words = page.get_by_label("In the caller's words")
    words.fill("a long story")
    # The session is gone altogether, as after a night.
    Session.objects.all().delete()
    words.press("Control+Enter")
    page.wait_for_url("**/sign-in/**")
    page.get_by_text("What you typed is kept").wait_for()
    assert "a long story" not in page.content() + page.evaluate(
        "JSON.stringify({...localStorage, ...sessionStorage})"
    )
    page.locator("input[name=username]").fill("lin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/callers/{loan.borrower.reference}/")
    assert page.get_by_label("In the caller's words").input_value() == "a long story"
    assert page.get_by_label("Where it hurt").input_value() == "app"
    page.get_by_role("button", name="Log it").click()
    page.get_by_text("Logged as F-").wait_for()
    assert Response.objects.get().kind == "suggestion"
    assert page.complaints.found == []

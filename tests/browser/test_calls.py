"""A call from the keyboard: found, verified, logged, offered; and what was typed outlives the session."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from feedback.actions import loyalty
from feedback.models import Obstacle, Response
from servicing.actions import calls, marketing, staff
from servicing.models import Message, Staff
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
    page.locator("input:focus").wait_for()
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


@pytest.fixture
def offered(loan, settings):
    """Two campaigns for the caller: one to speak of, and one whose message waits to be sent."""
    settings.PUBLIC_AT = "https://care.example"
    lin, hua, pei = (Staff.objects.get(username=name) for name in ("lin", "hua", "pei"))
    at = timezone.now()
    marketing.opt_in(borrower=loan.borrower, basis="app", with_profiling=True, by=lin, at=at)
    calls.verify(borrower=loan.borrower, said={"name": NAME, "phone": PHONE}, by=lin, at=at)
    spoken = stories.an_offer(stories.a_campaign(hua, pei, cap_days=0), loan.borrower)
    sent = stories.an_offer(stories.a_campaign(hua, pei, sends=True), loan.borrower)
    loyalty.sending.send_due(on=timezone.localdate(), by=hua, at=at)
    assert Message.objects.get(purpose="marketing", status="queued").key == f"offer-{sent.pk}"
    return spoken


def test_a_complaint_keeps_offers_back_and_a_no_ends_them(visit, loan, offered):
    page = visit("lin", f"/callers/{loan.borrower.reference}/", language="en")
    offers, takes_it = (
        page.locator("#offers"),
        page.locator(f"form[action='/offers/{offered.pk}/accept/'] button"),
    )
    assert takes_it.is_visible()
    complain(page)
    said = Response.objects.get()
    assert (said.loan, said.instalment, said.where) == (loan, 1, "card")
    # While it is open, nothing is offered; its clock stands beside it.
    assert takes_it.count() == 0
    assert offers.get_by_text("A complaint is open; it comes first.").first.is_visible()
    page.locator("#said").get_by_role("link", name=said.reference).click()
    page.get_by_text("To be answered by").wait_for()
    assert said.due_on == said.received_on + timedelta(days=15)
    page.get_by_role("link", name="Give it a name").click()
    page.get_by_label("Name of the obstacle").fill("binding a new card fails")
    page.keyboard.press("Enter")
    page.get_by_text("The obstacle has a name.").wait_for()
    assert Obstacle.objects.get().heard_in == said
    page.get_by_role("link", name=said.reference).click()
    answer = page.locator("#answer textarea")
    answer.fill("The card is bound by hand, and the instalment is taken tomorrow.")
    answer.press("Control+Enter")
    page.get_by_text("Answered.").wait_for()

    page.get_by_role("link", name="Caller page").click()
    takes_it.click()
    offers.locator(".pill").get_by_text("accepted").wait_for()
    page.get_by_role("button", name="No more advertising").click()
    page.locator("#marketing").get_by_text("said no", exact=True).wait_for()
    assert offers.get_by_text("wants none any more").is_visible()
    assert offers.get_by_role("button").count() == 0
    nothing_leaves(offered)
    assert page.complaints.found == []


def complain(page):
    """Log a complaint with its loan, instalment and place, by keys."""
    page.locator("h1").click()
    page.keyboard.press("1")
    log = page.locator("#log")
    log.get_by_label("Loan", exact=True).select_option(label="L1")
    log.get_by_label("Instalment").fill("1")
    log.get_by_label("Where it hurt").select_option("card")
    log.get_by_label("In the caller's words").fill("my new card cannot be bound")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Logged as F-").wait_for()


def nothing_leaves(offer):
    """The offer is taken; what waited is withdrawn, and the clock finds nothing to send."""
    offer.refresh_from_db()
    assert (offer.status, offer.answered_by.username) == ("accepted", "lin")
    by = staff.machine("clock")
    loyalty.sending.send_due(on=timezone.localdate(), by=by, at=timezone.now())
    waited = Message.objects.get(purpose="marketing")
    assert (waited.status, waited.why, waited.body) == ("withdrawn", "opted_out", None)


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

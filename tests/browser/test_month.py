"""A lead's month: an obstacle is named, changed and proven gone, another is not; a campaign is measured, and
the next one drafted and approved.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from config.portfolio import campaign as story
from config.portfolio.obstacles import REBIND, WALLET
from feedback.actions import improvements
from feedback.models import Campaign, Improvement
from servicing.actions.staff import machine
from tests.browser.conftest import become
from tests.feedback.crowd import borrowers, repaid
from tests.feedback.obstacles import a_book

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def truths(transactional_db):
    """The least of the fictional book that shows what is planted: two obstacles, and one campaign."""
    by, at, today = machine("operator"), timezone.now(), timezone.localdate()
    a_book(today=today)
    improvements.gather(at=at)
    repaid(borrowers(400), loans=2, began=today - timedelta(days=800))
    story.play(seed=6, by=by, at=at)
    return by, at, today


def test_a_lead_proves_what_was_fixed_and_measures_what_was_offered(visit, truths):
    page = visit("hua", "/", language="en")
    prove(page, *truths)
    measure(page)
    approve(page)
    assert page.complaints.found == []


def prove(page, by, at, today):
    """What was fixed reads proven, and what was not reads not proven."""
    page.keyboard.press("g")
    page.keyboard.press("g")
    page.wait_for_url("**/obstacles/")
    # After the fix the wallet costs most.
    assert WALLET.error_code in page.locator("#pareto tbody a").first.get_attribute("href")
    made = [improve(page, planted, today) for planted in (WALLET, REBIND)]
    improvements.measure(by=by, at=at)
    said = {}
    for planted, url in zip((WALLET, REBIND), made, strict=True):
        page.goto(url)
        page.locator("#measured .plot[data-drawn]").wait_for()
        said[planted] = page.locator(".notice strong").first.inner_text()
        row = Improvement.objects.get(obstacle__title=planted.error_code).measurements.first()
        assert row.ratio_low <= planted.factor <= row.ratio_high
    assert said == {WALLET: "Not proven; it stays open.", REBIND: "Proven."}


def improve(page, planted, today):
    """From the cluster to a fix that is in force, with keys where the page has some; its address."""
    page.goto("/obstacles/")
    rows = page.locator("#pareto tbody tr")
    for row in rows.all():
        page.keyboard.press("j")
        if planted.error_code in row.get_attribute("data-href"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/failures/?channel={planted.channel}&error={planted.error_code}")
    page.get_by_role("link", name="Name this obstacle").click()
    page.get_by_label("Name of the obstacle").fill(planted.error_code)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Do something about it").click()
    page.get_by_label("What is changed, in a few words").fill("another interface")
    page.get_by_label("What exactly").fill("The request goes another way.")
    page.get_by_role("button", name="Begin").click()
    page.get_by_text("Not fixed yet").wait_for()
    page.get_by_label("In force since").fill(planted.fixed_on(today).isoformat())
    page.keyboard.press("Enter")
    page.get_by_text("It is measured from now on.").wait_for()
    return page.url


def measure(page):
    """The page shows how much more of those offered borrow again, and that is what was planted."""
    row = Campaign.objects.get(status="running")
    newest = row.measurements.latest("on")
    page.goto(f"/campaigns/{row.pk}/")
    page.get_by_role("link", name="What it changed").click()
    page.locator("#effect .plot[data-drawn]").first.wait_for()
    assert f"95%: {newest.lift_low:+.1f} to {newest.lift_high:+.1f}".replace("-", "−") in page.content()
    assert newest.lift_low <= 100 * story.LIFT <= newest.lift_high


def approve(page):
    """A lead drafts the next campaign, and privacy approves it with two keys."""
    page.goto("/campaigns/new/")
    draft(page)
    page.get_by_label("What for").fill("thank those who repaid")
    page.keyboard.press("Enter")
    page.wait_for_url("**/approvals/*/")
    become(page, "pei")
    page.reload()
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    page.get_by_text("approved", exact=True).first.wait_for()
    assert Campaign.objects.get(title_en="Thanks").approved_by.username == "pei"


def draft(page):
    """The form of a campaign for everybody who asked for offers."""
    for name in ("title", "terms", "script"):
        page.locator(f"[name={name}_zh]").fill("谢谢")
        page.locator(f"[name={name}_en]").fill("Thanks")
    today = timezone.localdate()
    said = {"budget": "500", "cost": "5", "starts_on": today, "ends_on": today + timedelta(days=30)}
    for name, value in said.items():
        page.locator(f"[name={name}]").fill(str(value))
    page.locator("[name=is_profiled]").uncheck()
    page.get_by_role("button", name="Keep as a draft").click()
    page.get_by_text("Kept as a draft.").wait_for()

"""One loan from the loan core's feed to its certificate, followed by people in their browsers."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.utils import timezone

from servicing.actions import archive, ledger
from servicing.actions.staff import machine
from servicing.domain.archive import Due
from servicing.domain.intake.layout import PaymentFacts
from servicing.gateways import queue
from servicing.models import Certificate, FeedMessage, LedgerEntry, Loan
from tests.browser.test_pages import settle, violations
from tests.conftest import wait_until
from tests.servicing.contracts import open_loan
from tests.servicing.core import NATIONAL_ID, Core, keys_file
from tests.servicing.views.test_feed import say

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DAY = timedelta(days=1)


def borrowed_again(number, borrower, *, due_in):
    """An open loan of somebody who settled before; its one instalment is due in so many days."""
    today, core = timezone.localdate(), machine("operator")
    paid = PaymentFacts("P1", Decimal(100), timezone.now() - 40 * DAY, today - 40 * DAY)
    terms = {"total_due": Decimal(100), "principal": Decimal(90), "borrower": borrower}
    former = terms | {"disbursed_on": today - 70 * DAY, "payments": [paid]}
    open_loan(
        f"{number}-former",
        by=core,
        at=timezone.now(),
        dues=(Due(1, today - 40 * DAY, Decimal(100)),),
        **former,
    )
    due = Due(1, today + due_in * DAY, Decimal(100))
    return open_loan(number, by=core, at=timezone.now(), dues=(due,), disbursed_on=today - 32 * DAY, **terms)


@pytest.fixture
def late(transactional_db):
    return borrowed_again("L2", "B1", due_in=-2)


def pay(loan):
    now = timezone.now()
    paid = PaymentFacts("P9", Decimal(100), now, timezone.localdate(now))
    archive.pay(loan=loan, paid=paid, by=machine("operator"), at=now)


@pytest.fixture
def core(transactional_db):
    """A loan core to which the running site and its worker listen."""
    core = Core("wire")
    path = keys_file(settings.STATE / "keys" / "feed.json", core)
    yield core
    path.unlink()


def test_a_lead_follows_a_loan_from_the_feed_to_its_certificate(visit, web, worker, core):
    now = timezone.localtime()
    due = (now.date().isoformat(), "100.00")
    core.open("L2", at=(now - DAY).isoformat(), dues=(due,), name="张三", national_id=NATIONAL_ID)
    assert say(web, "wire", *core.delivery()) == (200, {"next": 2})
    lead = visit("ana", language="en")
    wait_until(lambda: FeedMessage.objects.get().status == "applied", "nobody applied it")
    lead.goto("/feeds/")
    lead.get_by_text("in order and complete").wait_for()
    lead.get_by_role("link", name="All messages").click()
    lead.get_by_role("link", name="1", exact=True).click()
    lead.get_by_role("link", name="L2", exact=True).click()
    lead.get_by_text("How it stands today").wait_for()
    assert violations(lead) == []

    core.drop(core.pay("L2", "P1", at=now.isoformat()))
    queue.nudge("feed")  # in the place of the beat
    wait_until(lambda: Loan.objects.get().status == "settled", "nobody emptied the folder")
    lead.reload()
    steps = lead.locator("#steps")
    for left in (2, 1, 0):
        steps.get_by_role("button", name="Mark as done").first.click()
        lead.locator(".notice.success").wait_for()
        assert steps.get_by_role("button", name="Mark as done").count() == left
    assert violations(lead) == []

    lead.get_by_role("button", name="Payoff certificate").click()
    lead.wait_for_url("**/certificates/*/")
    assert "张**" in lead.locator(".sheet").inner_text()
    lead.get_by_role("button", name="Show the sheet to print").click()
    sheet = lead.locator(".sheet:not(.draft)")
    assert "张三" in sheet.inner_text()
    assert "repaid the loan in full, as agreed" in sheet.inner_text()
    assert violations(lead) == []
    code = sheet.locator("footer strong").inner_text()
    lead.emulate_media(media="print")
    assert not lead.locator(".side").is_visible()
    assert sheet.is_visible()

    stranger = visit(at="/verify/", language="en", width=390)
    stranger.get_by_label("Number of the certificate").fill(Certificate.objects.get().number)
    stranger.get_by_label("Verification code").fill(code)
    stranger.keyboard.press("Enter")
    stranger.get_by_text(": valid").wait_for()
    assert "张三" not in stranger.content()
    assert violations(stranger) == []
    assert lead.complaints.found == stranger.complaints.found == []
    assert [entry.detail["reason"] for entry in LedgerEntry.objects.filter(what="borrower.revealed")] == [
        "certificate"
    ]
    assert ledger.verify()[1] is None


def test_the_monitor_refreshes_itself_and_keeps_the_focus(visit, late):
    page = visit("ana", language="en")
    page.clock.install()
    page.goto("/monitor/")
    settle(page)
    page.locator(f"#loan-{late.pk}").focus()
    borrowed_again("L9", "B9", due_in=1)
    page.clock.run_for(16_000)
    page.locator("#said", has_text="1 late, 1 due soon").wait_for()
    assert page.evaluate("document.activeElement.id") == f"loan-{late.pk}"
    page.get_by_role("button", name="Hold still").click()
    said = page.locator("#said").inner_text()
    pay(late)
    page.clock.run_for(60_000)
    assert page.locator("#said").inner_text() == said
    page.get_by_role("button", name="Hold still").click()
    page.clock.run_for(16_000)
    page.locator("#said", has_text="0 late").wait_for()
    assert page.complaints.found == []


def test_the_time_axis_is_narrowed_by_keys(visit, late):
    page = visit("wei", f"/borrowers/{late.borrower.reference}/", language="en")
    lines = page.locator("#days .axis > li")
    everything = lines.count()
    page.keyboard.press("1")
    page.wait_for_url("**show=loan**")
    page.wait_for_function("n => document.querySelectorAll('#days .axis > li').length < n", arg=everything)
    assert lines.count() == 2
    assert page.evaluate("document.activeElement.id") == "show-loan"
    assert violations(page) == []
    page.get_by_role("link", name="Reset").click()
    page.wait_for_url("**/#axis")
    assert lines.count() == everything
    assert page.complaints.found == []

"""The main job, as people do it: files in, a second person, a recheck by the worker, a case, a decision."""

import pytest
from django.utils import timezone

from config import portfolio
from reviews.models import Case, Decision
from servicing.actions import ledger
from servicing.models import Borrower, Run
from tests.cast import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.worker, pytest.mark.django_db(transaction=True)]


def test_from_files_to_a_decision(visit, worker, tmp_path):
    portfolio.generate(tmp_path, borrowers=200, seed=5, today=timezone.localdate())
    officer, lead = by_the_door(visit(language="en"), "wei"), visit("ana", language="en")

    officer.goto("/imports/new/")
    officer.set_input_files("input[type=file]", sorted(str(path) for path in tmp_path.iterdir()))
    officer.get_by_role("button", name="Stage the files").click()
    officer.wait_for_url("**/imports/*/")
    officer.get_by_text("A risk lead who did not stage these files applies them").wait_for(timeout=20_000)
    assert officer.get_by_role("button", name="Apply").count() == 0

    lead.goto(officer.url)
    lead.get_by_role("button", name="Apply").click()
    lead.locator(".pill").get_by_text("applied", exact=True).wait_for(timeout=30_000)
    assert Borrower.objects.count() == 200

    officer.goto("/recheck/")
    officer.get_by_role("button", name="Start now").click()
    officer.locator(".pill").get_by_text("done", exact=True).first.wait_for(timeout=20_000)
    assert Run.objects.get(kind="recheck").result["opened"] > 0
    assert Case.objects.exists()

    officer.goto("/queue/")
    officer.get_by_role("button", name="Take the next case").first.click()
    officer.wait_for_url("**/cases/*/")
    officer.keyboard.press("1")
    officer.select_option("select[name=reason]", "explained")
    officer.fill("textarea[name=note]", "Both late payoffs were bank holidays.")
    officer.keyboard.press("Control+Enter")
    officer.wait_for_url("**/queue/")

    decision = Decision.objects.select_related("case", "by").get()
    assert (decision.verdict, decision.by.username) == ("dismiss", "wei")
    assert decision.case.alerts.filter(status="answered").exists()
    assert ledger.verify()[1] is None
    assert officer.complaints.found == lead.complaints.found == []


def by_the_door(page, username):
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.get_by_role("heading", name="Today").wait_for()
    return page

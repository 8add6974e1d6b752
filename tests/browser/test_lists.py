"""Every list walked by keyboard, views kept and opened by keys, and a file that takes two people."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from reviews.actions import recheck
from reviews.models import Snapshot
from servicing.actions import exports
from servicing.actions.archive import steps
from servicing.models import Approval, Export, Loan, SavedView, Settlement, Staff
from servicing.pages import ListPage, routes
from tests import stories
from tests.browser.conftest import become
from tests.browser.test_pages import DESK, TELEPHONE, violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def book(transactional_db):
    """Thirty settled loans of thirty borrowers, two cases, an import, and a proposal that waits."""
    ana, wei = (Staff.objects.get(username=name) for name in ("ana", "wei"))
    borrowers = [stories.a_borrower(phone=f"100{number:08}") for number in range(30)]
    for number, borrower in enumerate(borrowers):
        stories.a_loan(borrower, number=f"L{number:02}", settled_on=timezone.localdate())
    for owner, borrower in zip((ana, None), borrowers, strict=False):
        stories.a_case(borrower, owner=owner)
    stories.an_import(wei)
    stories.a_proposal(wei, at=timezone.now())
    return ana


@pytest.fixture
def rows_everywhere(book):
    """What other lists need to have a row: a step, a late loan, the feed, a file, somebody not judged."""
    now, today = timezone.now(), timezone.localdate()
    settled = Settlement.objects.select_related("loan").first()
    steps.begin(settled, by=book, at=now)
    again = Loan.objects.create(
        borrower_id=settled.borrower_id, product=settled.loan.product, source=settled.loan.source,
        external_id="L-again", principal=100, total_due=100, disbursed_on=today - timedelta(days=40),
        known_on=today,
    )  # fmt: skip
    again.instalments.create(number=1, due_on=today - timedelta(days=2), amount=100)
    stories.a_feed()
    recheck.run(as_of=today, by=book, at=now)
    Snapshot.objects.filter(borrower_id=settled.borrower_id).delete()
    exports.ask(
        view="servicing:loan-list", right="archive.browse",
        spoken=exports.in_each_language(lambda: {"list": "loans", "filters": [], "head": [], "sample": []}),
        rows=[(settled.pk, settled.borrower_id)], format="csv", reason="review", words="look at it together",
        by=book, at=now,
    )  # fmt: skip
    customers(settled.borrower, settled.loan, ana=book)


def customers(borrower, loan, *, ana):
    """What lists of customers need: an objection, a message, a survey, a tier, an offer, a hold."""
    wei, hua, pei = (Staff.objects.get(username=name) for name in ("wei", "hua", "pei"))
    now, today = timezone.now(), timezone.localdate()
    stories.a_response(borrower, by=ana, kind="objection", loan=loan, at=now)
    stories.a_message(borrower, hua)
    stories.a_survey(borrower, loan, hua)
    stories.a_standing(borrower, falls=True)
    stories.an_offer(stories.a_campaign(hua, pei), borrower)
    stories.kept_from_offers(borrower, wei, ana)
    loan.payments.create(
        external_id="failed", amount=1, paid_at=now, paid_on=today, known_on=today, outcome="failed",
        channel="debit", error_code="E1", borrower=borrower,
    )  # fmt: skip


def lists():
    """(route name, right) of every list that is a page of its own, whatever the table of addresses holds."""
    for spot, name, view, right in routes():
        kind = getattr(view, "view_class", None)
        if (
            "<" not in spot
            and kind
            and issubclass(kind, ListPage)
            and not Path(kind.template_name).name.startswith("_")
        ):
            yield name, right


# Their rows are the end of the way: an entry of the ledger, a file to fetch, a score.
LEAD_NOWHERE = {"servicing:ledger-list", "servicing:export-list", "feedback:survey-list"}


def test_every_list_is_walked_by_keyboard(visit, rows_everywhere):
    people = [Staff.objects.get(username=name) for name in ("ana", "pei", "hua")]
    page, at_it, nowhere = visit(at="/verify/", language="en"), None, set()
    for name, right in lists():
        who = next(person for person in people if person.may(right))
        if who != at_it:
            become(page, who.username)
            at_it = who
        page.goto(reverse(name))
        for key in "jjk":
            page.keyboard.press(key)
        here = page.locator(".here")
        assert here.count() == 1, name
        assert here.evaluate("row => row.contains(document.activeElement)"), name
        if leads_to := here.get_attribute("data-href"):
            with page.expect_navigation(url=f"**{leads_to.partition('#')[0]}*", wait_until="commit"):
                page.keyboard.press("Enter")
        else:
            nowhere.add(name)
    assert nowhere == LEAD_NOWHERE
    assert page.complaints.found == []


def test_pages_turn_and_filters_open_by_keys(visit, book):
    page = visit("ana", "/loans/", language="en")
    page.keyboard.press("n")
    page.wait_for_url("**after=*")
    assert page.locator("tbody tr").count() == 5
    page.keyboard.press("p")
    page.wait_for_url("**before=*")
    assert page.locator("tbody tr").count() == 25
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.name") == "product"
    # Where nobody is searched, the slash goes to the filters, too.
    become(page, "ada")
    page.goto("/loans/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "product"


def test_a_view_is_kept_and_opened_by_keys(visit, book):
    page = visit("ana", "/loans/?kind=normal&sort=-paid")
    page.keyboard.press("v")
    page.locator("#view-name").fill("正常结清")
    looks(page, "views")
    page.keyboard.press("Enter")
    page.locator(".notice.success").wait_for()
    assert page.url.endswith("/loans/?kind=normal&sort=-paid")
    assert SavedView.objects.get().query == "kind=normal&sort=-paid"
    page.goto("/loans/")
    page.keyboard.press("1")
    page.wait_for_url("**/loans/?kind=*")
    page.keyboard.press("v")
    page.keyboard.press("Escape")
    assert not page.locator("#view-name").is_visible()
    assert page.complaints.found == []


def test_a_large_file_takes_two_people_and_names_who_took_it(visit, book):
    ana, pei = visit("ana", "/loans/", language="en"), visit("pei", theme="dark")
    ana.locator("a[href*='/exports/new/']").click()
    ana.locator("[name=format]").select_option("csv")
    ana.locator("[name=words]").fill("compare with the ledger of the core")
    ana.locator("main form .button.first").click()
    ana.wait_for_url("**/approvals/*/")

    pei.reload()
    pei.locator("main a[href^='/approvals/']", has_text="30").click()
    pei.wait_for_url("**/approvals/*/")
    looks(pei, "what is proposed")
    pei.keyboard.press("1")
    assert Approval.objects.get(kind="export").status == "waiting"
    pei.keyboard.press("Enter")
    pei.locator(".pill.good").wait_for()
    assert Approval.objects.get(kind="export").decided_by.username == "pei"

    ana.goto("/")
    ana.get_by_text(f"Your file {Export.objects.get()}").wait_for()
    looks(ana, "today with a file")
    ana.keyboard.press("g")
    ana.keyboard.press("x")
    ana.wait_for_url("**/exports/")
    looks(ana, "my files")
    with ana.expect_download() as coming:
        ana.locator("a[href*='/file/']").click()
    line, _head, row = Path(coming.value.path()).read_text("utf-8-sig").splitlines()[:3]
    assert "(ana)" in line

    pei.goto("/exports/trace/")
    pei.locator("main [name=text]").fill(row)
    pei.locator("main form .button.first").click()
    pei.get_by_text("安娜").wait_for()
    looks(pei, "whose file it is")


def looks(page, name):
    """The page is accessible, silent, and not wider than the screen, be it a desk's or a telephone's."""
    for size in (TELEPHONE, DESK):
        page.set_viewport_size(size)
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
    assert violations(page) == [], name
    assert page.complaints.found == [], name

"""Every list walked by keyboard, views kept and opened by keys, and a file that takes two people."""

import os

import pytest
from django.utils import timezone

from servicing.models import Approval, Export, SavedView, Staff
from tests import stories
from tests.browser.test_pages import violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("AFTERCARE_SHOTS", "")


@pytest.fixture
def book(transactional_db):
    """Thirty settled loans of thirty borrowers, two cases, an import, and a proposal that waits."""
    wei, today = Staff.objects.get(username="wei"), timezone.localdate()
    borrowers = [stories.a_borrower(phone=f"100{number:08}") for number in range(30)]
    for number, borrower in enumerate(borrowers):
        stories.a_loan(borrower, number=f"L{number:02}", settled_on=today)
    for number, borrower in enumerate(borrowers[:2]):
        stories.a_case(borrower, owner=wei if number else None)
    stories.an_import(wei)
    return stories.a_proposal(wei, at=timezone.now())


def shot(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


LISTS = [
    ("ana", "/loans/", "/loans/*/"),
    ("ana", "/cases/", "/cases/*/"),
    ("ana", "/alerts/", "/borrowers/*/"),
    ("ana", "/imports/", "/imports/*/"),
    ("ana", "/approvals/?tab=all", "/approvals/*/"),
    ("wei", "/queue/", "/cases/*/"),
    ("wei", "/approvals/?tab=mine", "/approvals/*/"),
    ("pei", "/ledger/", None),
]


def test_every_list_is_walked_by_keyboard(visit, book):
    open_as = {}
    for who, url, leads_to in LISTS:
        page = open_as.get(who) or open_as.setdefault(who, visit(who, language="en"))
        page.goto(url)
        for key in "jjk":
            page.keyboard.press(key)
        assert page.locator(".here").count() == 1, url
        assert page.evaluate("document.querySelector('.here').contains(document.activeElement)"), url
        if leads_to:
            page.keyboard.press("Enter")
            page.wait_for_url(f"**{leads_to}")
        assert page.complaints.found == []


def test_pages_turn_and_filters_open_by_keys(visit, book):
    page = visit("ana", language="en")
    page.goto("/loans/")
    page.keyboard.press("n")
    page.wait_for_url("**after=*")
    assert page.locator("tbody tr").count() == 5
    page.keyboard.press("p")
    page.wait_for_url("**before=*")
    assert page.locator("tbody tr").count() == 25
    page.keyboard.press("f")
    assert page.evaluate("document.activeElement.name") == "product"


def test_where_nobody_is_searched_the_slash_goes_to_the_filters(visit, book):
    page = visit("ada", language="en")
    page.goto("/loans/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "product"


@pytest.mark.parametrize(("language", "width", "theme"), [("zh-hans", 1280, "light"), ("en", 390, "dark")])
def test_a_view_is_kept_and_opened_by_keys(visit, book, language, width, theme):
    page = visit("ana", language=language, width=width, theme=theme)
    page.goto("/loans/?kind=normal&sort=-paid")
    page.keyboard.press("v")
    page.locator("#view-name").fill("正常结清")
    shot(page, f"views-{language}-{width}")
    assert violations(page) == []
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
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


@pytest.mark.parametrize(("language", "width", "theme"), [("zh-hans", 1280, "light"), ("en", 390, "dark")])
def test_a_large_file_takes_two_people(visit, book, language, width, theme):
    ana = visit("ana", language=language, width=width, theme=theme)
    ana.goto("/loans/")
    ana.locator("a[href*='/exports/new/']").click()
    ana.locator("[name=words]").fill("compare with the ledger of the core")
    looks(ana, f"export-{language}-{width}")
    ana.locator("main form .button.first").click()
    ana.wait_for_url("**/approvals/*/")
    pei = visit("pei", language=language, width=width, theme=theme)
    looks(pei, f"today-{language}-{width}")
    pei.goto("/approvals/")
    looks(pei, f"desk-{language}-{width}")
    pei.keyboard.press("j")
    pei.keyboard.press("Enter")
    pei.wait_for_url("**/approvals/*/")
    looks(pei, f"approval-{language}-{width}")
    pei.keyboard.press("1")
    pei.locator(".pill.good").wait_for()
    ana.goto("/exports/")
    looks(ana, f"files-{language}-{width}")
    with ana.expect_download() as coming:
        ana.locator("a[href*='/file/']").click()
    name = coming.value.suggested_filename
    assert name.startswith(str(Export.objects.get()))
    assert name.endswith(".xlsx")
    assert Approval.objects.get(kind="export").decided_by.username == "pei"


def looks(page, name):
    """The page is accessible, not wider than the screen, and silent."""
    shot(page, name)
    assert violations(page) == [], name
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), name
    assert page.complaints.found == [], name


def test_the_desk_of_a_lead_and_of_an_admin(visit, book):
    for who, url in (
        ("ana", "/approvals/"),
        ("max", "/approvals/roles/new/"),
        ("wei", "/approvals/thresholds/new/"),
    ):
        page = visit(who, language="zh-hans")
        page.goto(url)
        looks(page, f"{who}{url.replace('/', '-')}")

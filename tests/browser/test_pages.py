"""Every page in both themes, both languages, wide and narrow: accessible, silent, talking to nobody else."""

import json
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib import admin
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from feedback.actions import responses, surveys, topics
from feedback.actions.loyalty import refusing
from feedback.models import Survey
from reviews.actions import recheck, scoring
from servicing.actions import intake
from servicing.actions.archive import certificates, steps
from servicing.models import CalendarDay, FeedDay, Loan, Period, Staff
from tests import stories
from tests.browser.conftest import become
from tests.cast import PASSWORD
from tests.feedback.files import a_file, a_row, checked
from tests.feedback.obstacles import an_improvement
from tests.feedback.said import a_response, a_topic, labelled
from tests.servicing.said import HEAD, SAID, a_bureau, two_people, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELEPHONE, DESK = {"width": 390, "height": 900}, {"width": 1440, "height": 900}
RULE_PAGES = ("/rules/worst_late/", "/rules/worst_late/draft/", "/rules/new/")
# What one person sees around every page; once in each theme is enough.
FRAME = (".side", "header.top")
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    # Style sheets are fetched again only for rules that are not asked, and none of our pages plays anything.
    "preload": False,
}
# What passes is counted in the browser: it is long, and nobody reads it.
AUDIT = """([where, rules]) => axe.run(where, rules).then(
    ({passes, violations}) => ({passes: passes.length, violations}))"""


def what_others_know(folder):
    """Two files of a bureau: one is applied and shall be undone, one waits with a row that is refused."""
    ana, wei = (Staff.objects.get(username=name) for name in ("ana", "wei"))
    two_people()
    a_bureau()
    applied, at = waiting(folder, SAID, by=wei), timezone.now()
    intake.apply(batch=applied, digest=intake.digest(applied), by=ana, at=at)
    intake.work(at=at, on=timezone.localdate(at))
    undo = intake.ask_undo(batch=applied, reason="a file of the wrong month", by=wei, at=at)
    more = "O5,B1,balance,bank-a,2026-11-22,,900.00,\nO6,B9,inquiry,bank-a,2026-11-22,,,\n"
    return {"applied": applied, "undo": undo, "waits": waiting(folder, f"{HEAD}\n{more}", by=wei)}


def what_customers_said(folder, *, by):
    """Topics that were learned, and a file of responses that waits with a row that is refused."""
    labelled(Staff.objects.get(username="lin"))
    for name in ("扣款", "征信"):
        a_topic(name)
    topics.train(by=by, at=timezone.now())
    bad = a_row("C2", borrower_id="", loan_id="", instalment="", kind="rant")
    good = a_row(borrower_id="", loan_id="", instalment="")
    return checked(folder, a_file(good, bad), by, at=timezone.now())


@pytest.fixture
def rows(transactional_db, settings, tmp_path):
    """One row of everything that a page can show; (borrower, loan, own case, run)."""
    wei = Staff.objects.get(username="wei")
    today = timezone.localdate()
    borrower = stories.a_borrower()
    loan = stories.a_loan(borrower, settled_on=today, days_late=40, kind="late")
    stories.a_loan(borrower, number="L2", settled_on=today.replace(day=1), days_late=-3, kind="early")
    case = stories.a_case(borrower, owner=wei)
    stories.a_case(
        stories.a_borrower(phone="10000000003"), rule="last_late", feature="last_days_late", value=9
    )
    stories.a_hold(stories.a_run(wei))
    run = stories.a_run(wei, status="running", shard="quarantined")
    batch = stories.an_import(wei)
    Period.objects.create(code="case.due", value=5, citation="minutes of the board", valid_from=today)
    CalendarDay.objects.create(day=today, is_workday=False, note="moving house")
    hua, now = Staff.objects.get(username="hua"), timezone.now()
    steps.begin(loan.settlements.get(), by=hua, at=now)
    certificate, _code = certificates.issue(loan=loan, by=hua, at=now)
    certificates.send(certificate=certificate, verify_at="here", by=hua, at=now)
    again = Loan.objects.create(
        borrower=borrower, product=loan.product, source=loan.source, external_id="L3", principal=100,
        total_due=100, disbursed_on=today - timedelta(days=40), known_on=today,
    )  # fmt: skip
    again.instalments.create(number=1, due_on=today - timedelta(days=2), amount=100)
    stuck = stories.a_message(borrower, hua, status="unknown")
    settings.PUBLIC_AT = "https://care.example"
    assert surveys.ask(loan=loan, by=hua, at=now)
    said = {
        "stuck": stuck,
        "link": f"/s/{stories.link_of(Survey.objects.get().message)}/",
        "batch": batch,
        "message": stories.a_feed()[0],
        "day": FeedDay.objects.get(),
    }
    card = stories.a_card(wei)
    effect = recheck.effect(card.as_card(), at=now)
    lin = Staff.objects.get(username="lin")
    voice = stories.a_response(borrower, by=lin, at=now, loan=loan, instalment=1, words="扣款两次" * 30)
    said["objection"] = stories.a_response(
        borrower, by=lin, at=now, kind="objection", loan=loan, where="record"
    ).objection
    stories.a_response(None, by=lin, at=now, kind="suggestion")
    responses.note(response=voice, words="he calls again", by=lin, at=now)
    responses.promise(response=voice, words="call back", days=1, by=lin, at=now)
    responses.make_complex(response=voice, reason="three banks take part", by=lin, at=now)
    stories.a_new_phone(borrower, by=lin, at=now)
    said["voice"] = voice
    said["extension"] = responses.propose_extension(
        response=voice, purpose="the bank answers late", by=lin, at=now
    )
    said["asked"] = scoring.propose(
        number=card.number, effect=effect, purpose="look at these earlier", by=wei, at=now
    )
    settings.UPLOADS = tmp_path / "uploads"
    said |= {"card": card, "proposal": stories.a_proposal(wei, at=now)} | what_others_know(tmp_path)
    pei, ana = (Staff.objects.get(username=name) for name in ("pei", "ana"))
    campaign = stories.a_campaign(hua, pei)
    said |= {
        "campaign": campaign,
        "draft": stories.a_campaign(hua, pei, status="draft", approved_by=None, approved_at=None),
        "offer": stories.an_offer(campaign, borrower),
        "hold": stories.kept_from_offers(stories.a_borrower(phone="10000000004"), wei, ana),
    }
    stories.a_standing(borrower, falls=True)
    said["file"] = what_customers_said(tmp_path / "heard", by=wei)
    said["improvement"] = an_improvement(today=today, at=now)
    voice = {"received_on": today - timedelta(days=2), "borrower": borrower, "where": "card"}
    a_response("binding my new card fails", kind="suggestion", **voice)
    return borrower, loan, case, run, said


def pages(rows):
    """(who, address) of every page that a person can open."""
    borrower, loan, case, run, said = rows
    lead = [
        "/",
        "/loans/",
        "/loans/?kind=normal&settled_from=2001-01-01",
        "/cases/",
        "/alerts/",
        "/rules/",
        "/scorecard/",
        "/rules/features/",
        "/recheck/",
    ]
    lead += [
        "/imports/",
        "/feeds/",
        "/feeds/messages/",
        "/help/",
        f"/loans/{loan.pk}/",
        f"/recheck/{run.pk}/",
    ]
    yield from (("ana", url) for url in lead)
    yield from (
        ("wei", url)
        for url in ("/queue/", "/queue/?tab=waiting", f"/cases/{case.pk}/", "/imports/new/", *RULE_PAGES)
    )
    yield from (("ana", url) for url in ("/monitor/", "/monitor/?tab=soon", f"/loans/{loan.pk}/?months=60"))
    by_two = (
        "/messages/",
        f"/messages/{said['stuck'].pk}/",
        "/steps/",
        *(f"/imports/{said[name].pk}/" for name in ("batch", "applied", "waits")),
        f"/feeds/messages/{said['message'].pk}/",
        f"/feeds/days/{said['day'].pk}/",
        "/approvals/",
        "/approvals/?tab=all",
        *(f"/approvals/{said[name].pk}/" for name in ("proposal", "undo")),
        "/exports/",
        "/exports/new/?of=servicing:loan-list",
    )
    yield from (("ana", url) for url in by_two)
    yield from (("wei", url) for url in ("/approvals/?tab=mine", "/approvals/thresholds/new/"))
    made = said["improvement"]
    clusters = ("failures/?channel=debit-0&error=E1", "words/?where=card&topic=", "payments/")
    yield from (("ana", f"/obstacles/{place}") for place in ("", "?by=money", *clusters))
    yield from (("hua", f"/obstacles/{made.obstacle_id}/{place}") for place in ("", "improve/"))
    yield "lin", "/obstacles/new/?side=words&where=app"
    yield from (("hua", f"/improvements/{place}") for place in ("", f"{made.pk}/"))
    card = said["card"]
    yield from (("wei", url) for url in ("/scorecard/", f"/scorecard/{card.pk}/", "/scorecard/draft/"))
    yield "ana", f"/approvals/{said['asked'].pk}/"
    yield from (("max", "/approvals/roles/new/"), ("pei", "/exports/trace/"))
    number = loan.certificates.get().number
    yield from (("hua", url) for url in ("/", f"/certificates/{number}/"))
    yield from ((None, url) for url in ("/verify/", said["link"]))
    yield from loyalty_pages(borrower, said)
    yield from (("pei", url) for url in ("/ledger/", f"/borrowers/{borrower.reference}/"))
    yield from (("lin", url) for url in ("/", f"/borrowers/{borrower.reference}/"))
    voice = f"/responses/{said['voice'].reference}/"
    call = ("/callers/", f"/callers/{borrower.reference}/", "/callers/unknown/", "/responses/", voice)
    yield from (("lin", url) for url in call)
    yield "ana", f"/imports/{said['file'].pk}/"
    yield from ((who, "/topics/") for who in ("hua", "pei"))
    lead = ("/", "/surveys/", "/responses/?tab=all", voice, f"/callers/{borrower.reference}/", "/objections/")
    yield from (("hua", url) for url in (*lead, f"/approvals/{said['extension'].pk}/"))
    yield from (("pei", url) for url in (f"/objections/{said['objection'].number}/", voice))
    yield from (("max", url) for url in ("/", "/admin/", "/admin/servicing/", *administration()))
    yield from ((None, url) for url in ("/sign-in/", "/sign-in/?ended=idle"))


def loyalty_pages(borrower, said):
    """(who, address) of the pages of tiers, campaigns, offers and holds."""
    campaign, draft = said["campaign"].pk, said["draft"].pk
    urls = ("/tiers/", "/tiers/draft/", "/tiers/borrowers/", "/tiers/borrowers/?tab=falling", "/campaigns/")
    urls += ("/campaigns/new/", f"/campaigns/{campaign}/", f"/campaigns/{campaign}/effect/", "/offers/")
    urls += (f"/campaigns/{draft}/", f"/campaigns/{draft}/draft/", f"/campaigns/{draft}/effect/")
    urls += (f"/offers/{said['offer'].pk}/", f"/tiers/borrowers/{borrower.reference}/")
    yield from (("hua", url) for url in urls)
    yield from (("wei", url) for url in ("/holds/", f"/holds/for/{borrower.reference}/"))
    yield "ana", f"/holds/{said['hold'].pk}/"
    yield None, f"/no/{refusing.signer().sign(said['offer'].pk)}/"


def administration():
    """The address of each list and form that Django's admin opens for max, whatever is registered there."""
    request = RequestFactory().get("/")
    request.user = Staff.objects.get(username="max")
    for model, desk in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if desk.has_add_permission(request):
            yield reverse(f"{name}_add")
        row = desk.get_queryset(request).last()
        if row:
            yield reverse(f"{name}_change", args=[row.pk])
        if row and desk.has_delete_permission(request, row):
            yield reverse(f"{name}_delete", args=[row.pk])


def walk(rows, language):
    """(who, address, theme) of each page: in both languages, each in another theme, the other way next time.

    The pages of Django's admin are many and alike, so each is seen in one language.
    """
    for number, (who, url) in enumerate(pages(rows)):
        turn = language == "en"
        if not url.startswith("/admin/") or number % 2 == turn:
            yield who, url, ("light", "dark")[(number // 2 + turn) % 2]


def violations(page, *, but=()):
    """What axe finds wrong outside these parts; that it looked at all is part of the answer."""
    if not page.evaluate("'axe' in window"):
        # Half a megabyte: told once, it is there on every later page as well.
        page.add_init_script(Axe().axe_script)
        page.evaluate(Axe().axe_script)
    found = page.evaluate(AUDIT, [{"exclude": [[part] for part in but]} if but else "html", RULES])
    assert found["passes"] > 5
    return found["violations"]


def settle(page):
    """Look at every chart until it is drawn; a page that polls is never idle, so wait for nothing else."""
    for plot in page.locator(".plot").all():
        plot.scroll_into_view_if_needed()
        plot.and_(page.locator("[data-drawn]")).wait_for()


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_every_page_is_accessible_silent_and_no_wider_than_the_screen(visit, rows, language, width):
    faults, page, at_it, seen = [], visit(language=language, width=width), None, set()
    for who, url, theme in walk(rows, language):
        if who != at_it:
            become(page, who)
            at_it = who
        page.emulate_media(color_scheme=theme)
        page.goto(url)
        settle(page)
        found = violations(page, but=FRAME if (who, theme) in seen else ())
        seen.add((who, theme))
        faults += [(url, theme, each["id"], each["nodes"][0]["html"][:200]) for each in found]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults += [(url, "wider than the screen")]
        faults += [(url, said) for said in page.complaints.found]
        page.complaints.found.clear()
    assert faults == [], json.dumps(faults, ensure_ascii=False, indent=1)


def test_refusals_are_accessible(visit, rows):
    page = visit("lin", "/loans/", language="en")
    assert violations(page) == []
    page.goto("/nowhere/")
    assert violations(page) == []


def test_what_is_wrong_in_cells_of_a_card_is_accessible(visit, rows):
    page = visit("wei", "/scorecard/draft/", language="en")
    page.locator("table.bins input").first.fill("much")
    page.locator("main form button.first").first.click()
    page.locator("table.bins [role=alert]").first.wait_for()
    assert violations(page) == []


def test_a_field_is_shown_and_hides_itself(visit, rows, monkeypatch):
    borrower = rows[0]
    page = visit("wei", language="en")
    page.clock.install()
    page.goto(f"/borrowers/{borrower.reference}/")
    row = page.locator("#field-national_id")
    row.get_by_role("button").click()
    row.locator("input[name$=text]").fill("compare with the passport")
    row.locator("input[type=password]").fill(PASSWORD)
    assert violations(page) == []
    row.locator("input[type=password]").press("Control+Enter")
    row.locator(".shown").wait_for()
    assert f"{borrower.pk:012d}" in row.inner_text()
    page.clock.run_for(61_000)
    row.locator(".shown").wait_for(state="detached")
    assert f"{borrower.pk:012d}" not in page.content()
    assert page.complaints.found == []


def test_a_case_is_decided_with_two_keys(visit, rows):
    case = rows[2]
    page = visit("wei", f"/cases/{case.pk}/", language="en")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/queue/")
    case.refresh_from_db()
    assert (case.status, case.decision.verdict) == ("closed", "dismiss")


def test_keys_lead_through_the_house(visit, rows):
    page = visit("ana", language="en")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.wait_for_url("**/loans/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/loans/*/")
    page.keyboard.press("?")
    page.locator("#help[open]").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type(rows[0].reference)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/borrowers/{rows[0].reference}/")
    assert page.complaints.found == []


def test_the_theme_is_kept_and_charts_follow_it(visit, rows):
    page = visit("ana", language="en")
    settle(page)
    ink = "document.querySelector('.plot').layout.font.color"
    before = page.evaluate(ink)
    toggle = page.locator("[data-act=theme]")
    toggle.click()
    toggle.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate(ink) != before
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_a_chart_that_cannot_be_fetched_says_so_and_is_tried_again(visit, rows):
    page = visit("ana", "/monitor/", language="en")
    page.clock.install()
    page.route("**/plotly.min*.js", lambda route: route.abort())
    page.goto("/")
    plot = page.locator(".plot").first
    plot.scroll_into_view_if_needed()
    plot.get_by_text("could not be fetched").wait_for()
    page.unroute_all()
    page.clock.fast_forward(10_000)
    settle(page)
    assert plot.get_by_text("could not be fetched").count() == 0


def test_a_bar_leads_to_the_list_behind_it(visit, rows):
    page = visit("ana", language="en")
    settle(page)
    target = page.evaluate("document.querySelector('.plot').data[0].customdata[0]")
    page.evaluate(
        "url => document.querySelector('.plot').emit('plotly_click', {points: [{customdata: url}]})", target
    )
    page.wait_for_url(f"**{target}")
    assert page.locator("tbody tr").count() == 1


def test_the_menu_is_a_drawer_on_a_telephone(visit, rows):
    page = visit("ana", language="en", width=390)
    assert not page.locator(".side nav").is_visible()
    page.locator("[data-act=drawer]").click()
    page.locator(".side nav a", has_text="Recheck").click()
    page.wait_for_url("**/recheck/")

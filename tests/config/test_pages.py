"""Today, search and dossier: what they show, to whom, and that their numbers are those of the lists."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import server_error

from config.pages import today
from reviews.actions import recheck
from reviews.models import Snapshot
from servicing.actions import privacy, processing
from servicing.models import Observation
from tests import stories
from tests.cast import CAST, NOON, TODAY


@pytest.fixture(autouse=True)
def day(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


@pytest.fixture
def borrower(db):
    return stories.a_borrower()


def opened(client, person, borrower):
    client.force_login(person)
    return client.get(f"/borrowers/{borrower.reference}/")


def find(client, person, text):
    client.force_login(person)
    return client.post("/search/", {"text": text})


# --- Search ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("way", "spelled"),
    [
        ("phone", lambda b: "100 1234-5678"),
        ("phone", lambda b: "+86 10012345678"),
        ("phone", lambda b: "１００１２３４５６７８"),
        ("national_id", lambda b: f"{stories.NATIONAL_ID[:6]}{b.pk:012d}"),
        ("reference", lambda b: b.reference.lower().replace("-", "")),
        ("loan", lambda b: "L1"),
    ],
)
def test_one_exact_hit_opens_the_dossier_and_the_trail_keeps_no_words(client, lin, borrower, way, spelled):
    stories.a_loan(borrower)
    response = find(client, lin, spelled(borrower))
    assert response.url == f"/borrowers/{borrower.reference}/"
    (entry,) = stories.acts("borrower.searched")
    assert entry.detail == {"by": way, "found": 1}


@pytest.mark.parametrize("text", ["1001234567", "欧阳测试", "欧阳", "%", "", "   "])
def test_parts_and_names_find_nobody(client, lin, borrower, text):
    response = find(client, lin, text)
    assert response.status_code == 200
    assert borrower.reference not in response.content.decode()


def test_several_hits_are_a_masked_list(client, lin, borrower):
    other = stories.a_borrower()
    html = find(client, lin, stories.PHONE).content.decode()
    assert borrower.reference in html
    assert other.reference in html
    assert stories.PHONE not in html


def test_what_was_typed_cannot_stand_in_an_address(client, lin, db):
    client.force_login(lin)
    assert client.get("/search/?text=10012345678").status_code == 405


# --- Dossier -----------------------------------------------------------------------------------------------


def test_a_dossier_is_masked_for_everybody(client, borrower, request):
    for name in ("lin", "hua", "wei", "ana", "pei", "ada"):
        html = opened(client, request.getfixturevalue(name), borrower).content.decode()
        assert "欧阳**" in html
        assert not {stories.NAME, stories.PHONE, f"{borrower.pk:012d}"} & set(html.split())
        assert stories.PHONE not in html


def test_a_dossier_names_the_number_that_its_sender_knows(client, lin, wei, borrower):
    for person in (lin, wei):
        html = opened(client, person, borrower).content.decode()
        assert f'发送方编号 <span class="code">{borrower.external_id}</span>' in html


def test_only_lateness_lapses_and_after_the_years_of_its_setting(client, wei, borrower):
    stories.a_loan(borrower, number="A", settled_on=TODAY - timedelta(days=300), days_late=-5, kind="early")
    stories.a_loan(borrower, number="B")
    assert opened(client, wei, borrower).context["next_lapse_on"] is None
    stories.a_loan(borrower, number="C", settled_on=TODAY, days_late=40, kind="late")
    assert opened(client, wei, borrower).context["next_lapse_on"] == TODAY.replace(year=TODAY.year + 5)


def observed(borrower):
    return Observation.objects.create(
        borrower=borrower, source=borrower.source, external_id="O-77", kind="overdue", lender="north-bank",
        days=45, observed_on=TODAY - timedelta(days=9), known_on=TODAY, arrived_at=NOON,
    )  # fmt: skip


def test_the_rows_behind_outside_data_are_shown_to_who_sees_what_the_house_makes_of_it(
    client, wei, pei, lin, ada, borrower
):
    row, case = observed(borrower), stories.a_case(borrower, owner=wei)
    for person, sees in ((wei, True), (pei, True), (lin, False), (ada, False)):
        page = opened(client, person, borrower)
        assert ("north-bank" in page.content.decode()) is sees
        assert ("observation" in {moment.kind for moment in page.context["moments"]}) is sees
    client.force_login(wei)
    html = client.get(f"/cases/{case.pk}/").content.decode()
    assert {row.lender, "O-77", str(row.observed_on)} <= set(re.split(r"[<>]", html))


@pytest.mark.parametrize("why", ["restricted", "withdrawn", "not declared"])
def test_outside_data_that_may_not_be_read_is_shown_to_nobody(client, wei, pei, borrower, why):
    observed(borrower)
    if why == "restricted":
        processing.restrict(
            borrower=borrower, ground="dispute", reason="says it is wrong", until_on=None, by=pei, at=NOON
        )
    elif why == "withdrawn":
        processing.withdraw(borrower=borrower, by=pei, at=NOON)
    else:
        type(borrower.source).objects.filter(pk=borrower.source_id).update(declares_consent=False)
    case = stories.a_case(borrower, owner=wei)
    assert "north-bank" not in opened(client, wei, borrower).content.decode()
    assert "north-bank" not in client.get(f"/cases/{case.pk}/").content.decode()


def test_opening_leaves_one_trace_an_hour(client, lin, wei, borrower, monkeypatch):
    moment = NOON
    monkeypatch.setattr(timezone, "now", lambda: moment)
    opened(client, lin, borrower)
    opened(client, lin, borrower)
    assert len(stories.acts("borrower.viewed")) == 1
    opened(client, wei, borrower)
    assert len(stories.acts("borrower.viewed")) == 2


def test_customer_service_sees_no_judgement(client, lin, wei, borrower):
    stories.a_case(borrower)
    for person, sees in ((lin, False), (wei, True)):
        page = opened(client, person, borrower)
        assert bool(page.context.get("alerts")) is sees
        assert ("alert" in {moment.kind for moment in page.context["moments"]}) is sees


def test_who_looked_is_shown_to_privacy_and_audit_only(client, lin, wei, pei, ada, borrower):
    opened(client, lin, borrower)
    for person, sees in ((wei, False), (pei, True), (ada, True)):
        kinds = {moment.kind for moment in opened(client, person, borrower).context["moments"]}
        assert ("look" in kinds) is sees


def test_an_auditor_opens_only_the_sample(client, ada, borrower):
    assert opened(client, ada, borrower).status_code == 200
    assert opened(client, ada, stories.a_borrower(sampled=False)).status_code == 404


# --- Today -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("username", [u for u, _name, role in CAST.values() if role])
def test_today_is_there_for_everybody_even_on_the_first_day(client, username, django_user_model, db):
    client.force_login(django_user_model.objects.get(username=username))
    assert client.get("/").status_code == 200


def test_the_numbers_of_a_bar_are_those_of_the_list_behind_it(client, ana, pei, db):
    borrower = stories.a_borrower()
    stories.a_loan(borrower, number="A", days_late=5, kind="late")
    stories.a_loan(borrower, number="B", days_late=-5, kind="early")
    stories.a_loan(borrower, number="C", settled_on=TODAY - timedelta(days=60))
    stories.a_case(borrower)
    for person in (ana, pei):
        client.force_login(person)
        page = client.get("/")
        cells = [cell for _month, row, _all in page.context["month_rows"] for cell in row]
        cells += [cell for _rule, row in page.context["alert_rows"] for cell in row]
        assert sum(count for count, _url in cells) == 4
        for count, url in cells:
            assert client.get(url).context["total"] == count
        figure = page.context["month_figure"]
        assert sum(sum(trace["y"]) for trace in figure["data"]) == 3


def test_an_auditors_numbers_are_of_the_sample(client, ada, ana, db):
    stories.a_loan(stories.a_borrower())
    stories.a_loan(stories.a_borrower(sampled=False), number="L2")
    for person, count in ((ana, 2), (ada, 1)):
        client.force_login(person)
        page = client.get("/")
        assert page.context["settled"] == count
        assert sum(total for _month, _cells, total in page.context["month_rows"]) == count


def test_who_may_not_browse_gets_no_way_through_the_chart(client, hua, db):
    stories.a_loan(stories.a_borrower())
    client.force_login(hua)
    page = client.get("/")
    assert "customdata" not in page.context["month_figure"]["data"][0]
    assert "/loans/" not in page.content.decode()


def test_the_chart_ends_with_the_newest_payoff_and_begins_18_months_before():
    month = TODAY.replace(day=1)
    old = month.replace(year=month.year - 2)
    edge = month.replace(year=2025, month=6)
    months, kinds, counts = today.by_month([(old, "late", 9), (edge, "early", 1), (month, "normal", 2)])
    assert len(months) == 18
    assert (months[0], months[-1]) == (edge, month)
    assert kinds == ["normal", "early"]
    assert counts == {(edge, "early"): 1, (month, "normal"): 2}


def test_clocks_count_what_is_due_and_what_is_late(client, wei, ana, db):
    for offset in (-1, 0, 1):
        case = stories.a_case(stories.a_borrower(), owner=wei)
        type(case).objects.filter(pk=case.pk).update(due_on=TODAY + timedelta(days=offset))
    stories.a_case(stories.a_borrower())
    for person in (wei, ana):
        client.force_login(person)
        page = client.get("/")
        assert (page.context["overdue"], page.context["due_today"]) == (1, 1)
    assert client.get(f"/cases/?status=open&due_to={TODAY}").context["total"] == 2


def test_the_menu_counts_imports_for_the_second_person_alone(client, ana, wei):
    stories.an_import(wei)
    for person, counts in ((ana, True), (wei, False)):
        client.force_login(person)
        page = client.get("/help/").content.decode()
        assert ('<span class="count" title="待批准">1</span>' in page) is counts


def test_imports_that_wait_are_shown_with_who_staged_them(client, ana, wei):
    stories.an_import(wei)
    client.force_login(ana)
    assert str(wei) in client.get("/").content.decode()


# --- Work done by the database ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["/loans/", "/queue/?tab=waiting", "/cases/", "/alerts/", "/ledger/", "/imports/"]
)
def test_a_list_asks_as_often_for_many_rows_as_for_one(client, ana, pei, url):
    def queries():
        client.force_login(pei if url == "/ledger/" else ana)
        client.get(url)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url).context["total"] >= 1
        return len(asked)

    def add(number):
        borrower = stories.a_borrower()
        stories.a_loan(borrower, number=f"L{number}")
        stories.a_case(borrower)
        privacy.viewed(borrower, by=pei, at=NOON)

    add(0)
    stories.an_import(ana)
    before = queries()
    for number in range(1, 6):
        add(number)
    assert queries() == before


@pytest.mark.parametrize(
    ("url", "most"), [("/", 33), ("/monitor/", 20), ("/monitor/?tab=all", 20), ("/loans/", 12)]
)
def test_a_page_asks_few_things_and_none_twice(client, ana, url, most):
    case = stories.a_case(stories.a_borrower(), owner=ana)
    stories.a_loan(case.borrower)
    client.force_login(ana)
    client.get(url)
    with CaptureQueriesContext(connection) as asked:
        client.get(url)
    texts = [query["sql"] for query in asked]
    assert len(texts) == len(set(texts)) <= most


# --- What goes wrong -----------------------------------------------------------------------------------


def test_a_broken_page_needs_no_database_and_says_it_in_both_languages(rf):
    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert {"出错了", "Something broke"} <= set(re.findall(r"<h1[^>]*>([^<]+)", response.content.decode()))


def test_a_form_from_another_session_changes_nothing(ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    response = client.post("/queue/next/")
    assert response.status_code == 403
    assert "403_csrf.html" in [template.name for template in response.templates]


def test_what_is_not_there_is_told_to_strangers_without_a_frame(client, db):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert "<nav" not in response.content.decode()


def test_points_are_for_who_decides_and_the_band_for_who_watches(client, wei, pei, lin, clock, borrower):
    stories.a_loan(borrower, days_late=40, kind="late")
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    for person, points, band in ((wei, True, True), (pei, False, True), (lin, False, False)):
        html = opened(client, person, borrower).content.decode()
        assert ("68 分" in html, "评分" in html) == (points, band)


def test_a_row_that_is_carried_is_shown_as_of_the_day_that_was_checked(client, wei, clock, borrower):
    stories.a_loan(borrower, settled_on=TODAY - timedelta(days=200))
    later = recheck.run(as_of=TODAY, by=clock, at=NOON)
    later.pk, later.slot = None, "two days later"
    later.params |= {"as_of": str(TODAY + timedelta(days=2)), "since": str(TODAY)}
    later.save(force_insert=True)
    page = opened(client, wei, borrower).context
    assert (page["snapshot"].as_of, page["snapshot"].stands_on) == (TODAY, TODAY + timedelta(days=2))
    assert dict(page["features"])["days_since_payoff"] == 202
    Snapshot.objects.update(holds_until=TODAY + timedelta(days=1))
    assert opened(client, wei, borrower).context["snapshot"] is None

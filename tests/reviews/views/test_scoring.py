import pytest
from django.conf import settings

from reviews.actions import recheck, rules, scoring
from reviews.forms import CardTable
from reviews.models import Scorecard
from servicing.models import Approval
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db
WHY = "the team wants to see these earlier"


@pytest.fixture(autouse=True)
def _english(client):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"


@pytest.fixture
def drafted(wei):
    return stories.a_card(wei)


@pytest.fixture
def typed(db):
    """The card in force as the table sends it."""
    return CardTable.of(Scorecard.objects.active().get().as_card()).words()


def texts(words):
    return {name: "" if text is None else text for name, text in words.items()}


def page(client, person, url, /, **post):
    client.force_login(person)
    return client.post(url, texts(post)) if post else client.get(url)


def test_the_card_stands_with_its_points_versions_and_people(client, wei):
    html = page(client, wei, "/scorecard/").content.decode()
    assert "expert, not calibrated" in html
    assert "low up to 14, middle up to 39, high above" in html
    assert all(f"/scorecard/{card.pk}/" in html for card in Scorecard.objects.all())
    assert "came with Aftercare" in html
    assert "Draft a new version" in html


def test_an_officer_drafts_looks_proposes_and_the_lead_puts_it_in_force(client, wei, ana, clock, typed):
    stories.a_loan(stories.a_borrower(), settled_on=TODAY, days_late=40)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    done = page(client, wei, "/scorecard/draft/", **typed | {"middle": "15", "worst_dpd-5-points": "45"})
    card = Scorecard.objects.drafts().get()
    assert done.url == f"/scorecard/{card.pk}/"
    html = page(client, wei, done.url).content.decode()
    assert "Largest score of the band “middle”: 39 becomes 15." in html
    assert "0 of 1 borrowers (0.0%) would change band." in html
    asked = page(client, wei, f"/scorecard/{card.pk}/propose/", purpose=WHY)
    html = page(client, ana, asked.url).content.decode()
    assert "39 becomes 15" in html
    assert "would change band" in html
    assert "expert, not calibrated" in html
    approval = Approval.objects.get()
    assert approval.shown["after"]["bins"]["worst_dpd"]["bins"][-1] == [None, 45]
    page(client, ana, f"/approvals/{approval.pk}/approve/", digest=approval.digest)
    assert rules.current().card.number == card.number
    assert "drafted by 韦审, put in force by 安娜" in page(client, wei, "/scorecard/").content.decode()
    older = Scorecard.objects.filter(status="retired").order_by("-number").first()
    assert "Propose to go back" in page(client, wei, f"/scorecard/{older.pk}/").content.decode()


def test_rows_that_differ_are_marked_and_the_others_folded_away(client, wei, drafted):
    html = page(client, wei, f"/scorecard/{drafted.pk}/").content.decode()
    assert html.count('<span class="pill warn">changed</span>') == 1
    assert html.count('<span class="pill warn">left out</span>') == 1
    stay = len(Scorecard.objects.active().get().bins) - 2
    assert f"{stay} features stay as they are" in html
    assert "Nobody has been judged yet" in html


def test_a_part_of_a_large_book_is_said_to_be_one(client, wei, drafted, clock, monkeypatch):
    for number in range(4):
        stories.a_loan(stories.a_borrower(), number=f"L{number}", settled_on=TODAY)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    monkeypatch.setattr("reviews.actions.recheck.banding.SAMPLE", 2)
    html = page(client, wei, f"/scorecard/{drafted.pk}/").content.decode()
    assert "this is a sample, one borrower in 2" in html


@pytest.mark.parametrize(
    ("change", "cell", "said"),
    [
        ({"base": "1.5"}, "base", "whole number"),
        ({"base": "1001"}, "base", "whole number"),
        ({"low": "x"}, "low", "no whole number"),
        ({"middle": "13"}, "middle", "cannot end below"),
        ({"worst_dpd-2-points": "some"}, "worst_dpd-2-points", "whole number from -1000"),
        ({"worst_dpd-2-points": "2000"}, "worst_dpd-2-points", "whole number from -1000"),
        ({"worst_dpd-2-points": ""}, "worst_dpd-2-points", "required"),
        ({"worst_dpd-missing": ""}, "worst_dpd-missing", "where it is not known"),
        ({"worst_dpd-3-upper": "3"}, "worst_dpd-3-upper", "overlaps the row above"),
        ({"worst_dpd-3-upper": "x"}, "worst_dpd-3-upper", "no whole number"),
        ({"worst_dpd-3-upper": ""}, "worst_dpd-3-upper", "Only the last row has no limit"),
        ({"worst_dpd-5-upper": "300"}, "worst_dpd-5-upper", "leave the limit of the last row empty"),
        (
            {"complaints-feature": "complaints", "complaints-1-points": "1", "complaints-missing": "0"},
            "complaints-feature",
            "There is no feature “complaints”",
        ),
    ],
)
def test_what_is_wrong_is_said_at_its_cell(client, wei, typed, change, cell, said):
    found = page(client, wei, "/scorecard/draft/", **typed | change)
    assert found.status_code == 422
    errors = found.context["form"].errors
    assert (list(errors), said in str(errors)) == ([cell], True)
    assert f'id="id_{cell}_error"' in found.content.decode() or cell.endswith("-feature")
    assert not Scorecard.objects.drafts().exists()


def test_what_is_wrong_is_said_in_the_language_of_the_reader(client, wei, typed):
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "zh-hans"
    html = page(client, wei, "/scorecard/draft/", **typed | {"worst_dpd-3-upper": "3"}).content.decode()
    assert "与上一行重叠：须大于3 天。" in html


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "what the card in force says already"),
        ({"worst_dpd-feature": None}, "at least one feature"),
    ],
)
def test_what_has_no_cell_is_said_above(client, wei, typed, change, said):
    if change:
        typed = {name: typed[name] for name in ("base", "low", "middle")}
    found = page(client, wei, "/scorecard/draft/", **typed)
    assert (found.status_code, said in found.content.decode()) == (422, True)


def rows(found, code):
    table = found.context["form"].table
    return table.scales[code]["bins"] if code in table.scales else None


def test_buttons_change_the_table_and_keep_nothing(client, wei, typed):
    before = [["0", "0"], ["3", "4"], ["30", "12"], ["90", "26"], ["", "40"]]
    found = page(client, wei, "/scorecard/draft/", **typed, press="split:worst_dpd:2")
    assert rows(found, "worst_dpd") == [before[0], ["", ""], *before[1:]]
    assert 'name="worst_dpd-2-upper" maxlength="11" autofocus' in found.content.decode().replace(
        ' autocomplete="off"', ""
    ).replace('type="text" ', "")
    found = page(client, wei, "/scorecard/draft/", **typed, press="drop:worst_dpd:1")
    assert rows(found, "worst_dpd") == before[1:]
    found = page(client, wei, "/scorecard/draft/", **typed, press="drop:worst_dpd:5")
    assert rows(found, "worst_dpd") == [*before[:3], ["", "26"]]
    found = page(client, wei, "/scorecard/draft/", **typed, press="leave:worst_dpd")
    assert rows(found, "worst_dpd") is None
    found = page(client, wei, "/scorecard/draft/", **typed, press="take", another="open_loans")
    assert rows(found, "open_loans") == [["", ""]]
    assert not Scorecard.objects.drafts().exists()


@pytest.mark.parametrize(
    "press",
    [
        f"split:worst_dpd:{'9' * 5000}",
        "",
        "take",
        "split",
        "split:worst_dpd",
        "split:worst_dpd:99",
        "drop:nothing:1",
        "leave:nothing",
        "no:x:y",
    ],
)
def test_a_button_that_the_table_has_not_changes_nothing(client, wei, typed, press):
    found = page(client, wei, "/scorecard/draft/", **typed, press=press, another="worst_dpd")
    assert found.status_code == 200
    assert texts(found.context["form"].table.words()) == {
        name: str(text) for name, text in texts(typed).items()
    }


def test_a_new_feature_and_a_new_row_are_kept(client, wei, typed):
    more = {"open_loans-feature": "open_loans", "open_loans-missing": "0", "open_loans-1-upper": "2"}
    more |= {"open_loans-1-points": "0", "open_loans-2-upper": "", "open_loans-2-points": "-3"}
    assert page(client, wei, "/scorecard/draft/", **typed | more).status_code == 302
    draft = Scorecard.objects.drafts().get()
    assert draft.bins["open_loans"] == {"missing": 0, "bins": [[2, 0], [None, -3]]}
    assert {**draft.bins, "open_loans": None} == {**Scorecard.objects.active().get().bins, "open_loans": None}


def test_the_own_draft_is_gone_on_with(client, wei, drafted):
    found = page(client, wei, "/scorecard/draft/")
    assert rows(found, "worst_dpd") == [[0, 3], [None, 43]]


def test_somebody_elses_draft_is_left_alone(client, bo, drafted, typed):
    assert "only they change their draft" in page(client, bo, "/scorecard/draft/").content.decode()
    assert "/scorecard/draft/" not in page(client, bo, "/scorecard/").content.decode()
    found = page(client, bo, "/scorecard/draft/", **typed | {"base": "5"})
    assert (found.status_code, "Somebody else is drafting" in found.content.decode()) == (422, True)


def test_a_draft_is_discarded(client, wei, bo, drafted):
    assert page(client, bo, "/scorecard/discard/", sure="yes").url == "/scorecard/"
    assert Scorecard.objects.drafts().exists()
    page(client, wei, "/scorecard/discard/", sure="yes")
    assert not Scorecard.objects.drafts().exists()


def test_a_proposal_without_words_or_subject_is_refused_on_the_page(client, wei, drafted):
    assert page(client, wei, f"/scorecard/{drafted.pk}/propose/", purpose="no").status_code == 422
    active = Scorecard.objects.active().get()
    assert page(client, wei, f"/scorecard/{active.pk}/propose/", purpose=WHY).status_code == 422
    assert not Approval.objects.exists()


def test_what_waits_is_not_proposed_twice(client, wei, drafted):
    scoring.propose(number=drafted.number, effect=None, purpose=WHY, by=wei, at=NOON)
    html = page(client, wei, f"/scorecard/{drafted.pk}/").content.decode()
    assert "waits for a second person" in html
    assert "/propose/" not in html


def test_an_old_card_with_a_feature_that_is_gone_says_so(client, wei, ana, clock):
    stories.a_loan(stories.a_borrower(), settled_on=TODAY)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    old = Scorecard.objects.create(
        number=9, status="retired", kind="expert", base=0, bounds=[1, 2], drafted_at=NOON, activated_at=NOON,
        retired_at=NOON, drafted_by=wei, activated_by=ana, bins={"gone": {"missing": 0, "bins": [[None, 1]]}},
    )  # fmt: skip
    html = page(client, wei, f"/scorecard/{old.pk}/").content.decode()
    assert "There is no feature “gone”." in html
    assert "/propose/" not in html
    assert page(client, wei, f"/scorecard/{old.pk}/propose/", purpose=WHY).status_code == 422
    assert not Approval.objects.exists()


@pytest.mark.parametrize("who", ["ana", "pei", "ada"])
def test_who_only_looks_finds_no_way_to_draft(client, request, who, drafted):
    person = request.getfixturevalue(who)
    for url in ("/scorecard/", f"/scorecard/{drafted.pk}/"):
        html = page(client, person, url).content.decode()
        assert [part for part in ("/draft/", "/propose/") if part in html] == []
    assert page(client, person, "/scorecard/draft/").status_code == 403

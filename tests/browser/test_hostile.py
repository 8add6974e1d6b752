"""All hostile texts on few pages: none runs, none leaves its place, and the pages stay whole."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from feedback.actions import responses
from feedback.domain.topics import is_name
from feedback.models import FollowUp, Note, Response, Topic, TopicModel
from servicing.actions import bureau, privacy
from servicing.domain.archive import lettered
from servicing.domain.privacy import kept
from servicing.models import Staff
from tests import stories
from tests.browser.conftest import become
from tests.feedback.files import a_file, a_row, checked, two_customers
from tests.hostile import DIRECTIONS, LONG, SCRIPTS, TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WORDS = [text for text in map(kept, TEXTS) if text]
NAMES = sorted({text for text in WORDS if is_name(text)})
JOINED = [kept("\n".join(texts))[:4000] for texts in (SCRIPTS, DIRECTIONS)]
LISTENER = "window.hits = []; window.hit = number => window.hits.push(number)"
# What none of our pages puts among what people wrote.
FOREIGN = (
    "script, iframe, img, object, embed, base, meta, style, link, video, audio, marquee, math, dialog[open]"
)
# Text with a mark of direction, or of a script that runs to the left, whose place holds other text, too.
ASTRAY = """(known) => {
    const turns = /[\\u0590-\\u08ff\\u061c\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ufb1d-\\ufdff]/;
    const is_open = style => style.unicodeBidi === "normal" && style.display === "inline";
    const plain = text => text.replace(/\\s+/g, ""), said = new Set(known.map(plain)), astray = [];
    const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!turns.test(node.data)) continue;
        let place = node.parentElement;
        while (is_open(getComputedStyle(place))) place = place.parentElement;
        if (!said.has(plain(place.textContent))) astray.push(place.outerHTML.slice(0, 200));
    }
    return astray;
}"""


@pytest.fixture
def hostile(transactional_db, settings, tmp_path):
    """Every text as words of a voice, as a note and as a promise on one response; names of topics; objections
    and a file that waits. {who: addresses} of the pages that show them.
    """
    settings.UPLOADS = tmp_path / "uploads"
    at, people = timezone.now(), {person.username: person for person in Staff.objects.all()}
    lin, borrower = people["lin"], stories.a_borrower()
    head = responses.log(
        borrower=borrower, kind="complaint", channel="letter", where="other", words=JOINED[0],
        speaker="agent", authority=DIRECTIONS[0], hotline="12345", hotline_number="N-1", by=lin,
        at=at,
    )  # fmt: skip
    # As it may stand there from before: the verb takes no such number any more.
    Response.objects.filter(pk=head.pk).update(hotline_number=DIRECTIONS[4])
    voices(head, borrower, at=at)
    Note.objects.bulk_create(Note(response=head, words=words[:2000], by=lin, at=at) for words in WORDS)
    FollowUp.objects.bulk_create(
        FollowUp(response=head, words=words[:200], due_on=timezone.localdate(), owner=lin, made_at=at)
        for words in WORDS
    )
    dispute = bureau.dispute(
        borrower=borrower, loan=None, words="\n".join(JOINED)[:4000], received_at=at,
        due_on=timezone.localdate() + timedelta(days=20), by=lin, at=at,
    )  # fmt: skip
    named(people["hua"], at=at)
    two_customers()
    rows = [a_row(f"H{n}", words=text) for n, text in enumerate((*DIRECTIONS[:4], *SCRIPTS[:3], *LONG[:3]))]
    rows += [a_row(text[:60], kind="rant") for text in (*SCRIPTS[:20], *DIRECTIONS)]
    waits = checked(tmp_path / "in", a_file(*rows), people["wei"], at=at)
    voice, caller = f"/responses/{head.reference}/", f"/callers/{borrower.reference}/"
    return {
        "hua": (voice, "/responses/?tab=all", caller, f"/borrowers/{borrower.reference}/", "/topics/"),
        "ana": (f"/imports/{waits.pk}/",),
        "pei": ("/objections/", f"/objections/{dispute.number}/", "/ledger/"),
    }


def voices(head, borrower, *, at):
    """One response for each text, all merged into one, whose page so shows them all."""
    ids = privacy.reserve(len(WORDS), table="feedback_response")
    Response.objects.bulk_create(
        Response(
            pk=pk, reference=lettered("F", pk), kind="complaint", channel="app", where="other", words=words,
            status="merged", merged_into=head, borrower=borrower, received_at=at,
            received_on=head.received_on, due_on=head.due_on, logged_by=head.logged_by,
        )
        for pk, words in zip(ids, WORDS, strict=True)
    )  # fmt: skip


def named(hua, *, at):
    """Hostile names on the list of topics, in a model's figures, and suggested for every text."""
    Topic.objects.bulk_create(Topic(name=name, added_by=hua, added_at=at) for name in NAMES)
    size = len(NAMES)
    told = [[size if row == column else 0 for column in range(size)] for row in range(size)]
    weights = {"script": [1.0, *[0.0] * (size - 1), 9.0]}
    TopicModel.objects.create(
        trained_by=hua, trained_at=at, responses=size, accuracy=0.9, low=0.8, high=0.95, macro_f1=0.9,
        baseline=0.1, trial={"topics": NAMES, "confusion": told},
        learned={"topics": NAMES, "begins": [0.0] * size, "grams": weights},
    )  # fmt: skip


def test_no_text_runs_leaves_its_place_or_breaks_a_page(visit, hostile):
    page, faults = visit(language="en"), []
    page.add_init_script(LISTENER)
    for who, addresses in hostile.items():
        become(page, who)
        for url in addresses:
            assert page.goto(url).status == 200
            faults += [(url, fault) for fault in found_on(page)]
    become(page, "hua")
    page.goto(hostile["hua"][0])
    all_are_shown(page)
    page.goto("/callers/unknown/")
    typing_is_answered_as_text(page)
    faults += [("typed", fault) for fault in found_on(page)]
    assert faults == []


def found_on(page):
    """What is wrong with the page: what ran, what is foreign, what is astray, what is too wide."""
    yield from page.evaluate("window.hits")
    yield from page.complaints.found
    page.complaints.found.clear()
    yield from page.locator("main").locator(FOREIGN).all_inner_texts()
    yield from page.evaluate(ASTRAY, [*WORDS, *(words[:200] for words in WORDS), *JOINED, *places()])
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            yield f"wider than {width}"
    page.set_viewport_size({"width": 1440, "height": 900})
    if not page.locator("main h1").first.is_visible() or not page.locator("#side nav").is_visible():
        yield "not whole"


def places():
    """What stands together in one place of its own."""
    both = kept("\n".join(JOINED)[:4000])
    quoted = [words if len(words) <= 120 else words[:119] + "…" for words in WORDS]
    return [both, *quoted, *(text[:60] for text in DIRECTIONS), DIRECTIONS[4]]


def all_are_shown(page):
    """Every text stands on the page as it was written, and so does what our page ends with."""
    found = page.locator("main bdi").evaluate_all("all => all.map(one => one.textContent)")
    shown = {re.sub(r"\s+", "", text) for text in found}
    assert [words for words in WORDS if re.sub(r"\s+", "", words) not in shown] == []
    assert page.locator("main section h2").last.inner_text() == "History"


def typing_is_answered_as_text(page):
    page.locator("textarea[name=words]").fill(SCRIPTS[0])
    page.locator("[data-suggested]").wait_for()
    assert page.locator("[data-suggested] bdi").inner_text() == NAMES[-1]

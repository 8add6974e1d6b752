"""Every settled borrower stands in exactly one part of the coverage, whoever asks in whichever way."""

from datetime import timedelta

import pytest

from reviews.actions import recheck
from reviews.actions.recheck.counting import count
from reviews.models import CoverageDay, Part, Settled, Snapshot, Watch
from reviews.tables.recheck import why
from servicing.actions import external, processing
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import Period, Run, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, instant

pytestmark = pytest.mark.django_db
WHY = "the amount is disputed by the person"


def on(days):
    return TODAY + timedelta(days=days)


def settled(name):
    borrower = a_borrower(name)
    a_loan(borrower, on(-60), settled_on=on(-30))
    return borrower


def asked(borrower, by):
    told = ObservationFacts(f"O{borrower.pk}", "inquiry", "A", on(-5), None, None, None)
    external.observe(
        source=borrower.source, facts=[(borrower.pk, told)], target=borrower, by=by, at=instant(on(-5))
    )


@pytest.fixture
def everybody(clock, pei, lin):
    """One borrower in each part, by name."""
    people = {part: settled(part) for part in ("checked", "unasked", "internal", "aside", "restricted")}
    for name in ("checked", "internal"):
        asked(people[name], clock)
    processing.withdraw(borrower=people["internal"], by=lin, at=NOON)
    processing.restrict(
        borrower=people["restricted"], ground="dispute", reason=WHY, until_on=None, by=pei, at=NOON
    )
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    Stamp.objects.update_or_create(
        pk=people["aside"].pk, defaults={"stamped_at": NOON, "aside_at": NOON, "trouble": "DataError"}
    )
    people["late"] = settled("late")
    return people


def listed(look):
    """{part: the names in its list}."""
    rows = Settled.objects.within(look)
    return {
        part: [row.borrower.reference for row in rows.in_part(part, look).select_related("borrower")]
        for part in Part
    }


def test_number_list_and_reason_agree_on_every_borrower(everybody):
    look = recheck.watch(on=TODAY)
    assert listed(look) == {part: [part.value] for part in Part}
    counted = count(look, at=NOON)
    assert (counted.parts, counted.settled, counted.due) == (dict.fromkeys(Part.values, 1), 6, TODAY)
    rows = list(Settled.objects.within(look).for_coverage_page(look))
    assert {look.part_of(row).value: row.borrower.reference for row in rows} == {p: p for p in Part.values}
    assert {look.part_of(row).value for row in rows if not why(row, look)} == {"checked"}


def test_after_an_outage_everybody_is_late_since_the_day_that_was_missed(everybody, clock, wei):
    look = recheck.watch(on=on(4))
    assert look.due == on(3)
    late = Settled.objects.within(look).in_part(Part.LATE, look)
    found = {row.borrower.reference: row for row in late.for_coverage_page(look)}
    assert found.keys() == {"checked", "unasked", "internal", "late"}
    row = found["checked"]
    assert (look.checked_on(row), look.late_since(row), look.part_of(row)) == (TODAY, on(1), Part.LATE)
    assert "3" in why(row, look)
    # Whom an event or a person had judged since is on time, whatever became of the runs.
    Snapshot.objects.filter(borrower=everybody["unasked"]).update(as_of=TODAY, holds_until=None)
    recheck.choose(ids={everybody["checked"].pk}, token="t", by=wei, at=NOON + timedelta(days=4))
    recheck.work(by=clock, at=NOON + timedelta(days=4))
    assert "checked" not in listed(recheck.watch(on=on(4)))[Part.LATE]


def test_a_row_that_holds_keeps_its_borrower_checked_until_it_does_not(everybody):
    Snapshot.objects.update(holds_until=None)
    Snapshot.objects.filter(borrower=everybody["checked"]).update(holds_until=on(2))
    look = Watch(on=on(2), newest=on(2), since=TODAY, stale=365)
    parts = listed(look)
    assert (parts[Part.LATE], parts[Part.UNASKED]) == (["checked", "late"], ["unasked"])
    counted = count(look, at=NOON)
    assert {part: len(names) for part, names in parts.items()} == counted.parts
    rows = {row.borrower.reference: row for row in Settled.objects.within(look).for_coverage_page(look)}
    assert (look.checked_on(rows["checked"]), look.checked_on(rows["unasked"])) == (on(1), on(2))


def test_a_large_book_is_counted_after_a_run_and_said_to_be_about(everybody, monkeypatch):
    assert recheck.keep(at=NOON)
    assert not recheck.keep(at=NOON + timedelta(minutes=9))
    later = NOON + timedelta(minutes=11)
    assert recheck.coverage(at=later).counted_at == later
    monkeypatch.setattr("reviews.actions.recheck.counting.LARGE", 5)
    assert recheck.coverage(at=later).counted_at == NOON
    assert recheck.keep(at=later)
    assert CoverageDay.objects.get().counted_at == later


def test_missed_days_are_planned_in_order_and_once(clock, wei):
    settled("one")
    assert recheck.missed(on=TODAY) == []
    for day in (on(-4), on(-2)):
        recheck.start(as_of=day, by=clock, at=NOON, slot=str(day))
    recheck.work(by=clock, at=NOON)
    assert recheck.missed(on=TODAY) == [on(-3), on(-1)]
    assert recheck.catch_up(by=wei, at=NOON) == [on(-3), on(-1)]
    assert recheck.catch_up(by=wei, at=NOON) == []
    planned = Run.objects.filter(status="running").order_by("pk")
    assert [run.params["as_of"] for run in planned] == [str(on(-3)), str(on(-1)), str(TODAY)]
    recheck.work(by=clock, at=NOON)
    # Today's judges only whom something has moved.
    assert set(Snapshot.objects.values_list("as_of", flat=True)) >= {on(n) for n in range(-4, 0)}
    assert {run.status for run in Run.objects.all()} == {"done"}


def test_nobody_catches_up_farther_back_than_the_setting_says(clock):
    settled("one")
    recheck.run(as_of=on(-9), by=clock, at=NOON)
    assert recheck.missed(on=TODAY) == []
    recheck.start(as_of=on(-8), by=clock, at=NOON, slot=str(on(-8)))
    Period.objects.create(code="recheck.look_back", value=2, citation="test", valid_from=on(-30))
    assert recheck.missed(on=TODAY) == [on(-2), on(-1)]


def test_a_choice_is_one_run_for_one_token_and_within_bounds(clock, wei, ana, pei):
    ids = {settled(f"B{number}").pk for number in range(3)}
    run = recheck.choose(ids=ids, token="once", by=wei, at=NOON)
    assert recheck.choose(ids=ids, token="once", by=wei, at=NOON) == run
    assert recheck.choose(ids={min(ids)}, token="once", by=wei, at=NOON) != run
    recheck.work(by=clock, at=NOON)
    run.refresh_from_db()
    assert (run.status, run.result["borrowers"], run.params["chosen"]) == ("done", 3, 3)
    # It is no run over everybody: the day still waits for its own.
    assert recheck.newest_day() is None
    Period.objects.create(code="recheck.chosen", value=2, citation="test", valid_from=on(-1))
    for who, some, code in ((wei, ids, "too_many"), (wei, set(), "empty"), (pei, ids, "right")):
        with pytest.raises(recheck.NotAllowed, match=code):
            recheck.choose(ids=some, token="x", by=who, at=NOON)

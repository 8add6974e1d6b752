"""A day on which only those who changed are judged leaves what judging everybody would have left."""

import random
from datetime import timedelta

import pytest
from django.db import transaction

from reviews.actions import recheck
from reviews.actions.recheck import standing
from reviews.actions.rules import deciding
from reviews.models import Alert, Case, PortfolioDay, RuleHold, Snapshot
from servicing.actions import archive, external, jobs, processing
from servicing.actions.archive import roll_up, stamp
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import Borrower, Period, Run, Staff
from tests.cast import NOON, TODAY
from tests.reviews.histories import EDGES, a_borrower, a_loan, arrears, as_known, instant, made_up

pytestmark = pytest.mark.django_db
DAYS = 5
# When a row was last written, and by whom of many equals the queue is filled, is all that may differ.
ALERT = [f.attname for f in Alert._meta.fields if f.name not in ("id", "case", "status")]


def on(days):
    return TODAY + timedelta(days=days)


def noon(day):
    return NOON + (day - TODAY)


def something_happens(dice, day):
    """Facts of a day about some people, as the archive would write them."""
    people = list(Borrower.objects.order_by("pk"))
    for person in dice.sample(people, 4):
        act = dice.choice(("settled", "opened", "undone", "said", "said", "new"))
        if act == "settled":
            late = dice.choice((-5, 0, 8, 40))
            a_loan(person, day - timedelta(days=60), settled_on=day, days_late=late, failed=[day])
        elif act == "opened":
            arrears(a_loan(person, day), dice)
        elif act == "undone" and (last := person.settlements.current().order_by("pk").last()):
            last.superseded_at, last.superseded_on = instant(day), day
            last.save(update_fields=["superseded_at", "superseded_on"])
        elif act == "said":
            kind = dice.choice(("inquiry", "balance", "record"))
            amount = dice.choice((10, 5000)) if kind == "balance" else None
            fact = ObservationFacts(f"{person.pk}-{day}", kind, dice.choice("AB"), day, None, amount, None)
            external.observe(
                source=person.source, facts=[(person.pk, fact)], target=person,
                by=Staff.objects.get(username="operator"), at=noon(day),
            )  # fmt: skip
        else:
            a_loan(person, day - timedelta(days=90), settled_on=day - timedelta(days=dice.choice(EDGES[:3])))
        roll_up([person.pk], on=day, at=noon(day))
        stamp([person.pk], at=noon(day))


def lived(seed, *, changed, by):
    """What a world looks like day by day where every day is judged whole, or after the first what changed."""
    dice, told = random.Random(seed), []
    for number in range(DAYS):
        day = on(number)
        archive.rebuild_lapsed(on=day, by=by, at=noon(day))
        something_happens(dice, day)
        if dice.random() < 0.4:
            recheck.judge_dirty(by=by, at=noon(day))
        run = recheck.run(as_of=day, by=by, at=noon(day), changed=changed)
        told.append((day, run.params.get("since"), stands(day, run)))
        if dice.random() < 0.5:
            something_happens(dice, day)
            recheck.judge_dirty(by=by, at=noon(day))
            told.append((day, None, stands(day, run)))
    return told


def stands(day, run):
    since = recheck.first_day(day)
    rows = Snapshot.objects.standing(day, since=since).order_by("borrower__reference")
    facts = PortfolioDay.objects.on(day).order_by("product", "cohort", "band", "band_before")
    cases = Case.objects.order_by("borrower", "group").values("borrower", "group", "status", "priority")
    return {
        "rows": [(r.borrower_id, r.figures(), r.fired, r.score, r.edition, r.product_id) for r in rows],
        "alerts": list(Alert.objects.order_by("borrower", "rule", "opened_on").values(*ALERT)),
        "cases": list(cases),
        "held": list(RuleHold.objects.values("rule", "fired", "borrowers")),
        "facts": list(facts.values("product", "cohort", "band", "band_before", "borrowers")),
        "result": {k: run.result[k] for k in ("borrowers", "opened", "refreshed", "closed", "fired")},
        "digest": sum(int(shard.result["digest"]) for shard in run.shards.all()),
    }  # fmt: skip


@pytest.mark.parametrize("seed", range(1))
def test_a_changed_day_is_a_whole_day(seed, clock):
    made_up(seed, TODAY, borrowers=14)
    as_known(TODAY)
    for number in range(6):
        a_borrower(f"later-{number}")
    worlds = []
    for changed in (False, True):
        with transaction.atomic():
            worlds.append(lived(seed, changed=changed, by=clock))
            judged = Snapshot.objects.count()
            transaction.set_rollback(True)
    for (day, _since, whole), (_day, since, found) in zip(*worlds, strict=True):
        for name in whole:
            assert (day, since, name, found[name]) == (day, since, name, whole[name])
    assert [since for _day, since, _told in worlds[1]].count(str(TODAY)) == DAYS - 1
    assert judged < 0.7 * sum(len(told["rows"]) for _day, _since, told in worlds[0])


@pytest.fixture
def quiet(clock):
    """One borrower for whom nothing is due, judged with everybody yesterday."""
    borrower = a_borrower()
    a_loan(borrower, on(-400), settled_on=on(-300))
    recheck.run(as_of=on(-1), by=clock, at=noon(on(-1)))
    return borrower


def test_the_night_judges_who_changed_until_the_last_whole_run_is_too_old(quiet, clock):
    nights = []
    for number in range(8):
        run = recheck.tonight(by=clock, at=noon(on(number)))
        recheck.work(by=clock, at=noon(on(number)))
        run.refresh_from_db()
        nights.append((run.params.get("since"), run.result["borrowers"], run.result["judged"]))
    assert nights == [(str(on(-1)), 1, 0)] * 6 + [(None, 1, 1), (str(on(6)), 1, 0)]
    assert [row.as_of for row in Snapshot.objects.order_by("as_of")] == [on(-1), on(6)]


def test_a_past_day_and_another_setting_judge_everybody(quiet, clock):
    assert "since" in recheck.start(as_of=TODAY, by=clock, at=NOON, changed=True).params
    assert "since" not in recheck.start(as_of=on(-1), by=clock, at=NOON, changed=True).params
    assert "since" not in recheck.start(as_of=TODAY, by=clock, at=NOON).params
    Period.objects.create(code="adverse.years", value=4, citation="test", valid_from=TODAY)
    assert "since" not in recheck.start(as_of=TODAY, by=clock, at=NOON, changed=True).params


def test_after_a_run_that_did_not_say_its_editions_everybody_is_judged(quiet, clock):
    run = recheck.whole_runs().get()
    del run.result["editions"]
    run.save(update_fields=["result"])
    assert "since" not in recheck.start(as_of=TODAY, by=clock, at=NOON, changed=True).params


def test_a_new_edition_has_everybody_judged_at_once_and_once(quiet, clock):
    first = recheck.tonight(by=clock, at=NOON)
    with transaction.atomic():
        edition = deciding.make(by=clock, at=NOON).number
    planned = [recheck.tonight(by=clock, at=NOON) for _ in range(2)]
    assert (planned[0].params["edition"], planned[0].params.get("since"), planned[1]) == (edition, None, None)
    recheck.work(by=clock, at=NOON)
    # What was planned before the edition has not left a row of the one before it.
    first.refresh_from_db()
    assert (first.result["judged"], first.result["editions"]) == (1, [edition])
    assert Snapshot.objects.get(as_of=TODAY).edition == edition


def test_a_part_goes_by_one_edition_though_another_comes_in_its_middle(quiet, clock, monkeypatch):
    stamp([quiet.pk], at=NOON)
    run, due = recheck.tonight(by=clock, at=NOON), standing.due

    def due_then_edition(**span):
        deciding.make(by=clock, at=NOON)
        return due(**span)

    monkeypatch.setattr(standing, "due", due_then_edition)
    recheck.work(by=clock, at=NOON, run=run)
    run.refresh_from_db()
    assert (run.result["judged"], run.result["editions"]) == (1, [run.params["edition"]])
    assert Snapshot.objects.get(as_of=TODAY).edition == run.params["edition"]


def test_a_past_day_knows_who_was_settled_then_and_is_not_any_more(quiet, clock):
    quiet.settlements.update(superseded_at=NOON, superseded_on=TODAY)
    roll_up([quiet.pk], on=TODAY, at=NOON)
    assert not quiet.settlements.current().exists()
    assert recheck.run(as_of=on(-2), by=clock, at=NOON).result["borrowers"] == 1
    assert recheck.run(as_of=TODAY, by=clock, at=NOON).result["borrowers"] == 0


def test_most_of_a_range_is_judged_as_a_range(quiet, clock):
    stamp([quiet.pk], at=NOON)
    run = recheck.run(as_of=TODAY, by=clock, at=NOON, changed=True)
    assert ("since" in run.params, run.result["judged"], run.result["snapshots"]) == (True, 1, 1)
    assert Run.objects.filter(status="done").count() == 2


@pytest.mark.parametrize("changed", [False, True])
@pytest.mark.parametrize("how", ["undone", "restricted"])
def test_who_drops_out_of_a_judged_day_is_not_in_its_next_facts(quiet, clock, pei, how, changed):
    other = a_borrower("stays")
    a_loan(other, on(-400), settled_on=on(-300))
    roll_up([other.pk], on=TODAY, at=NOON)
    assert recheck.run(as_of=TODAY, by=clock, at=NOON, changed=changed).result["borrowers"] == 2
    if how == "undone":
        quiet.settlements.update(superseded_at=NOON, superseded_on=TODAY)
        roll_up([quiet.pk], on=TODAY, at=NOON)
    else:
        words = {"ground": "dispute", "reason": "she says it is not hers", "until_on": None}
        processing.restrict(borrower=quiet, by=pei, at=NOON, **words)
    stamp([quiet.pk], at=NOON)
    recheck.judge_dirty(by=clock, at=NOON)
    again = recheck.run(as_of=TODAY, by=clock, at=NOON, changed=changed)
    assert again.result["borrowers"] == 1
    assert [fact.borrowers for fact in PortfolioDay.objects.on(TODAY)] == [1]


def test_a_run_that_was_overtaken_leaves_the_later_facts(quiet, clock):
    slow = recheck.start(as_of=TODAY, by=clock, at=NOON)
    held = slow.shards.get()
    slow.shards.update(status="leased", attempts=1, leased_until=NOON + timedelta(days=900))
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    facts = list(PortfolioDay.objects.on(TODAY).values())
    jobs.done(held, result={"fired": {}})
    assert recheck.finish(slow, by=clock, at=NOON)
    assert facts
    assert list(PortfolioDay.objects.on(TODAY).values()) == facts

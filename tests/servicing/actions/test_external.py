"""What others know of borrowers comes in each once, the newest word on top, and goes again without a trace
in what stands, while past days keep what they knew.
"""

import random
from datetime import timedelta

import pytest

from servicing.actions import external, ledger
from servicing.actions.archive import Differs
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import Observation, Source, Stamp
from tests.cast import NOON, TODAY
from tests.reviews.actions.test_features import computed
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bureau():
    return Source.objects.create(code="bureau", name="Bureau", licence="L-1")


@pytest.fixture
def person():
    borrower = a_borrower()
    a_loan(borrower, TODAY - 400 * DAY, settled_on=TODAY - 300 * DAY)
    return borrower


def a_fact(number="O1", kind="inquiry", lender="bank-a", on=TODAY, **rest):
    return ObservationFacts(number, kind, lender, on, **rest)


def taken(bureau, person, *facts, by, at=NOON):
    told = [(person.pk, fact) for fact in facts]
    return external.observe(source=bureau, facts=told, target=bureau, by=by, at=at)


def withdrawn(bureau, *numbers, by, at):
    ids = Observation.objects.filter(external_id__in=numbers, withdrawn_on=None).values_list("pk", flat=True)
    external.withdraw(source=bureau, ids=list(ids), target=bureau, by=by, at=at)


def standing():
    """{number: (known, superseded)} of what stands, in days from today."""
    rows = Observation.objects.filter(withdrawn_on=None).values_list(
        "external_id", "known_on", "superseded_on"
    )
    return {number: tuple(day and (day - TODAY).days for day in days) for number, *days in rows}


def test_facts_come_in_once_with_one_entry_and_a_stamp(bureau, person, operator):
    facts = [a_fact(), a_fact("O2", "balance", amount=0), a_fact("O3", "asked", "")]
    assert taken(bureau, person, *facts, by=operator) == 3
    assert taken(bureau, person, *facts, by=operator) == 0
    assert ledger.latest(bureau).detail["observations"] == 3
    assert Stamp.objects.get().borrower == person


def test_the_first_day_brings_history_and_later_ones_news(bureau, person, operator):
    taken(bureau, person, a_fact(on=TODAY - 9 * DAY), by=operator)
    taken(bureau, person, a_fact("O2", lender="b", on=TODAY - 9 * DAY), by=operator, at=NOON + DAY)
    assert standing() == {"O1": (-9, None), "O2": (1, None)}


def test_the_newest_word_of_a_lender_stands_whatever_came_first(bureau, person, operator):
    for number, on, at in (("O1", -9, 0), ("O2", 1, 1), ("O3", -3, 2), ("O4", 1, 2)):
        taken(bureau, person, a_fact(number, on=TODAY + on * DAY), by=operator, at=NOON + at * DAY)
    # The one that came late was never the newest; of one day the higher id is.
    assert standing() == {"O1": (-9, 1), "O2": (1, 2), "O3": (2, 2), "O4": (2, None)}


def test_a_number_that_says_something_else_is_refused(bureau, person, operator):
    taken(bureau, person, a_fact(), by=operator)
    with pytest.raises(Differs):
        taken(bureau, person, a_fact(lender="bank-b"), by=operator)


def test_only_a_source_with_a_licence_tells(bureau):
    Source.objects.create(code="rumour", name="Rumour")
    assert external.teller("bureau") == bureau
    for code, why in (("rumour", "no_licence"), ("nobody", "no_source"), ("", "no_source")):
        with pytest.raises(external.NotAllowed, match=why):
            external.teller(code)


def test_what_was_superseded_by_what_goes_stands_again_and_past_days_keep_what_they_knew(
    bureau, person, operator
):
    taken(bureau, person, a_fact("O1", "balance", amount=100, on=TODAY - 9 * DAY), by=operator)
    taken(bureau, person, a_fact("O2", "balance", amount=900, on=TODAY), by=operator, at=NOON + DAY)
    Stamp.objects.all().delete()
    withdrawn(bureau, "O2", by=operator, at=NOON + 5 * DAY)
    assert standing() == {"O1": (-9, None)}
    owed = {
        n: computed(TODAY + n * DAY, ids=[person.pk])[person.pk]["balance_elsewhere"] for n in (0, 1, 4, 5, 6)
    }
    assert owed == {0: 100, 1: 900, 4: 900, 5: 100, 6: 100}
    assert ledger.latest(bureau).what == "observations.withdrawn"
    assert Stamp.objects.get().borrower == person
    # The right row may come under the same number.
    assert taken(bureau, person, a_fact("O2", "balance", amount=90), by=operator, at=NOON + 6 * DAY) == 1
    assert standing() == {"O1": (-9, 6), "O2": (6, None)}


def test_what_goes_on_the_day_on_which_it_came_never_counted(bureau, person, operator):
    taken(bureau, person, a_fact("O1", on=TODAY - 9 * DAY), a_fact("O2"), by=operator)
    withdrawn(bureau, "O2", by=operator, at=NOON)
    assert standing() == {"O1": (-9, None)}
    assert Observation.objects.count() == 2
    assert computed(TODAY, ids=[person.pk])[person.pk]["inquiries_30"] == 1


MADE = ("restored_on", "withdrawn_on", "arrived_at", "id")


def rows_of(source):
    rows = Observation.objects.filter(source=source, withdrawn_on=None).order_by("external_id")
    return [{key: row[key] for key in row if key not in (*MADE, "source_id")} for row in rows.values()]


@pytest.mark.parametrize("seed", range(6))
def test_what_stands_after_withdrawals_is_what_a_replay_of_the_rest_gives(bureau, person, operator, seed):
    """And a day judged before a withdrawal is judged again alike after it."""
    dice, judged = random.Random(seed), {}
    parts = [
        [
            a_fact(f"O{part}-{n}", "balance", dice.choice("AB"), on, amount=dice.randint(0, 9) * 100)
            for n in range(3)
            if (on := TODAY + dice.randint(-200, 10 * part) * DAY)
        ]
        for part in range(5)
    ]
    gone = [part for part in (1, 3, 2) if dice.random() < 0.8]
    for part, facts in enumerate(parts):
        taken(bureau, person, *facts, by=operator, at=NOON + 10 * part * DAY)
    for number, part in enumerate(gone):
        day = NOON + (50 + number) * DAY
        for back in (0, 1, 25, 41, 230):
            judged[day.date() - back * DAY - DAY] = None
        before = {on: computed(on, ids=[person.pk]) for on in judged}
        withdrawn(bureau, *(told.external_id for told in parts[part]), by=operator, at=day)
        assert {on: computed(on, ids=[person.pk]) for on in judged} == before
    other = Source.objects.create(code="other", name="Other", licence="L-2")
    for part, facts in enumerate(parts):
        if part not in gone:
            taken(other, person, *facts, by=operator, at=NOON + 10 * part * DAY)
    assert rows_of(bureau) == rows_of(other)
    Observation.objects.filter(source=other).delete()
    after = computed((NOON + 60 * DAY).date(), ids=[person.pk])
    Observation.objects.exclude(withdrawn_on=None).delete()
    Observation.objects.update(restored_on=None)
    assert computed((NOON + 60 * DAY).date(), ids=[person.pk]) == after

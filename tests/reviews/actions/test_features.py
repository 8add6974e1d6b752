import random
from datetime import date, timedelta

import pytest
from django.db import connection

from reviews.actions import features, recheck
from reviews.domain.features import FEATURES
from reviews.models import Snapshot
from servicing.actions.archive import roll_up
from servicing.models import Borrower, Observation, Source
from tests.cast import NOON, TODAY
from tests.reviews.histories import a_borrower, a_loan, allow, expected, made_up

pytestmark = pytest.mark.django_db
CODES = [feature.code for feature in FEATURES]


def computed(as_of, **who):
    text = features.compiled(features.IDS if "ids" in who else features.RANGE)
    with connection.cursor() as cursor:
        cursor.execute(
            f"with {text} select borrower_id, {', '.join(CODES)} from features",  # noqa: S608
            features.parameters(as_of=as_of, on=TODAY) | who | {"at": NOON},
        )
        return {row[0]: dict(zip(CODES, row[1:], strict=True)) for row in cursor}


@pytest.mark.parametrize("seed", range(4))
def test_the_database_and_the_definition_agree_on_any_day(seed):
    made_up(seed, TODAY)
    dice = random.Random(seed)
    for borrower in Borrower.objects.order_by("pk"):
        allow(borrower, dice, TODAY)
    Source.objects.update(declares_consent=seed < 3)
    borrowers = list(Borrower.objects.order_by("pk"))
    low, high = borrowers[0].pk, borrowers[-1].pk
    for back in (0, 1, 30, 89, 90, 700, 1500, 1827, 1828):
        day = TODAY - timedelta(days=back)
        truth = {b.pk: numbers for b in borrowers if (numbers := expected(b, day))}
        found = computed(day, low=low, high=high)
        assert found.keys() == truth.keys()
        assert [
            (day, pk, code, found[pk][code], right)
            for pk, numbers in truth.items()
            for code, right in numbers.items()
            if found[pk][code] != right
        ] == []
        assert computed(day, ids=[b.pk for b in borrowers]) == truth


@pytest.mark.parametrize(
    ("as_of", "worst", "share", "last"),
    [
        (date(2025, 2, 28), 40, 100, 40),
        (date(2025, 3, 1), 0, 0, 0),
        (date(2031, 1, 1), 0, 0, 0),
    ],
)
def test_an_adverse_fact_is_forgotten_five_years_after_it_ended(as_of, worst, share, last):
    borrower = a_borrower()
    a_loan(borrower, date(2020, 1, 1), settled_on=date(2020, 2, 29), days_late=40)
    found = computed(as_of, ids=[borrower.pk])[borrower.pk]
    assert (found["worst_dpd"], found["late_share"], found["last_days_late"]) == (worst, share, last)


def test_a_corrected_settlement_is_counted_once():
    borrower = a_borrower()
    loan = a_loan(borrower, TODAY - timedelta(days=60), settled_on=TODAY - timedelta(days=9), days_late=40)
    first = loan.settlements.get()
    first.superseded_at, first.superseded_on = NOON, TODAY
    first.save(update_fields=["superseded_at", "superseded_on"])
    first.pk, first.version, first.superseded_at, first.superseded_on = None, 2, None, None
    first.days_late = first.worst_dpd = 3
    first.known_on = TODAY
    first.save(force_insert=True)
    roll_up([borrower.pk], on=TODAY, at=NOON)
    found = computed(TODAY, ids=[borrower.pk])[borrower.pk]
    assert (found["settled_loans"], found["worst_dpd"], found["last_days_late"]) == (1, 3, 3)


def test_a_snapshot_holds_what_was_computed(clock):
    made_up(99, TODAY)
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    truth = {b.pk: n for b in Borrower.objects.all() if (n := expected(b, TODAY))}
    stored = {s.pop("borrower_id"): s for s in Snapshot.objects.on(TODAY).values("borrower_id", *CODES)}
    assert stored == truth


def test_kinds_of_observations_differ_in_their_first_letter():
    """The statement compares that alone."""
    assert len({kind[0] for kind in Observation.Kind.values}) == len(Observation.Kind.values)

"""All engines of the benchmark come to the same, on a portfolio small enough for every day."""

from datetime import timedelta

import pytest

from config.portfolio import million
from reviews.actions import recheck, rules
from reviews.domain.features import MOST
from reviews.models import Snapshot
from servicing.models import Observation
from tests.cast import NOON, TODAY
from tests.servers import DATABASE

BORROWERS = 400


@pytest.fixture
def duck(operator, clock, tmp_path):
    # Here and below: not every process of the suite shall load engines that one test needs.
    from tests.bench import facts
    from tests.bench.duck import Duck

    million.make(borrowers=BORROWERS, seed=3, by=operator, at=NOON)
    beyond_all_bounds()
    recheck.run(as_of=TODAY, by=clock, at=NOON)
    facts.export(database=DATABASE, folder=tmp_path)
    duck = Duck(tmp_path)
    duck.ours(database=DATABASE, day=TODAY)
    return duck


def beyond_all_bounds():
    """One balance elsewhere grows by more percent than a snapshot holds, which a made book rarely has."""
    then = TODAY - timedelta(days=180)
    balances = Observation.objects.filter(kind="balance")
    was = balances.filter(known_on__range=(then - timedelta(days=90), then), superseded_on__gt=then).first()
    balances.filter(borrower=was.borrower_id, known_on__lte=then).update(amount=0)
    balances.filter(pk=was.pk).update(amount=1)
    balances.filter(borrower=was.borrower_id, known_on__gt=then).update(amount=1_000_000)


@pytest.mark.django_db(transaction=True)
def test_every_engine_says_the_same_of_every_borrower(duck):
    from tests.bench import frame, orm, zenrules

    ruleset, ids = rules.current(), duck.sample(BORROWERS)
    assert len(ids) > 0.98 * BORROWERS
    frame.judge(DATABASE, day=TODAY, ruleset=ruleset)
    duck.fetch_frame(database=DATABASE)
    for name in ("raw", "frozen"):
        duck.judge(name, day=TODAY, ruleset=ruleset)
    assert {name: duck.difference(name) for name in ("raw", "frozen", "polars")} == {
        "raw": {},
        "frozen": {},
        "polars": {},
    }
    rows = duck.features(ids)
    bits = [fired for _, fired in rows]
    assert len(set(bits)) > 5
    assert Snapshot.objects.filter(balance_growth_180=MOST).exists()
    for fire in (zenrules.by_table(ruleset.rules), zenrules.by_expressions(ruleset.rules)):
        assert [sum(1 << int(number) - 1 for number in fire(features)) for features, _ in rows] == bits
    assert orm.naive(ids[:10], day=TODAY, ruleset=ruleset) == []
    assert orm.prefetching(ids, day=TODAY, ruleset=ruleset) == []

"""How the whole book stands on a day: added up by the run itself, and gone with the years."""

from datetime import date, timedelta

import pytest
from django.db import connection

from reviews.actions import recheck
from reviews.actions.recheck import portfolio
from reviews.models import PortfolioDay, PortfolioShare, Snapshot
from servicing.actions import staff
from servicing.models import Period, Product
from tests import stories
from tests.cast import NOON, TODAY
from tests.racing import race
from tests.reviews.histories import a_borrower, a_loan

pytestmark = pytest.mark.django_db
BEFORE = TODAY - timedelta(days=7)


def judged(day, by):
    return recheck.run(as_of=day, by=by, at=NOON)


def facts(day):
    columns = ("product__code", "cohort", "band_before", "band", "borrowers")
    return sorted(PortfolioDay.objects.on(day).values_list(*columns), key=str)


def test_the_run_adds_up_who_stands_where_and_who_has_moved(clock):
    for name in "AB":
        a_loan(a_borrower(name), date(2026, 1, 5), settled_on=date(2026, 2, 5))
    late = a_borrower("late")
    a_loan(late, date(2026, 1, 5), settled_on=date(2026, 2, 6))
    judged(BEFORE, clock)
    assert facts(BEFORE) == [("P", date(2026, 2, 1), None, 0, 3)]
    a_loan(late, date(2026, 5, 1), settled_on=TODAY, days_late=60, worst_dpd=95)
    judged(TODAY, clock)
    assert facts(TODAY) == [("P", date(2026, 11, 1), 0, 2, 1), ("P", date(2026, 2, 1), 0, 0, 2)]
    assert list(PortfolioDay.objects.on(TODAY).moves()) == [(0, 0, 2), (0, 2, 1)]
    assert list(PortfolioDay.objects.by_band()) == [(BEFORE, 0, 3), (TODAY, 0, 2), (TODAY, 2, 1)]
    product = Product.objects.get(code="P").pk
    assert list(PortfolioDay.objects.on(TODAY).by("product")) == [(product, 0, 2), (product, 2, 1)]


def test_a_rerun_takes_the_place_of_the_day_and_one_borrower_alone_adds_nothing(clock):
    borrower = a_borrower()
    a_loan(borrower, date(2026, 1, 5), settled_on=date(2026, 2, 5))
    judged(TODAY, clock)
    before = facts(TODAY)
    recheck.run(as_of=TODAY, by=clock, at=NOON, borrower=borrower)
    judged(TODAY, clock)
    assert facts(TODAY) == before == [("P", date(2026, 2, 1), None, 0, 1)]
    assert not PortfolioShare.objects.exists()


GATHER = """
import time
from django.db import transaction
from reviews.actions.recheck import portfolio
from servicing.models import Run
run = Run.objects.get(pk={})
with transaction.atomic():
    Run.objects.filter(pk=run.pk).update(
        status="done", finished_at=NOON, result={{"borrowers": 1}}
    )
    portfolio.gather(run)
    time.sleep(0.3)
"""


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_of_a_day_that_end_at_once_one_says_how_it_was():
    runs = [stories.a_run(staff.machine("clock"), status="running") for _ in range(2)]
    for run in runs:
        PortfolioShare.objects.create(shard=run.shards.get(), cohort=TODAY, band=0, borrowers=1)
    assert race(*(GATHER.format(run.pk) for run in runs)) == [0, 0]
    assert PortfolioDay.objects.get(as_of=TODAY).borrowers == 1
    assert not PortfolioShare.objects.exists()


def test_snapshots_are_kept_as_long_as_the_setting_says(clock):
    a_loan(a_borrower(), date(2020, 1, 5), settled_on=date(2020, 2, 5))
    Period.objects.create(code="snapshot.days", value=100, citation="test", valid_from=date(2000, 1, 1))
    # 108 days before, 107 and none: the setting, and the week for which a row may stand after its day.
    days = [date(2021, 2, 22), date(2021, 2, 23), date(2021, 6, 10)]
    for day in days:
        judged(day, clock)
    assert portfolio.let_go(on=days[-1]) == 1
    assert list(Snapshot.objects.values_list("as_of", flat=True).order_by("as_of")) == days[1:]
    with connection.cursor() as cursor:
        cursor.execute("select snapshots_let_go('2199-01-01')")
        assert cursor.fetchone() == (2,)

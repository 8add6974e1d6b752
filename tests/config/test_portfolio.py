"""The fictional book: the same twice, nobody's identity, and every story in it."""

import csv
from collections import Counter

import pytest
from django.utils import timezone

from config import portfolio
from servicing.actions import archive  # noqa: F401 - the book goes through the ordinary intake
from servicing.domain.intake.fields import is_national_id
from servicing.models import BorrowerHistory, ImportBatch, Loan, OldestDue, Reject, Settlement
from tests.cast import TODAY


def read(folder, name):
    with open(folder / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def a_book(folder, **kwargs):
    folder.mkdir()
    portfolio.generate(folder, today=TODAY, **{"borrowers": 40, "seed": 1} | kwargs)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_same_seed_tells_the_same_story(tmp_path):
    assert a_book(tmp_path / "a") == a_book(tmp_path / "b")
    assert a_book(tmp_path / "c", seed=2) != a_book(tmp_path / "d")


def test_nobody_in_it_can_exist(tmp_path):
    a_book(tmp_path / "a", borrowers=300)
    people = read(tmp_path / "a", "borrowers.csv")
    assert all(is_national_id(row["national_id"]) and row["national_id"][:2] == "99" for row in people)
    assert all(len(row["phone"]) == 11 and row["phone"].startswith("100") for row in people)
    assert len({row["national_id"] for row in people}) == len({row["phone"] for row in people}) == 300


def test_nothing_in_it_lies_ahead(tmp_path):
    a_book(tmp_path / "a", borrowers=200, seed=2)
    loans, payments = read(tmp_path / "a", "loans.csv"), read(tmp_path / "a", "payments.csv")
    days = {row["disbursed_on"] for row in loans} | {row["written_off_on"] for row in loans}
    assert max(days | {row["paid_at"] for row in payments}) < TODAY.isoformat()


@pytest.mark.django_db
def test_the_book_comes_in_without_a_single_reject_and_only_once():
    seen = []
    counts = portfolio.load(borrowers=400, seed=1, progress=lambda *step: seen.append(step))
    assert not Reject.objects.exists()
    # Those who took up the offer of the fictional campaign borrowed again, beside the file.
    in_file = Loan.objects.exclude(external_id__startswith="K").count()
    assert (counts["borrowers"], counts["rejected"], counts["loans"]) == (400, 0, in_file)
    assert seen[-1][0] == seen[-1][1]
    again = portfolio.load(borrowers=400, seed=1)
    assert (again["loans"], again["already_imported"]) == (0, counts["loans"])
    # What the bureau says of it is a second file.
    layouts = ImportBatch.objects.order_by("pk").values_list("layout", flat=True)
    assert list(layouts) == ["native", "observations"]


@pytest.mark.django_db
def test_most_repay_well_and_every_kind_of_end_occurs():
    portfolio.load(borrowers=1500, seed=1)
    kinds = Counter(Settlement.objects.values_list("kind", flat=True))
    assert set(kinds) == set(dict(Settlement.ENDS))
    assert (kinds["early"] + kinds["normal"]) / kinds.total() > 0.8
    people = BorrowerHistory.objects.count()
    assert 0.05 < Loan.objects.filter(status="open").values("borrower").distinct().count() / people < 0.25
    assert 0.005 < BorrowerHistory.objects.filter(worst_dpd__gte=31).count() / people < 0.08


@pytest.mark.django_db
def test_some_who_settled_before_are_late_today():
    portfolio.load(borrowers=400, seed=1)
    on = timezone.localdate()
    counts = OldestDue.objects.monitored(on=on).counted(on=on, soon=3)
    assert counts["late"] > counts["first"] > 0

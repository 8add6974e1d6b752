"""The import and the recheck on real loans; AFTERCARE_REAL_DATA names their folder, outside the project."""

import csv
import gzip
import json
import os
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from reviews.actions import rules
from reviews.models import Alert, RuleHold, Snapshot
from servicing.actions import archive
from servicing.models import Borrower, BorrowerHistory, Loan, Product, Settlement

REAL = os.environ.get("AFTERCARE_REAL_DATA", "")
FOLDER = str(Path(REAL) / "superlender") if REAL else ""
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FOLDER, reason="AFTERCARE_REAL_DATA does not name a folder of real loans"),
]
DAY = "2017-07-31"
BACK_IN_A_WEEK = "coalesce(quickest_return <= 7, false)"


def said(command, *options):
    out = StringIO()
    call_command(command, *options, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def bring_in():
    return said("import_loans", FOLDER, "--layout", "superlender")


@pytest.fixture(scope="module")
def imported(django_db_setup, django_db_blocker):
    """The real loans, read once; each test leaves them as it found them."""
    with django_db_blocker.unblock(), transaction.atomic():
        counts = bring_in()
        connection.check_constraints()  # once, not again after each test for all that was read
        yield counts
        transaction.set_rollback(True)


def test_the_public_loans_come_out_as_counted(imported):
    assert imported == {
        "borrowers": 4043,
        "loans": 16635,
        "settled": 16635,
        "skipped": 4043,
        "rejected": 0,
        "already_imported": 0,
    }
    rows = Settlement.objects.current()
    late = {
        "early": Q(days_late__lt=0),
        "on the day": Q(days_late=0),
        "late": Q(days_late__gt=0),
        "a week": Q(days_late__gt=7),
        "a month": Q(days_late__gt=30),
    }
    assert {name: rows.filter(which).count() for name, which in late.items()} == {
        "early": 10827,
        "on the day": 2874,
        "late": 2934,
        "a week": 999,
        "a month": 118,
    }
    assert not Loan.objects.exclude(status="settled").exists()
    kinds = (("early", late["early"]), ("normal", late["on the day"]), ("late", late["late"]))
    assert all(set(rows.filter(which).values_list("kind", flat=True)) == {kind} for kind, which in kinds)
    assert (Borrower.objects.count(), BorrowerHistory.objects.count()) == (4043, 4029)
    assert bring_in()["already_imported"] == 16635


def share(condition):
    """Per cent of the day's borrowers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select round(100.0 * avg(({condition})::int)) from reviews_snapshot where as_of = %s",  # noqa: S608
            [DAY],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.usefixtures("imported")
def test_real_borrowers_are_judged_once_and_a_second_run_changes_nothing():
    first = said("recheck", "--as-of", DAY)
    assert first["borrowers"] == first["snapshots"] == Snapshot.objects.on(DAY).count() == 4029
    assert first["opened"] == Alert.objects.count() > 0
    second = said("recheck", "--as-of", DAY)
    assert [second[name] for name in ("snapshots", "opened", "refreshed", "closed")] == [4029, 0, 0, 0]
    assert {rule for rule, _, _ in Alert.objects.by_rule()} <= {rule.code for rule in rules.current().rules}
    assert share(BACK_IN_A_WEEK) == 61


@pytest.mark.usefixtures("imported")
def test_four_of_five_real_borrowers_come_back_within_a_week():
    open_loans()
    said("recheck", "--as-of", DAY)
    assert share(BACK_IN_A_WEEK) == 80
    assert "quick_return" in set(RuleHold.objects.values_list("rule", flat=True))


def open_loans():
    """The newest loans, which the import leaves out because the data do not tell how they ended."""
    borrowers = {b.external_id: b for b in Borrower.objects.select_related("source")}
    product = Product.objects.first()
    with gzip.open(Path(FOLDER) / "loans.csv.gz", "rt") as rows:
        Loan.objects.bulk_create(
            Loan(
                borrower=borrowers[row["borrower_id"]],
                product=product,
                source=borrowers[row["borrower_id"]].source,
                external_id=row["loan_id"],
                principal=row["principal"],
                total_due=row["total_due"],
                disbursed_on=row["approved_at"][:10],
                known_on=row["approved_at"][:10],
            )
            for row in csv.DictReader(rows)
            if row["is_outcome_loan"] == "True" and row["approved_at"] and row["borrower_id"] in borrowers
        )
    # As the verb that opens a loan does.
    archive.roll_up([b.pk for b in borrowers.values()], on=timezone.localdate(), at=timezone.now())

"""The recheck on real loans, which are not part of the project: AFTERCARE_REAL_DATA names their folder."""

import json
import os
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from reviews.domain.rules import RULES
from reviews.models import Alert, Snapshot

FOLDER = os.environ.get("AFTERCARE_REAL_DATA", "")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FOLDER, reason="AFTERCARE_REAL_DATA does not name a folder of real loans"),
]
DAY = "2017-07-31"


def said(command, *options):
    out = StringIO()
    call_command(command, *options, "--json", stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def share(condition):
    """Per cent of the day's borrowers."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"select round(100.0 * avg(({condition})::int)) from reviews_snapshot where as_of = %s",  # noqa: S608
            [DAY],
        )
        return int(cursor.fetchone()[0])


def test_real_borrowers_are_judged_once_and_a_second_run_changes_nothing():
    said("import_loans", FOLDER, "--layout", "superlender")
    first = said("recheck", "--as-of", DAY)
    assert first["borrowers"] == first["snapshots"] == Snapshot.objects.on(DAY).count() == 4029
    assert first["opened"] == Alert.objects.count() > 0
    second = said("recheck", "--as-of", DAY)
    assert [second[name] for name in ("snapshots", "opened", "refreshed", "closed")] == [4029, 0, 0, 0]
    # Known of these loans from elsewhere: four of five borrow again within a week of a payoff.
    assert share("coalesce(quickest_return <= 7, false)") == 80
    assert {rule for rule, _, _ in Alert.objects.by_rule()} <= {rule.code for rule in RULES}

"""What others know of borrowers comes in whole or not at all, each row once, the newest word on top."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from servicing.actions import external, ledger
from servicing.actions.archive import Differs
from servicing.domain.intake.observations import COLUMNS
from servicing.models import Observation, Source, Stamp
from tests.cast import NOON, TODAY
from tests.stories import a_borrower

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def bureau():
    return Source.objects.create(code="bureau", name="Bureau")


def a_row(person, number="O1", kind="inquiry", lender="bank-a", on=TODAY, **rest):
    said = {"observation_id": number, "borrower_id": person.external_id, "kind": kind, "lender": lender}
    return dict.fromkeys(COLUMNS, "") | said | {"observed_on": str(on)} | rest


def taken(bureau, person, *rows, by, at=NOON):
    return external.take_file(source=bureau, lender=person.source, rows=rows, by=by, at=at)


def test_rows_come_in_once_with_one_entry_and_a_stamp(bureau, operator):
    person = a_borrower()
    rows = [a_row(person), a_row(person, "O2", "balance", amount="0.00"), a_row(person, "O3", "asked", "")]
    assert taken(bureau, person, *rows, by=operator) == {"observations": 3, "new": 3}
    assert taken(bureau, person, *rows, by=operator) == {"observations": 3, "new": 0}
    assert ledger.latest(bureau).detail["observations"] == 3
    assert Stamp.objects.get().borrower == person
    assert Observation.objects.get(external_id="O2").amount == 0


def test_the_first_day_brings_history_and_later_ones_news(bureau, operator):
    person = a_borrower()
    taken(bureau, person, a_row(person, on=TODAY - 9 * DAY), by=operator)
    taken(bureau, person, a_row(person, "O2", lender="b", on=TODAY - 9 * DAY), by=operator, at=NOON + DAY)
    known = Observation.objects.order_by("pk").values_list("known_on", flat=True)
    assert list(known) == [TODAY - 9 * DAY, TODAY + DAY]


def test_the_newest_word_of_a_lender_stands_whatever_came_first(bureau, operator):
    person = a_borrower()
    for number, on, at in (("O1", -9, 0), ("O2", 1, 1), ("O3", -3, 2), ("O4", 1, 2)):
        taken(bureau, person, a_row(person, number, on=TODAY + on * DAY), by=operator, at=NOON + at * DAY)
    rows = Observation.objects.order_by("pk").values_list("known_on", "superseded_on")
    days = [tuple(day and (day - TODAY).days for day in row) for row in rows]
    # The one that came late was never the newest; of one day the higher id is.
    assert days == [(-9, 1), (1, 2), (2, 2), (2, None)]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ({"kind": "gossip"}, ("kind", "unknown_value")),
        ({"lender": ""}, ("lender", "empty")),
        ({"kind": "overdue"}, ("days", "empty")),
        ({"kind": "balance"}, ("amount", "empty")),
        ({"amount": "5"}, ("amount", "unknown_value")),
        ({"ended_on": str(TODAY)}, ("ended_on", "unknown_value")),
        ({"observed_on": str(TODAY + DAY)}, ("observed_on", "in_future")),
        ({"borrower_id": "nobody"}, ("borrower_id", "not_on_file")),
        ({"observation_id": "O1"}, ("observation_id", "doubled_key")),
    ],
)
def test_one_wrong_row_and_nothing_is_taken(bureau, operator, row, wrong):
    person = a_borrower()
    with pytest.raises(external.Refused) as refused:
        taken(bureau, person, a_row(person), a_row(person, "O2") | row, by=operator)
    assert [(line, *problem.args) for line, problem in refused.value.wrong] == [(3, *wrong)]
    assert not Observation.objects.exists()


def test_a_number_that_says_something_else_is_refused(bureau, operator):
    person = a_borrower()
    taken(bureau, person, a_row(person), by=operator)
    with pytest.raises(Differs):
        taken(bureau, person, a_row(person, lender="bank-b"), by=operator)


def test_the_command_takes_a_file_and_names_what_is_wrong(operator, tmp_path):
    person, path, out = a_borrower(), tmp_path / "said.csv", StringIO()

    def call(*rows):
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
        call_command(
            "import_observations", path, "--source", "bureau", "--lender", "core", "--json", stdout=out
        )

    call(a_row(person, on="2026-01-05"))
    assert json.loads(out.getvalue()) == {"observations": 1, "new": 1}
    with pytest.raises(CommandError, match="2 lender"):
        call(a_row(person, "O2", lender="", on="2026-01-05"))

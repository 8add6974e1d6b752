"""The class of a loan: by its days past due, or as the lead has said, until a day."""

from datetime import date, timedelta

import pytest

from servicing.actions.archive import grades
from servicing.actions.archive.terms import Terms
from servicing.domain.periods import BY_CODE
from servicing.models import ClassOverride, LedgerEntry, Period
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid

pytestmark = pytest.mark.django_db
WHY = "the flood of August, employer confirmed wages"
UNTIL = TODAY + timedelta(days=30)


@pytest.fixture
def loan(operator):
    """Its first instalment was due on 1 October and is unpaid: 53 days past due."""
    return open_loan(by=operator)


def say(loan, by, grade="normal", reason=WHY, until_on=UNTIL):
    return grades.override(loan=loan, grade=grade, reason=reason, until_on=until_on, by=by, at=NOON)


def grade_of(loan, on):
    return grades.grade_of(loan, dpd=Terms.of(loan).standing(on=on).dpd, on=on)


def test_days_past_due_make_the_class_and_the_limits_are_settings(loan):
    limit = date(2026, 10, 1) + timedelta(days=BY_CODE["class.substandard"].value)
    assert grade_of(loan, TODAY) == ("special_mention", None)
    assert grade_of(loan, date(2026, 10, 1))[0] == "normal"
    assert grade_of(loan, limit - timedelta(days=1))[0] == "special_mention"
    assert grade_of(loan, limit)[0] == "substandard"
    Period.objects.create(code="class.substandard", value=31, citation="test", valid_from=TODAY)
    assert grade_of(loan, TODAY)[0] == "substandard"


def test_a_lead_overrides_it_until_a_day_and_twice_is_once(loan, ana):
    row = say(loan, ana)
    assert say(loan, ana) == row
    assert grade_of(loan, UNTIL) == ("normal", row)
    assert grade_of(loan, UNTIL + timedelta(days=1))[1] is None
    trace = LedgerEntry.objects.get(what="class.overridden")
    assert (trace.by, trace.detail["reason"]) == (ana, WHY)


def test_the_newest_word_counts_and_no_older_one_comes_back(loan, ana):
    say(loan, ana)
    worse = say(loan, ana, "loss", until_on=TODAY)
    assert grade_of(loan, TODAY) == ("loss", worse)
    assert grade_of(loan, UNTIL) == ("special_mention", None)
    assert ClassOverride.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "why"),
    [({"grade": "fine"}, "grade"), ({"reason": ". . ."}, "reason"),
     ({"until_on": TODAY - timedelta(days=1)}, "until")],
)  # fmt: skip
def test_what_is_not_said_well_is_refused(loan, ana, said, why):
    with pytest.raises(grades.NotAllowed, match=why):
        say(loan, ana, **said)
    assert not ClassOverride.objects.exists()


@pytest.mark.parametrize("who", ["wei", "lin", "hua", "pei", "max_", "ada", "tom"])
def test_nobody_but_the_risk_lead_overrides(loan, request, who):
    with pytest.raises(grades.NotAllowed, match="right"):
        say(loan, request.getfixturevalue(who))


def test_a_settled_loan_is_in_no_class(operator, ana):
    loan = open_loan("L2", by=operator, payments=[paid("P1", TODAY, 200)])
    assert grade_of(loan, TODAY) == (None, None)
    with pytest.raises(grades.NotAllowed, match="settled"):
        say(loan, ana)

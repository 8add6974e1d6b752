"""Texts become values or are refused, and a loan comes in whole or not at all."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.intake import LAYOUTS, fields, native, spelling, superlender
from servicing.domain.intake.layout import Problem, Row
from servicing.domain.intake.sorting import sort
from servicing.models import Reason
from tests.cast import TODAY

BEIJING = ZoneInfo("Asia/Shanghai")


def read(function, text, **kwargs):
    """The value, or the reason why there is none."""
    try:
        return function({"column": text}, "column", **kwargs)
    except Problem as problem:
        return Reason(problem.reason).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", Decimal(1)), ("0.01", Decimal("0.01")), ("999999999999.99", Decimal("999999999999.99")),
        ("1000000000000", "bad_money"), ("0", "not_positive"), ("0.00", "not_positive"),
        ("-1", "not_positive"), ("1.001", "bad_money"), ("1,000", "bad_money"), ("1e3", "rounded"),
        ("NaN", "bad_money"), ("", "empty"), (" 1", "bad_money"), (".5", "bad_money"), ("1.", "bad_money"),
        ("١٢", "bad_money"), ("+1", "bad_money"),
    ],
)  # fmt: skip
def test_money(text, value):
    assert read(fields.money, text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-02-29", date(2024, 2, 29)), ("2023-02-29", "bad_date"), ("20240229", "bad_date"),
        ("2024-W01-1", "bad_date"), ("1990-01-01", date(1990, 1, 1)), ("1989-12-31", "bad_date"),
        ("", "empty"), ("2024-2-9", "bad_date"), ("2024-02-29T00:00:00", "bad_date"),
        ("٢٠٢٤-02-29", "bad_date"),
    ],
)  # fmt: skip
def test_days(text, value):
    assert read(fields.day, text) == value


@pytest.mark.parametrize("text", ["2026/13/45", "2026年2月30日", "20261345", "2026.2.30"])
def test_a_date_that_is_no_day_stays_as_it_was_written(text):
    row = {"day": text, "moment": f"{text} 9:05"}
    assert not spelling.plain(row, {"day": spelling.DAY, "moment": spelling.MOMENT})
    assert row == {"day": text, "moment": f"{text} 9:05"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-06-30T16:00:00Z", date(2026, 7, 1)), ("2026-06-30T15:59:59Z", date(2026, 6, 30)),
        ("2026-06-30T23:59:59", date(2026, 6, 30)), ("2026-06-30 00:00:00", date(2026, 6, 30)),
        ("2026-06-30T00:00:00.5+09:00", date(2026, 6, 29)),
    ],
)  # fmt: skip
def test_an_instant_falls_on_a_day_of_the_zone(text, day):
    at, on = read(fields.moment, text, zone="Asia/Shanghai")
    assert (on, at.astimezone(BEIJING).date()) == (day, day)


@pytest.mark.parametrize(
    "text",
    [
        "2026-06-30",
        "2026-06-30T24:00:00",
        "2026-06-31T00:00:00",
        "now",
        "2026-06-30T1:00:00",
        "2200-01-01T00:00:00",
    ],
)
def test_what_is_no_instant(text):
    assert read(fields.moment, text, zone="Asia/Shanghai") == "bad_instant"


@pytest.mark.parametrize(
    ("text", "is_good"),
    [
        ("11010519491231002X", True), ("11010519491231002x", True), ("110105194912310021", False),
        ("11010519491331002X", False), ("440524188001010014", True), ("130503670401001", True),
        ("130503671301001", False), ("1101051949123100", False), ("", True),
    ],
)  # fmt: skip
def test_identity_numbers_are_checked(text, is_good):
    assert (read(fields.national_id, text) != "bad_national_id") is is_good


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("13800138000", "13800138000"), ("+86 138-0013-8000", "13800138000"), ("1380013800", "bad_phone"),
        ("138001380000", "bad_phone"), ("23800138000", "bad_phone"), ("", ""),
    ],
)  # fmt: skip
def test_phones_have_one_spelling(text, value):
    assert read(fields.phone, text) == value


def test_every_layout_names_the_columns_it_uses():
    for layout in LAYOUTS:
        for file in layout.files:
            used = {file.key, *([file.parent] if file.parent else []), *file.personal, *file.unused}
            assert used <= set(file.columns)
            assert not set(file.unused) & set(file.personal)
        assert set(layout.parts) == {file.kind for file in layout.files} - set(layout.heads)


def a_loan(**changes):
    return {
        "borrower_id": "B", "loan_id": "1", "is_outcome_loan": "False", "approved_at": "2017-01-02T23:30:00",
        "principal": "10000.0", "total_due": "13000.0", "term_days": "60", "first_due_date": "2017-02-01",
        "first_repaid_at": "2017-02-01T10:00:00", "closed_at": "2017-03-05T00:10:00",
    } | changes  # fmt: skip


def test_a_long_loan_has_two_parts():
    loan = superlender.loan(a_loan())
    assert [(due.due_on, due.amount) for due in loan.dues] == [
        (date(2017, 2, 1), Decimal(6500)),
        (date(2017, 3, 3), Decimal(6500)),
    ]
    assert [p.paid_on for p in loan.payments] == [date(2017, 2, 1), date(2017, 3, 5)]
    assert loan.disbursed_on == date(2017, 1, 2)
    assert loan.payments[1].paid_at == datetime(2017, 3, 4, 23, 10, tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize("first", ["", "2017-03-05T00:10:01"])
def test_a_first_part_without_a_day_of_its_own_comes_with_the_payoff(first):
    loan = superlender.loan(a_loan(first_repaid_at=first))
    assert [p.paid_on for p in loan.payments] == [date(2017, 3, 5)] * 2


@pytest.mark.parametrize(("text", "value"), [("2199-12-31", date(2199, 12, 31)), ("2200-01-01", "bad_date"),
                                             ("9999-12-31", "bad_date")])  # fmt: skip
def test_a_year_that_is_a_slip_of_the_pen_is_no_date(text, value):
    assert read(fields.day, text) == value


def test_a_first_part_that_came_before_the_loan_refuses_it():
    same_day = superlender.loan(a_loan(first_repaid_at="2017-01-02T01:00:00"))
    assert same_day.payments[0].paid_on == same_day.disbursed_on
    with pytest.raises(Problem, match="before_loan"):
        superlender.loan(a_loan(first_repaid_at="2017-01-01T23:00:00"))


@given(st.decimals(Decimal("0.03"), 10**6, places=2), st.sampled_from([60, 90]))
def test_the_parts_are_the_whole(total, term):
    first, rest = superlender.parts(total, term)
    assert first + rest == total
    assert abs(first * term - total * 30) <= Decimal("0.005") * term


def test_a_short_loan_has_one_part_and_an_outcome_loan_is_skipped():
    loan = superlender.loan(a_loan(term_days="30"))
    assert (len(loan.dues), len(loan.payments), loan.payments[0].amount) == (1, 1, Decimal(13000))
    assert superlender.loan(a_loan(is_outcome_loan="True", approved_at="", closed_at="")) is None
    with pytest.raises(Problem, match="unknown_value"):
        superlender.loan(a_loan(term_days="45"))


@pytest.mark.parametrize(
    ("text", "rate"),
    [("", None), ("0", 0), ("0.072", Decimal("0.072")), ("1", 1), ("7.2", "bad_rate"), ("7.2%", "bad_rate"),
     ("-0.1", "bad_rate"), ("1.01", "bad_rate"), ("0.123456789", "bad_rate"), (".5", "bad_rate")],
)  # fmt: skip
def test_an_annual_rate_is_a_share_and_no_percentage_is_taken_for_one(text, rate):
    row = SOUND["loan"] | {"annual_rate": text}
    if rate != "bad_rate":
        assert native.loan(row).annual_rate == rate
    else:
        with pytest.raises(Problem, match="bad_rate"):
            native.loan(row)


SOUND = {
    "borrower": {"borrower_id": "B", "name": "", "national_id": "", "phone": ""},
    "loan": {"loan_id": "L", "borrower_id": "B", "product": "p", "currency": "CNY", "principal": "3",
             "total_due": "3", "disbursed_on": "2026-01-01", "written_off_on": ""},
    "instalment": {"loan_id": "L", "number": "1", "due_on": "2026-02-01", "amount": "3"},
    "payment": {"loan_id": "L", "payment_id": "P", "paid_at": "2026-02-01T00:00:00", "amount": "3",
                "origin": "borrower", "outcome": "succeeded", "channel": "", "error_code": ""},
    "guarantor": {"loan_id": "L", "guarantor_id": "G", "name": "", "phone": ""},
}  # fmt: skip
PLACES = [(kind, column) for kind, row in SOUND.items() for column in row]


def test_what_is_shown_to_everybody_is_no_number_of_a_person():
    telephone, identity, slip = "13800138000", "990001198001010019", "990001198001010018"
    assert [read(fields.code, text) for text in (telephone, identity)] == ["person_in_code"] * 2
    assert read(fields.code, "E51-20260101") == "E51-20260101"
    for text in (telephone, slip):  # a check digit tells nobody's number
        assert native.loan(SOUND["loan"] | {"loan_id": text}).external_id == text
    with pytest.raises(Problem, match="person_in_code"):
        native.loan(SOUND["loan"] | {"loan_id": identity})


SAYS = [
    ("loan", "total_due", "4", {"found": "4", "expected": "3"}),
    ("loan", "principal", "5", {"found": "3", "at_least": "5"}),
    ("loan", "written_off_on", "2025-12-01", {"found": "2025-12-01", "not_before": "2026-01-01"}),
    ("loan", "disbursed_on", "2026-02-30", {"found": "2026-02-30"}),
    ("loan", "total_due", "1.234", {"found": "1.234"}),
    ("instalment", "due_on", "2025-12-31", {"found": "2025-12-31", "not_before": "2026-01-01"}),
    ("instalment", "number", "1000", {"found": "1000", "at_most": "999"}),
    ("payment", "origin", "bank", {"one_of": ", ".join(sorted(native.ORIGINS))}),
    ("payment", "paid_at", "2031-01-01T00:00:00", {"found": "2031-01-01", "not_after": f"{TODAY}"}),
    # Whatever may be about a person is not said again.
    ("payment", "amount", "李四", {}),
    ("payment", "amount", "990001198001010019", {}),
    ("payment", "amount", "138-0013-8000", {}),
    ("loan", "total_due", "13800138000", {"found": "1*********0", "expected": "3"}),
    ("borrower", "phone", "12345", {}),
    ("borrower", "national_id", "990001198001010018", {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "column", "text", "facts"), SAYS)
def test_what_was_found_and_expected_is_told_unless_it_is_about_a_person(kind, column, text, facts):
    rows = staged({name: row | ({column: text} if name == kind else {}) for name, row in SOUND.items()})
    below = {} if kind in ("borrower", "loan") else {"loan": "L"}
    assert sort(native.LAYOUT, rows, today=TODAY).refusals[0].facts == facts | below


def staged(rows):
    """A book of one row a file, as it was staged."""
    return [
        Row(file.kind, row[file.key], row[file.parent or file.key], file.name, 2, row)
        for file in native.LAYOUT.files
        for row in [rows[file.kind]]
    ]


@given(st.sampled_from(PLACES), st.text(max_size=70))
def test_half_a_loan_is_impossible(place, text):
    """Whatever stands in one field: the loan comes in with all of its rows, or nothing of it does."""
    kind, column = place
    rows = {name: row | ({column: text} if name == kind else {}) for name, row in SOUND.items()}
    sorting = sort(native.LAYOUT, staged(rows), today=TODAY)
    assert len(sorting.loans) + sum(r.file == "loans.csv" for r in sorting.refusals) == 1
    assert {refusal.reason for refusal in sorting.refusals} <= set(Reason.values)
    for loan, _ in sorting.loans:
        assert loan.borrower in sorting.borrowers
        assert sum(due.amount for due in loan.dues) == loan.total_due
        # A row that now names another loan is an orphan, and found as such in the whole batch.
        moved = column == "loan_id" and kind in ("payment", "guarantor") and text != "L"
        assert len(loan.payments) + len(loan.guarantors) == (1 if moved else 2)

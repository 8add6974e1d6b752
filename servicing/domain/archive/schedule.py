"""Schedules: 等额本息, 等额本金, 先息后本, 一次还本付息. Exact to the cent, the remainder in the last row."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, localcontext
from typing import NamedTuple

from servicing.domain.archive.calendar import days_between, due_days, shift
from servicing.domain.archive.conventions import BASIS, Conventions
from servicing.domain.archive.facts import ZERO

EQUAL_INSTALMENTS, EQUAL_PRINCIPAL, INTEREST_FIRST, SINGLE_PAYMENT = (
    "equal_instalments",
    "equal_principal",
    "interest_first",
    "single_payment",
)
METHODS = (EQUAL_INSTALMENTS, EQUAL_PRINCIPAL, INTEREST_FIRST, SINGLE_PAYMENT)


class ScheduleError(ValueError):
    """Terms that no schedule can keep."""


@dataclass(frozen=True)
class Terms:
    """What was agreed. `annual_rate` 0.072 is 7.2 %; with `every_days` instalments are that many days apart,
    else `every_months`; `due_day` is the wanted day of the month where the first due date is a shorter one.
    """

    principal: Decimal
    annual_rate: Decimal
    method: str
    instalments: int
    disbursed_on: date
    first_due_on: date
    every_months: int = 1
    every_days: int = 0
    due_day: int | None = None
    grace_days: int = 0
    grace_of: dict[int, int] = field(default_factory=dict)


class Span(NamedTuple):
    """A period of interest that ends on a due date; `days` as the day count has them."""

    number: int
    starts_on: date
    due_on: date
    days: int
    grace_days: int = 0


class Row(NamedTuple):
    """A row of the plan, usable as a `Due`. `carried` is the part of its interest that was earned before
    `starts_on` or on money that has been prepaid since.
    """

    number: int
    starts_on: date
    due_on: date
    days: int
    principal: Decimal
    interest: Decimal
    grace_days: int = 0
    carried: Decimal = ZERO
    agreed_on: date | None = None
    replaced_on: date | None = None

    @property
    def amount(self) -> Decimal:
        return self.principal + self.interest


def plan(terms: Terms, conventions: Conventions) -> list[Row]:
    """All instalments as agreed. Raises ScheduleError."""
    if terms.method == SINGLE_PAYMENT and terms.instalments != 1:
        raise ScheduleError("a single payment has one instalment")
    if not terms.disbursed_on < terms.first_due_on:
        raise ScheduleError("the first instalment is due after the loan is paid out")
    wanted = terms.due_day
    if wanted and not terms.every_days and terms.first_due_on not in near(terms.first_due_on, wanted):
        raise ScheduleError(f"the first due date does not fall on day {wanted} or the end of a shorter month")
    rows = lay(terms.principal, spans(terms, conventions), terms, conventions)
    if len(rows) < terms.instalments:
        raise ScheduleError(f"the principal is too small for {terms.instalments} instalments")
    return rows


def near(day: date, due_day: int) -> tuple[date, date]:
    """Where a wanted day of the month may fall in the month of a day, or from the month before."""
    return (
        shift(day, 0, due_day=due_day),
        shift(day, -1, due_day=due_day, month_end="next_day"),
    )


def spans(terms: Terms, conventions: Conventions, *, from_on: date | None = None, number=1) -> list[Span]:
    """The periods of the terms, from disbursement or a later day on, numbered from `number`."""
    ends = due_days(
        terms.first_due_on,
        terms.instalments,
        months=terms.every_months,
        days=terms.every_days,
        due_day=terms.due_day,
        month_end=conventions.month_end,
    )
    starts = [from_on or terms.disbursed_on, *ends]
    whole = terms.every_months * 30 if conventions.day_count == "30/360" and not terms.every_days else None
    found = []
    for spot, (start, end) in enumerate(zip(starts, ends, strict=False)):
        days = whole if whole and spot else days_of(start, end, conventions.day_count)
        grace = terms.grace_of.get(number + spot, terms.grace_days) if conventions.grace == "excused" else 0
        found.append(Span(number + spot, start, end, days, grace))
    return found


def days_of(start: date, end: date, day_count: str) -> int:
    """Days of a first period; in 30/360 it has whole months where it ends on the day it began on."""
    months = (end.year - start.year) * 12 + end.month - start.month
    if day_count == "30/360" and end == shift(start, months, due_day=start.day):
        return months * 30
    return days_between(start, end, day_count)


def lay(
    balance: Decimal,
    periods: Sequence[Span | Row],
    terms: Terms,
    conventions: Conventions,
    *,
    instalment: Decimal | None = None,
    carried: Decimal = ZERO,
    agreed_on: date | None = None,
) -> list[Row]:
    """Spread a balance over periods by the method of the terms; `carried` interest falls due with the first.

    With `instalment` given, that much is asked (of principal, where principal is equal) and the plan ends
    when nothing is left. Raises ScheduleError where a row would ask nothing or less.
    """
    rate, method = terms.annual_rate, terms.method
    if instalment is None:
        instalment = even(balance, periods, rate, method, conventions)
    rows: list[Row] = []
    for span in periods:
        interest = interest_of(balance, span.days, rate, conventions)
        asked = instalment - interest if method == EQUAL_INSTALMENTS else instalment
        principal = balance if span is periods[-1] else min(asked, balance)
        extra = ZERO if rows else carried
        row = Row(span.number, span.starts_on, span.due_on, span.days, principal, interest + extra)
        rows.append(row._replace(grace_days=span.grace_days, carried=extra, agreed_on=agreed_on))
        balance -= principal
        if principal < 0 or row.amount <= 0:
            raise ScheduleError(
                f"instalment {row.number} would ask {row.amount}, of it {principal} principal"
            )
        if not balance:
            break
    return rows


def even(balance, periods, rate, method, conventions) -> Decimal:
    """What every instalment asks: in all, or of principal where principal is equal."""
    if method == EQUAL_PRINCIPAL:
        return conventions.to_cents(balance / len(periods))
    if method != EQUAL_INSTALMENTS:
        return ZERO
    # The present value of one yuan in each period; for equal periods this is the annuity formula.
    with localcontext(prec=50):
        factor, value = Decimal(1), ZERO
        for span in periods:
            factor /= 1 + rate * span.days / BASIS[conventions.day_count]
            value += factor
        instalment = balance / value
    return conventions.to_cents(instalment)


def interest_of(balance: Decimal, days: int, rate: Decimal, conventions: Conventions) -> Decimal:
    """Simple interest for so many days, to the cent."""
    return conventions.to_cents(balance * rate * days / BASIS[conventions.day_count])

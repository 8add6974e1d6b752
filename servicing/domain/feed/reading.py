"""What each kind of message says, as facts of intake; what cannot be read raises Problem with its field."""

import re
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from servicing.domain.archive import Due
from servicing.domain.feed.days import TOTALS, Total, day_of
from servicing.domain.feed.messages import Message
from servicing.domain.intake import fields, native
from servicing.domain.intake.layout import BorrowerFacts, LoanFacts, PaymentFacts, Problem

PAYER = frozenset(native.ORIGINS - {"refund"})
# An unknown name is repeated only where it can be nobody's data.
HARMLESS = re.compile(r"[a-z_]{1,32}", re.ASCII)
MONEY = re.compile(r"\d{1,14}(\.\d{1,2})?", re.ASCII)
SHOWN = re.compile(r"\d{1,12}(\.\d{1,2})?", re.ASCII)
CODES, CODE = ("payment_id", "channel", "error_code"), re.compile(r"[\w.:-]{1,64}", re.ASCII)
COUNT = re.compile(r"\d{1,9}", re.ASCII)
MOST = 999


def amount(message: Message) -> Decimal | None:
    """The amount that a message tells, to be shown; None where it tells none or what nobody can read."""
    terms = message.data.get("terms")
    said = terms.get("principal") if isinstance(terms, dict) else message.data.get("amount")
    return Decimal(said) if isinstance(said, str) and SHOWN.fullmatch(said) else None


def codes(message: Message) -> dict[str, str]:
    """The codes that a message tells of its payment, to be shown; what is no code is left out unread."""
    said = {name: message.data.get(name) for name in CODES}
    return {name: code for name, code in said.items() if isinstance(code, str) and CODE.fullmatch(code)}


class Opened(NamedTuple):
    borrower: BorrowerFacts
    loan: LoanFacts


def row(data, columns, name="data"):
    """A flat object with exactly these columns of text, missing ones empty."""
    if not isinstance(data, dict):
        raise Problem(name, "unknown_value" if data else "empty")
    for column, value in data.items():
        if column not in columns:
            raise Problem(column if HARMLESS.fullmatch(column) else name, "unknown_field")
        if not isinstance(value, str):
            raise Problem(column, "unknown_value")
    return {column: data.get(column, "") for column in columns}


def several(data, name, columns):
    """A list of such objects, at most 999."""
    found = data if data != "" else []
    if not isinstance(found, list) or len(found) > MOST:
        raise Problem(name, "unknown_value")
    return [row(one, columns, name) for one in found]


def parts(message, names):
    """The parts of a message by name; raises Problem for a part that it may not have."""
    if strange := sorted(set(message.data) - set(names)):
        raise Problem(strange[0] if HARMLESS.fullmatch(strange[0]) else "data", "unknown_field")
    return [message.data.get(name, "") for name in names]


def opened(message: Message, *, zone: str) -> Opened:
    """loan.opened: the borrower, the terms, the plan, and who stands for it."""
    owner, terms, plan, guarantors = parts(message, ("borrower", "terms", "instalments", "guarantors"))
    borrower = native.borrower(row(owner, ("borrower_id", "name", "national_id", "phone"), "borrower"))
    columns = ("product", "currency", "principal", "total_due", "disbursed_on", "annual_rate")
    named = {"loan_id": message.loan, "borrower_id": borrower.external_id, "written_off_on": ""}
    loan = native.loan(row(terms, columns, "terms") | named)
    dues = planned(plan, loan)
    if sum((due.amount for due in dues), Decimal(0)) != loan.total_due:
        raise Problem("total_due", "sum_differs")
    people = [
        native.guarantor(one, loan)
        for one in several(guarantors, "guarantors", ("guarantor_id", "name", "phone"))
    ]
    if len({one.external_id for one in people}) < len(people):
        raise Problem("guarantor_id", "doubled_key")
    return Opened(
        borrower, loan._replace(disbursed_at=message.at, dues=tuple(dues), guarantors=tuple(people))
    )


def planned(plan, loan=None):
    """The rows of a plan: at least one, each number once."""
    dues = [
        native.instalment(one, loan)
        for one in several(plan, "instalments", ("number", "due_on", "amount", "grace_days"))
    ]
    if not dues:
        raise Problem("instalments", "empty")
    if len({due.number for due in dues}) < len(dues):
        raise Problem("number", "doubled_key")
    return dues


def replanned(message: Message) -> tuple[list[Due], date, str]:
    """loan.replanned: (the rows in force from a day on, that day, why)."""
    columns = ("from_on", "reason")
    plan = message.data.get("instalments", "")
    rest = row({k: v for k, v in message.data.items() if k != "instalments"}, columns)
    return planned(plan), fields.day(rest, "from_on"), fields.code(rest, "reason")


def payment(message: Message, *, zone: str) -> PaymentFacts:
    """payment.made, payment.failed, payment.refunded: money at the instant of the message."""
    data = row(message.data, ("payment_id", "amount", "origin", "channel", "error_code", "app_version"))
    is_failed, is_refund = message.kind == "payment.failed", message.kind == "payment.refunded"
    origin = "refund" if is_refund else data["origin"] and fields.choice(data, "origin", PAYER)
    paid = PaymentFacts(
        fields.text(data, "payment_id"),
        fields.money(data, "amount"),
        message.at,
        day_of(message.at, zone=zone),
        origin or "borrower",
        "failed" if is_failed else "succeeded",
        fields.code(data, "channel", is_required=False),
        fields.code(data, "error_code", is_required=False),
        app_version=fields.code(data, "app_version", is_required=False),
    )
    if paid.error_code and not is_failed:
        raise Problem("error_code", "error_of_success")
    return paid


def reversed_payment(message: Message) -> tuple[str, Decimal]:
    """payment.reversed: (the payment, its amount)."""
    data = row(message.data, ("payment_id", "amount"))
    return fields.text(data, "payment_id"), fields.money(data, "amount")


def closed(message: Message) -> tuple[date, dict[str, Total]]:
    """day.closed: (the day, {total: what the core counted}); a total that is left out is nothing."""
    day, totals = parts(message, ("day", "totals"))
    on = fields.day(row({"day": day}, ("day",)), "day")
    if not isinstance(totals, dict) or set(totals) - set(TOTALS):
        raise Problem("totals", "unknown_value")
    return on, {name: _total(totals.get(name, {}), name) for name in TOTALS}


def _total(data, name):
    found = row(data, ("count", "amount"), name)
    count, amount = found["count"] or "0", found["amount"] or "0"
    if not COUNT.fullmatch(count) or not MONEY.fullmatch(amount):
        raise Problem(name, "unknown_value")
    return Total(int(count), Decimal(amount).quantize(Decimal("0.01")))


def plain(message: Message, *columns: str) -> dict[str, str]:
    """The flat fields of a simple message."""
    return row(message.data, columns)

"""Loans to which things happen, one by one."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from servicing.actions import archive
from servicing.domain.archive import Due
from servicing.domain.intake.layout import BorrowerFacts, GuarantorFacts, LoanFacts, PaymentFacts
from servicing.models import Source
from tests.cast import NOON

ZONE = ZoneInfo("Asia/Shanghai")


def the_source():
    return Source.objects.get_or_create(code="native", defaults={"name": "Loan core"})[0]


def contract(number="L1", *, borrower="B1", payments=(), guarantors=(), **terms):
    """Two instalments of 100 on 1 October and 1 November 2026."""
    facts = LoanFacts(
        number, borrower, "flash", "CNY", Decimal(190), Decimal(200), date(2026, 9, 1),
        dues=(Due(1, date(2026, 10, 1), Decimal(100)), Due(2, date(2026, 11, 1), Decimal(100))),
        payments=tuple(payments), guarantors=tuple(GuarantorFacts(name) for name in guarantors),
    )  # fmt: skip
    return facts._replace(**terms)


def open_loan(number="L1", *, by, borrower="B1", at=NOON, **terms):
    facts = contract(number, borrower=borrower, **terms), BorrowerFacts(borrower, "张三")
    return archive.open_loan(source=the_source(), facts=facts, by=by, at=at)


def paid(number, day, amount=100, **more):
    at = datetime(day.year, day.month, day.day, 9, tzinfo=ZONE)
    return PaymentFacts(number, Decimal(amount), at, day, **more)

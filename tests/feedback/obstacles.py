"""A book in which the two planted obstacles meet whoever pays, straight into the archive's rows."""

from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from config.portfolio import obstacles
from servicing.models import Loan, Payment
from tests import stories
from tests.cast import TODAY

ZONE = ZoneInfo("Asia/Shanghai")
DAYS = 140


def some_loans(count=40):
    """Open loans of as many borrowers."""
    first = stories.a_loan(stories.a_borrower(), number="L0")
    terms = {
        "product": first.product, "source": first.source, "principal": 1000, "total_due": 1100,
        "disbursed_on": TODAY - timedelta(days=300), "known_on": TODAY,
    }  # fmt: skip
    made = []
    for number in range(1, count + 1):
        borrower = stories.a_borrower()
        made.append(Loan(borrower=borrower, external_id=f"T{number}", **terms))
    return Loan.objects.bulk_create(made)


def a_payment(loan, day, number, *, hour=10, outcome="succeeded", channel="debit-b", error="", version=""):
    failed = outcome == "failed"
    return Payment(
        loan=loan, external_id=f"T{number}", amount=100, paid_at=datetime.combine(day, time(hour), ZONE),
        paid_on=day, known_on=day, outcome=outcome, channel=channel, error_code=error, app_version=version,
        borrower_id=loan.borrower_id if failed else None,
    )  # fmt: skip


def a_book(seed=1, *, tries=14, today=TODAY):
    """So many tries a day through each of the two channels; the loans."""
    random, loans, made = Random(seed), some_loans(), []
    for ago in range(DAYS, 0, -1):
        day = today - timedelta(days=ago)
        for planted in obstacles.ALL:
            for loan in random.sample(loans, tries):
                number = len(made)
                version = obstacles.version(planted.channel, day, today=today, random=random)
                met = obstacles.struck(planted.channel, day, today=today, random=random)
                if met:
                    failed = {"outcome": "failed", "error": planted.error_code, "hour": met[1]}
                    made.append(
                        a_payment(loan, day, f"{number}F", channel=planted.channel, version=version, **failed)
                    )
                made.append(a_payment(loan, day, number, hour=22, channel=planted.channel, version=version))
    Payment.objects.bulk_create(made)
    return loans

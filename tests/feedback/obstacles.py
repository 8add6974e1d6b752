"""A book in which the two planted obstacles meet whoever pays, straight into the archive's rows."""

from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from config.portfolio import obstacles
from feedback.models import ChannelDay, FailureDay, Improvement, Measurement, Obstacle
from servicing.models import Loan, Payment, Staff
from tests import stories
from tests.cast import NOON, TODAY

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


def a_book(seed=2, *, tries=14, today=TODAY):
    """So many tries a day through each of the two channels; the loans."""
    loans, made = some_loans(), []
    for planted in obstacles.ALL:
        # Each with luck of its own, so that what befalls one does not move the other.
        random = Random(f"{seed} {planted.channel}")
        for ago in range(DAYS, 0, -1):
            day = today - timedelta(days=ago)
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


def an_improvement(*, number=0, today=TODAY, at=NOON):
    """An obstacle that failed payments know, and an improvement of it that was measured and stays open."""
    hua = Staff.objects.get(username="hua")
    channel = f"debit-{number}"
    for ago in range(1, 60):
        day = today - timedelta(days=ago)
        tried = {"day": day, "channel": channel, "hours": {"9": 20}, "versions": {"6.1": 20}}
        ChannelDay.objects.create(attempts=20, customers=20, **tried)
        failed = tried | {"hours": {"9": 4}, "versions": {"6.1": 4}}
        FailureDay.objects.create(error_code="E1", attempts=4, customers=4, amount=400, **failed)
    obstacle = Obstacle.objects.create(title=f"obstacle {number}", named_by=hua, named_at=at)
    obstacle.signatures.create(side="failures", channel=channel, error_code="E1")
    obstacle.signatures.create(side="words", where="card", topic=f"topic {number}")
    made = Improvement.objects.create(
        obstacle=obstacle, title=f"change {number}", kind="process", cause="app", change="something else",
        owner=hua, fall=50, status="not_proven", fixed_on=today - timedelta(days=29), weeks=4,
        began_by=hua, began_at=at, changed_at=at,
    )  # fmt: skip
    Measurement.objects.create(
        improvement=made, fixed_on=today - timedelta(days=29), weeks=4, unit="failures", tried_before=560,
        met_before=112, tried_after=560, met_after=112, design=1, ratio=1, ratio_low=0.8, ratio_high=1.2,
        difference=0, difference_low=-0.05, difference_high=0.05, verdict="not_proven", more_weeks=4, at=at,
        by_week=[
            [(today - timedelta(days=29 + 7 * week)).isoformat(), 140, 28, 0.14, 0.27]
            for week in range(4, -4, -1)
        ],
    )  # fmt: skip
    return made

"""Borrowers in numbers: their settled loans, what they said of offers, and campaigns for them."""

from datetime import timedelta
from decimal import Decimal

from feedback.actions.loyalty import campaigns
from feedback.models import Campaign
from servicing.actions import controls, privacy
from servicing.actions.archive import roll_up
from servicing.domain import archive
from servicing.models import Borrower, Consent, Loan, Product, Settlement, Source
from tests.cast import NOON, TODAY


def borrowers(count, *, first=None):
    """So many, of whom nothing is known but that they exist and have a telephone; numbered from `first` on
    where the same are to be drawn each time.
    """
    source, _ = Source.objects.get_or_create(code="core", defaults={"name": "Core"})
    return Borrower.objects.bulk_create(
        Borrower(
            pk=pk,
            source=source,
            external_id=f"B{pk}",
            reference=archive.reference(pk),
            created_at=NOON,
            **privacy.seal(pk, phone=f"100{pk:08d}"),
        )
        for pk in (range(first, first + count) if first else privacy.reserve(count))
    )


def repaid(
    people, *, loans=1, instalments=6, late=0, worst=0, began=TODAY - timedelta(days=800), kind="normal"
):
    """Each of them repaid so many loans, one after the other, each in half a year."""
    product, _ = Product.objects.get_or_create(code="flash", defaults={"name": "Flash"})
    rows = []
    for number in range(loans):
        start = began + timedelta(days=200 * number)
        rows += a_loan_each(people, product, start, start + timedelta(days=180))
    Settlement.objects.bulk_create(
        Settlement(
            loan=loan, borrower=loan.borrower, kind=kind, settled_on=loan.settled_on,
            final_due_on=loan.settled_on - timedelta(days=worst), disbursed_on=loan.disbursed_on,
            days_late=worst, worst_dpd=worst, times_late=late, instalments=instalments, failed_payments=0,
            paid=1100, profile="N", frozen_at=NOON, known_on=loan.settled_on,
        )
        for loan in rows
    )  # fmt: skip
    roll_up([person.pk for person in people], on=TODAY, at=NOON)
    return people


def a_loan_each(people, product, start, end=None, *, rate="0.18"):
    """One more loan for each, settled on a day or still open."""
    return Loan.objects.bulk_create(
        Loan(
            borrower=person, product=product, source=person.source,
            external_id=f"L{person.pk}-{start:%y%m%d}", principal=Decimal(1000), total_due=Decimal(1100),
            disbursed_on=start, status="settled" if end else "open", settled_on=end, known_on=start,
            annual_rate=Decimal(rate),
        )
        for person in people
    )  # fmt: skip


def opted_in(people, *, by, purposes=("marketing", "profiling"), on=TODAY - timedelta(days=400)):
    Consent.objects.bulk_create(
        Consent(borrower=person, purpose=purpose, basis="app", given_on=on, by=by, at=NOON)
        for person in people
        for purpose in purposes
    )
    return people


SAID = {
    "title_zh": "利率优惠", "title_en": "Lower rate", "kind": "rate",
    "terms_zh": "下一笔借款年利率降低两个百分点", "terms_en": "The next loan two points cheaper",
    "script_zh": "您好，这里有一项优惠。", "script_en": "Hello, we have an offer.",
    "conditions": [{"fact": "settled_loans", "op": ">=", "value": 1}], "is_profiled": True,
    "budget": Decimal(100), "cost": Decimal(10), "starts_on": TODAY, "ends_on": TODAY + timedelta(days=60),
    "offer_days": 30, "cap_days": 14, "held_percent": 20, "sends": False,
}  # fmt: skip


def a_campaign(hua, pei, *, at=NOON, **said):
    """One that hua drafted and pei approved."""
    row = campaigns.draft(by=hua, at=at, **SAID | said)
    asked = campaigns.propose(campaign=row, purpose="bring good customers back", by=hua, at=at)
    controls.approve(approval=asked, digest=asked.digest, by=pei, at=at)
    return Campaign.objects.get(pk=row.pk)

"""A fictional campaign with an effect that is known because it was planted."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils import timezone

from config.portfolio.contracts import CURRENCY, RATE, Contract
from feedback.actions import loyalty
from feedback.models import Campaign, Offer
from servicing.actions import archive, controls, ledger
from servicing.domain.archive import Due
from servicing.domain.intake.layout import BorrowerFacts, LoanFacts, PaymentFacts
from servicing.models import Borrower, Consent, Loan, Staff

# The campaign of the fictional book: when it began, and how many more of those offered borrow again.
BEGAN, LIFT = 120, 0.15
# Per thousand: who wants to hear of offers, to whom they may be chosen, who takes one, who then pays late.
WANTS, CHOSEN, TAKES, LATE = 620, 900, 120, 50
JUDGED, MEASURED = (60, 29, 0), (90, 60, 30, 0)
SAID = {
    "title_zh": "老客户利率优惠", "title_en": "Lower rate for good customers", "kind": "rate",
    "terms_zh": "下一笔借款年利率降低两个百分点，三十天内有效。",
    "terms_en": "Two points off the yearly rate of the next loan, for thirty days.",
    "script_zh": "您好，感谢您一直按时还款。您现在可以以更低的利率借下一笔款，需要为您登记吗？",
    "script_en": "Thank you for always paying on time. Your next loan can be cheaper: shall I note it?",
    "is_profiled": True, "budget": Decimal(20_000), "cost": Decimal(20), "offer_days": 150, "cap_days": 14,
    "held_percent": 30, "sends": False,
    "conditions": [{"fact": "settled_loans", "op": ">=", "value": 2},
                   {"fact": "on_time_percent", "op": ">=", "value": 80}],
}  # fmt: skip
FOR_ALL = SAID | {
    "title_zh": "周年积分", "title_en": "Points for the anniversary", "kind": "points",
    "terms_zh": "每位结清客户可得五百积分。", "terms_en": "Five hundred points for who has settled a loan.",
    "script_zh": "您好，周年庆为您准备了五百积分。",
    "script_en": "For our anniversary there are five hundred points for you.",
    "is_profiled": False, "conditions": [], "cost": Decimal(5), "offer_days": 30, "held_percent": 20,
}  # fmt: skip


def play(*, seed, by, at):
    """Let the book have tiers, a campaign that changed something, and another that waits for privacy.

    It takes a lead to draft and an officer to approve, so without such people nothing is played; once.
    """
    roles = ("cs", "cs_lead", "privacy")
    people = [Staff.objects.filter(role__name=role, is_active=True).order_by("pk").first() for role in roles]
    if Campaign.objects.exists() or not all(people):
        return
    today, (care, lead, privacy) = timezone.localdate(at), people
    ask(seed=seed, by=care, at=noon(today - timedelta(days=BEGAN + 30)))
    for ago in JUDGED:
        loyalty.tiers.judge(on=today - timedelta(days=ago), by=by, at=at)
    row = begin(lead, privacy, first=today - timedelta(days=BEGAN), last=today + timedelta(days=30))
    loyalty.drawing.draw(campaign=row, on=row.starts_on, by=by, at=noon(row.starts_on))
    change(row, seed=seed, care=care, by=by, at=at)
    for ago in MEASURED:
        loyalty.measuring.measure(campaign=row, on=today - timedelta(days=ago), by=by, at=at)
    last = today + timedelta(days=60)
    other = loyalty.campaigns.draft(starts_on=today, ends_on=last, by=lead, at=at, **FOR_ALL)
    loyalty.campaigns.propose(campaign=other, purpose="thank everybody for the year", by=lead, at=at)


def noon(day):
    return timezone.make_aware(datetime.combine(day, time(12)))


@transaction.atomic
def ask(*, seed, by, at):
    """Note who of those that have settled wants to hear of offers, as marketing.opt_in does, in one go."""
    on, rows = timezone.localdate(at), []
    with ledger.gathered():
        for borrower in Borrower.objects.settled(on=timezone.localdate()).order_by("pk"):
            random = Random(f"{seed} word {borrower.external_id}")  # noqa: S311 - a story, not a secret
            if random.randrange(1000) >= WANTS:
                continue
            is_profiled = random.randrange(1000) < CHOSEN
            words = [Consent.Purpose.MARKETING] + [Consent.Purpose.PROFILING] * is_profiled
            rows += [
                Consent(borrower=borrower, purpose=word, basis="app", given_on=on, by=by, at=at)
                for word in words
            ]
            detail = {"basis": "app", "profiling": is_profiled}
            ledger.record(what="marketing.opted_in", target=borrower, by=by, at=at, detail=detail)
    Consent.objects.bulk_create(rows, batch_size=5000)


def begin(lead, privacy, *, first, last):
    """The campaign as a lead drafts it and privacy approves it."""
    at = noon(first)
    row = loyalty.campaigns.draft(starts_on=first, ends_on=last, by=lead, at=at, **SAID)
    asked = loyalty.campaigns.propose(campaign=row, purpose="bring good customers back", by=lead, at=at)
    controls.approve(approval=asked, digest=asked.digest, by=privacy, at=at)
    row.refresh_from_db()
    return row


def change(row, *, seed, care, by, at):
    """Plant the lift: of those offered who would not have come back by themselves, so many do."""
    offered = list(
        Offer.objects.open().filter(campaign=row).select_related("borrower__source").order_by("pk")
    )
    came = set(
        Loan.objects.filter(borrower__in=[offer.borrower_id for offer in offered],
                            disbursed_on__gt=row.starts_on).values_list("borrower", flat=True)
    )  # fmt: skip
    stayed = [offer for offer in offered if offer.borrower_id not in came]
    share = LIFT * len(offered) / max(len(stayed), 1)
    for offer in offered:
        random = Random(f"{seed} campaign {offer.borrower.external_id}")  # noqa: S311 - a story
        if random.randrange(1000) < TAKES:
            told = noon(row.starts_on + timedelta(days=random.randrange(1, 60)))
            loyalty.offers.accept(offer=offer, by=care, at=told)
        if offer.borrower_id not in came and random.random() < share:
            come_back(offer.borrower, row.starts_on, random, by=by, at=at)


def come_back(borrower, first, random, *, by, at):
    """One more loan of a borrower, as the loan core would tell of it today."""
    loan = Contract(random, "cash-3", first + timedelta(days=random.randrange(3, 60)))
    if random.randrange(1000) < LATE:
        loan.stop(after=random.randrange(2))
    else:
        loan.pay("due")
    today, number = timezone.localdate(at), f"K{borrower.external_id}"
    payments = tuple(
        PaymentFacts(f"{number}-{n}", amount, noon(day), day, origin, outcome, channel, error)
        for n, (day, amount, origin, outcome, channel, error) in enumerate(loan.payments, start=1)
        if day < today
    )
    facts = LoanFacts(
        number, borrower.external_id, loan.product, CURRENCY, loan.principal, Decimal(loan.total),
        loan.disbursed_on,
        dues=tuple(Due(n, day, amount) for n, (day, amount) in enumerate(loan.dues, start=1)),
        payments=payments, annual_rate=RATE,
    )  # fmt: skip
    archive.open_loan(
        source=borrower.source, facts=(facts, BorrowerFacts(borrower.external_id)), by=by, at=at
    )

"""Small made-up histories straight into the tables, and their ten numbers computed slowly in Python."""

import random
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from reviews.actions import rules
from reviews.domain.rules import written
from reviews.models import Alert
from servicing.actions.archive import roll_up
from servicing.domain.periods import years_before
from servicing.models import Borrower, Loan, Payment, Product, Settlement, Source

ZONE = ZoneInfo("Asia/Shanghai")


def instant(day):
    return datetime.combine(day, time(9), ZONE)


def a_borrower(name="B1"):
    source, _ = Source.objects.get_or_create(code="core", defaults={"name": "core"})
    return Borrower.objects.create(
        source=source, external_id=name, reference=name, created_at=instant(date(2026, 1, 1))
    )


def a_loan(borrower, disbursed_on, *, settled_on=None, days_late=0, worst_dpd=None, failed=(), known_on=None):
    """One loan; where it is settled, with its settlement and the borrower's roll-up. `failed`: days."""
    product, _ = Product.objects.get_or_create(code="P", defaults={"name": "P"})
    loan = Loan.objects.create(
        borrower=borrower,
        product=product,
        source=borrower.source,
        external_id=f"{borrower.reference}-{Loan.objects.filter(borrower=borrower).count()}",
        principal=1000,
        total_due=1100,
        disbursed_on=disbursed_on,
        known_on=known_on or disbursed_on,
        status="settled" if settled_on else "open",
        settled_on=settled_on,
    )
    for number, day in enumerate(failed):
        Payment.objects.create(
            loan=loan,
            external_id=f"F{number}",
            amount=1,
            paid_at=instant(day),
            paid_on=day,
            known_on=day,
            borrower=borrower,
            outcome="failed",
            error_code="no_funds",
        )
    if settled_on:
        settle(loan, settled_on, days_late, worst_dpd)
    else:
        roll_up([borrower.pk], on=disbursed_on, at=instant(disbursed_on))
    return loan


def settle(loan, settled_on, days_late=0, worst_dpd=None):
    Settlement.objects.create(
        loan=loan,
        borrower=loan.borrower,
        kind="late" if days_late > 0 else "early" if days_late < 0 else "normal",
        settled_on=settled_on,
        known_on=settled_on,
        final_due_on=settled_on - timedelta(days=days_late),
        disbursed_on=loan.disbursed_on,
        days_late=days_late,
        worst_dpd=max(days_late, 0) if worst_dpd is None else worst_dpd,
        times_late=0,
        instalments=1,
        failed_payments=0,
        paid=1100,
        profile="*" * 24,
        frozen_at=instant(settled_on),
    )
    roll_up([loan.borrower_id], on=settled_on, at=instant(settled_on))


def made_up(seed, today, borrowers=25):
    """Random histories in which days coincide, years lapse and facts lie on both sides of every window."""
    dice = random.Random(seed)
    edges = (0, 1, 29, 30, 31, 89, 90, 91, 364, 729, 730, 731, 1826, 1827, 1828, 2000)
    for number in range(borrowers):
        borrower = a_borrower(f"R{seed}-{number}")
        for _ in range(dice.randint(1, 6)):
            began = today - timedelta(days=dice.choice(edges) + dice.randint(-2, 40))
            ended = began + timedelta(days=dice.choice((0, 1, 7, 30, 61)))
            late = dice.choice((-20, -1, 0, 0, 1, 8, 31, 60))
            a_loan(
                borrower,
                began,
                settled_on=ended if dice.random() < 0.8 else None,
                days_late=late,
                worst_dpd=max(late, 0) + dice.choice((0, 0, 3, 31)),
                failed=[today - timedelta(days=dice.choice(edges)) for _ in range(dice.randint(0, 2))],
            )


def expected(borrower, as_of, years=5):
    """The ten numbers by definition, or None for a borrower who has settled nothing by the day."""
    loans = [loan for loan in borrower.loans.all() if loan.disbursed_on <= as_of]
    ended = [s for s in borrower.settlements.filter(superseded_at=None) if s.settled_on <= as_of]
    if not ended:
        return None
    fresh = {s for s in ended if s.settled_on > years_before(as_of, years)}
    newest = max(ended, key=lambda s: (s.settled_on, s.loan_id))
    failed = Payment.objects.filter(loan__borrower=borrower, outcome="failed", paid_on__lte=as_of)
    returns = [
        (loan.disbursed_on - s.settled_on).days
        for s in ended
        for loan in loans
        if loan.pk != s.loan_id and loan.disbursed_on >= s.settled_on and (as_of - s.settled_on).days < 730
    ]
    return {
        "settled_loans": len(ended),
        "worst_dpd": max((s.worst_dpd for s in fresh), default=0),
        "late_share": 100 * sum(s.days_late > 0 for s in fresh) // len(ended),
        "early_share": 100 * sum(s.days_late < 0 for s in ended) // len(ended),
        "last_days_late": newest.days_late if newest in fresh else min(newest.days_late, 0),
        "days_since_payoff": (as_of - newest.settled_on).days,
        "new_loans_30": sum((as_of - loan.disbursed_on).days < 30 for loan in loans),
        "new_loans_90": sum((as_of - loan.disbursed_on).days < 90 for loan in loans),
        "failed_payments_90": sum((as_of - p.paid_on).days < 90 for p in failed),
        "quickest_return": min(returns, default=None),
    }


def an_alert(borrower, rule, *, severity=40, is_opening=False):
    """A waiting alert as a recheck would leave it."""
    known = rules.current().by_code[rule]
    evidence = {
        "as_of": "2026-11-23",
        "version": known.version,
        "conditions": written(known.conditions),
        "values": dict.fromkeys(known.features, severity),
    }
    return Alert.objects.create(
        borrower=borrower,
        rule=rule,
        rule_version=known.version,
        group=known.group,
        severity=severity,
        priority=known.priority,
        is_opening=is_opening,
        evidence=evidence,
        latest=evidence,
        opened_on=date(2026, 11, 23),
        refreshed_on=date(2026, 11, 23),
    )

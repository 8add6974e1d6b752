"""Small made-up histories straight into the tables, and their thirty numbers computed slowly in Python."""

import random
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from reviews.actions import rules
from reviews.domain.features import BY_CODE, FEATURES
from reviews.domain.rules import written
from reviews.models import Alert
from servicing.actions import external
from servicing.actions.archive import roll_up
from servicing.domain.intake.layout import ObservationFacts
from servicing.domain.periods import years_before
from servicing.models import (
    Arrear,
    Borrower,
    Consent,
    Loan,
    Observation,
    Payment,
    Product,
    Restriction,
    Settlement,
    Source,
    Staff,
)
from tests.cast import TODAY
from tests.servicing.sums import added_up, ended

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


EDGES = (0, 1, 29, 30, 31, 89, 90, 91, 179, 180, 181, 364, 365, 366, 729, 730, 731, 1826, 1827, 1828, 2000)


def made_up(seed, today, borrowers=25):
    """Random histories in which days coincide, years lapse and facts lie on both sides of every window.

    Some facts were known late, and some settlements were corrected or undone later.
    """
    dice = random.Random(seed)
    for number in range(borrowers):
        borrower = a_borrower(f"R{seed}-{number}")
        for _ in range(dice.randint(1, 6)):
            began = today - timedelta(days=dice.choice(EDGES) + dice.randint(-2, 40))
            ended = began + timedelta(days=dice.choice((0, 1, 7, 30, 61)))
            late = dice.choice((-20, -1, 0, 0, 1, 8, 31, 60))
            loan = a_loan(
                borrower,
                began,
                settled_on=ended if dice.random() < 0.8 else None,
                days_late=late,
                worst_dpd=max(late, 0) + dice.choice((0, 0, 3, 31)),
                failed=[today - timedelta(days=dice.choice(EDGES)) for _ in range(dice.randint(0, 2))],
                known_on=began + timedelta(days=dice.choice((0, 0, 0, 20))),
            )
            loan.settlements.update(
                kind=dice.choice(("normal", "late", "guarantor", "waived", "transferred"))
            )
            if loan.settled_on and dice.random() < 0.3:
                replace(loan.settlements.get(), dice)
            if not loan.settled_on:
                arrears(loan, dice)
        observe(borrower, dice, today)
        roll_up([borrower.pk], on=today, at=instant(today))


def as_known(today):
    """Take out of made-up histories whatever would become known only after the day."""
    for facts in (Settlement, Arrear, Observation):
        later = {"superseded_at": None} if facts is Settlement else {}
        if facts is not Observation:
            facts.objects.filter(known_on__gt=today).delete()
        facts.objects.filter(superseded_on__gt=today).update(superseded_on=None, **later)
    Observation.objects.filter(restored_on__gt=today).delete()
    Observation.objects.filter(withdrawn_on__gt=today).update(withdrawn_on=None)
    for facts in (Loan, Observation):
        facts.objects.filter(known_on__gt=today).update(known_on=today)
    roll_up(Borrower.objects.values_list("pk", flat=True), on=today, at=instant(today))


def replace(settlement, dice):
    """A settlement turns out to be another, or none, some days after it became known."""
    day = settlement.known_on + timedelta(days=dice.choice((0, 1, 30, 400)))
    Settlement.objects.filter(pk=settlement.pk).update(superseded_at=instant(day), superseded_on=day)
    if dice.random() < 0.6:
        settlement.pk, settlement.version, settlement.known_on = None, 2, day
        settlement.days_late, settlement.worst_dpd = 2, 40
        settlement.save(force_insert=True)


def arrears(loan, dice):
    """What an open loan waited for, version after version."""
    day, due_on = loan.known_on, loan.disbursed_on
    for number in range(1, dice.randint(2, 4)):
        due_on += timedelta(days=30)
        until = day + timedelta(days=dice.choice((0, 1, 30, 90)))
        loan.arrears.create(
            borrower=loan.borrower, oldest_due_on=due_on, number=number, grace_days=dice.choice((0, 3)),
            known_on=day, superseded_on=until,
        )  # fmt: skip
        day = until
    loan.arrears.filter(number=number).update(superseded_on=None)


def observe(borrower, dice, today):
    """What others said, some of it of one day, some of it told late or in another order."""
    kinds = ("asked", "inquiry", "inquiry", "loan", "overdue", "balance", "balance", "record", "guarantee")
    facts = []
    for number in range(dice.choice((0, 0, 4, 12))):
        kind, on = dice.choice(kinds), today - timedelta(days=dice.choice(EDGES))
        ends = dice.random() < 0.4 and kind in ("overdue", "record", "guarantee")
        facts.append(
            ObservationFacts(
                f"{borrower.reference}-{number}",
                kind,
                "" if kind == "asked" else dice.choice("AB"),
                on,
                on + timedelta(days=dice.choice((0, 10, 200))) if ends else None,
                Decimal(dice.choice(("0", "0.99", "1.5", "1000.50", "1500"))) if kind == "balance" else None,
                dice.choice((1, 35, 90)) if kind == "overdue" else None,
            )
        )
    for number, fact in enumerate(facts):
        # The first come with the source itself, the others when they were so or a week later.
        came = fact.observed_on + timedelta(days=0 if number % 2 else 7)
        external.observe(
            source=borrower.source, facts=[(borrower.pk, fact)], target=borrower,
            by=Staff.objects.get(username="operator"), at=instant(came),
        )  # fmt: skip
    if facts and dice.random() < 0.5:
        withdraw(borrower, dice, max(fact.observed_on for fact in facts))


def withdraw(borrower, dice, newest):
    """Some of what was said turns out to have come by mistake, once or again, days after the last of it."""
    for days in sorted(dice.choice(((7,), (8, 40), (20, 200)))):
        rows = borrower.observations.filter(withdrawn_on=None).order_by("pk").values_list("pk", flat=True)
        ids = [pk for pk in rows if dice.random() < 0.4]
        external.withdraw(
            source=borrower.source, ids=ids, target=borrower,
            by=Staff.objects.get(username="operator"), at=instant(newest + timedelta(days=days)),
        )  # fmt: skip


def allow(borrower, dice, today):
    """A borrower may have said what may be read, or have taken it back, or be one whose data is only kept."""
    by, at = Staff.objects.get(username="pei"), instant(today)
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        given, ends = (today - timedelta(days=dice.choice((0, 1, 30, 90, 700))) for _ in "12")
        said = dice.choice(("until_on", "withdrawn_on", None))
        over = {said: max(given, ends)} if said else {}
        Consent.objects.create(
            borrower=borrower, purpose="outside_data", basis="paper", given_on=given, by=by, at=at, **over
        )
    if dice.random() < 0.15:
        began, ends = (today - timedelta(days=dice.choice((0, 1, 30, 90))) for _ in "12")
        over = {dice.choice(("until_on", "lifted_on")): max(began, ends)} if dice.random() < 0.7 else {}
        Restriction.objects.create(
            borrower=borrower, ground="dispute", reason="the amount", from_on=began, by=by, at=at, **over
        )


def is_restricted(borrower, day):
    return any(
        row.from_on <= day and (row.until_on or day) >= day and (row.lifted_on is None or row.lifted_on > day)
        for row in borrower.restrictions.all()
    )


def may_be_read(borrower, as_of, on):
    """The borrower's newest word, as of the day of work; and no word is the word of the source."""
    words = sorted(borrower.consents.all(), key=lambda word: (word.given_on, word.pk))
    if not words:
        return borrower.source.declares_consent
    return words[-1].holds(on=on) and (borrower.source.declares_consent or words[-1].given_on <= as_of)


def expected(borrower, as_of, years=5, stale=365, on=TODAY):
    """The thirty numbers as snapshots hold them, or None for a borrower who had settled nothing on the day,
    or of whom data is only kept then or on the day of work.
    """
    found = by_definition(borrower, as_of, years, stale, on)
    return found and {
        code: value if value is None else min(value, BY_CODE[code].most) for code, value in found.items()
    }


def by_definition(borrower, as_of, years, stale, on):
    settlements = ended(borrower, as_of)
    if not settlements or is_restricted(borrower, as_of) or is_restricted(borrower, on):
        return None
    loans = list(borrower.loans.filter(known_on__lte=as_of))
    sums = added_up(settlements, loans, on=as_of, years=years)
    failed = Payment.objects.filter(loan__borrower=borrower, outcome="failed", known_on__lte=as_of)
    waiting = [
        row
        for row in Arrear.objects.filter(borrower=borrower, known_on__lte=as_of)
        if row.superseded_on is None or row.superseded_on > as_of
    ]
    late = [(as_of - row.oldest_due_on).days for row in waiting]

    def new(days):
        return sum((as_of - loan.disbursed_on).days < days for loan in loans)

    return observed(borrower, as_of, years, stale, on) | {
        "settled_loans": len(settlements),
        "worst_dpd": sums["worst_dpd"],
        "last_days_late": sums["last_days_late"],
        "average_days_late": int(Decimal(sums["late_days"]) / len(settlements) + Decimal("0.5")),
        "late_share": 100 * sums["late_loans"] // len(settlements),
        "early_share": 100 * sums["early_loans"] // len(settlements),
        "last_days_early": max(-sums["last_days_late"], 0),
        "adverse_ends": sums["adverse_ends"],
        "days_since_payoff": (as_of - sums["last_settled_on"]).days,
        "new_loans_30": new(30),
        "new_loans_90": new(90),
        "new_loans_180": new(180),
        "quickest_return": sums["quickest_return"],
        "current_dpd": max(
            (d for d, row in zip(late, waiting, strict=True) if d > row.grace_days), default=0
        ),
        "open_loans": len(loans) - len(settlements),
        "failed_payments_90": sum((as_of - p.paid_on).days < 90 for p in failed),
    }


def counts(row, day):
    """Whether a row of what others know counts on a day: it is known, and not withdrawn yet."""
    return (row.restored_on or row.known_on) <= day and (row.withdrawn_on is None or row.withdrawn_on > day)


def came(row):
    """Which of a borrower's observations came first: they are numbered."""
    return int(row.external_id.rpartition("-")[2])


def observed(borrower, as_of, years, stale, on):
    """The numbers of what others know; unknown where nothing was said for too long, or may not be read."""
    is_read = may_be_read(borrower, as_of, on)
    rows = [row for row in borrower.observations.all() if counts(row, as_of) and is_read]
    codes = [feature.code for feature in FEATURES if feature.source == "observations"]
    if not any((as_of - row.observed_on).days < stale for row in rows):
        return dict.fromkeys(codes)

    def newest(day, kind):
        """What each lender had said last of those things that were known on a day."""
        known = [row for row in rows if row.kind == kind and row.known_on <= day]
        last = {row.lender: row for row in sorted(known, key=lambda row: (row.observed_on, came(row)))}
        return list(last.values())

    def current(day, kind):
        return [row for row in newest(day, kind) if (day - row.observed_on).days < stale]

    def within(some, days):
        return sum((as_of - row.observed_on).days < days for row in some)

    def counting(kind):
        mine = [row.ended_on or row.observed_on for row in rows if row.kind == kind]
        return sum(day > years_before(as_of, years) for day in mine)

    before = as_of - timedelta(days=180)
    balance, then = (int(sum(r.amount for r in current(d, "balance"))) for d in (as_of, before))
    inquiries = [row for row in rows if row.kind == "inquiry"]
    overdue = [r.days for r in current(as_of, "overdue") if r.ended_on is None or r.ended_on > as_of]
    return {f"inquiries_{days}": within(inquiries, days) for days in (30, 90, 365)} | {
        **{f"inquirers_{days}": within(newest(as_of, "inquiry"), days) for days in (30, 90, 365)},
        "loans_elsewhere_90": within([row for row in rows if row.kind == "loan"], 90),
        "overdue_elsewhere": max(overdue, default=0),
        "overdue_lenders_365": within(newest(as_of, "overdue"), 365),
        "balance_elsewhere": min(balance, 2_000_000_000),
        "balance_growth_180": min(int(Decimal(100 * (balance - then)) / then), 32_000) if then else None,
        "lenders_elsewhere": sum(row.amount > 0 for row in current(as_of, "balance")),
        "public_records": counting("record"),
        "guarantee_claims": counting("guarantee"),
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

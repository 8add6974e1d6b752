"""What one writes first: features in Python from Django's objects, one borrower or a chunk a transaction.

Both judge again those of a sample who were just judged, so that what they write is the same once more; alerts
are compared, opened, refreshed and closed as by the recheck.
"""

from decimal import Decimal

from django.db import transaction

from reviews.domain.features import FEATURES
from reviews.domain.rules import written
from reviews.models import Alert, Snapshot
from servicing.models import Arrear, Borrower, Payment
from tests.reviews.histories import observed
from tests.servicing.sums import added_up

CODES = [feature.code for feature in FEATURES]
CHUNK = 1000


class Facts:
    """The facts of one borrower; the first three by the names that the oracle asks for."""

    def __init__(self, borrower, arrears, failed):
        self.source, self.consents, self.observations = (
            borrower.source,
            borrower.consents,
            borrower.observations,
        )
        self.settlements = [row for row in borrower.settlements.all() if row.superseded_on is None]
        self.loans, self.arrears, self.failed = list(borrower.loans.all()), arrears, failed


def features(facts, day):
    """The thirty numbers of one borrower, or None where nothing is settled."""
    if not facts.settlements:
        return None
    settled = len(facts.settlements)
    sums = added_up(facts.settlements, facts.loans, on=day)
    late = [((day - row.oldest_due_on).days, row.grace_days) for row in facts.arrears]
    ages = [(day - loan.disbursed_on).days for loan in facts.loans]
    return observed(facts, day, 5, 365, day) | {
        "settled_loans": settled,
        "worst_dpd": sums["worst_dpd"],
        "last_days_late": sums["last_days_late"],
        "average_days_late": int(Decimal(sums["late_days"]) / settled + Decimal("0.5")),
        "late_share": 100 * sums["late_loans"] // settled,
        "early_share": 100 * sums["early_loans"] // settled,
        "last_days_early": max(-sums["last_days_late"], 0),
        "adverse_ends": sums["adverse_ends"],
        "days_since_payoff": (day - sums["last_settled_on"]).days,
        **{f"new_loans_{days}": sum(age < days for age in ages) for days in (30, 90, 180)},
        "quickest_return": sums["quickest_return"],
        "current_dpd": max((days for days, grace in late if days > grace), default=0),
        "open_loans": len(facts.loans) - settled,
        "failed_payments_90": sum((day - payment.paid_on).days < 90 for payment in facts.failed),
    }


def naive(ids, *, day, ruleset):
    """Judge one borrower after the other, each in a transaction; those who came out otherwise than before."""
    differ = []
    for pk in ids:
        with transaction.atomic():
            borrower = Borrower.objects.select_for_update(of=["self"]).select_related("source").get(pk=pk)
            arrears = list(Arrear.objects.filter(borrower=borrower, superseded_on=None))
            failed = list(Payment.objects.filter(borrower=borrower, outcome="failed"))
            snapshot = Snapshot.objects.get(as_of=day, borrower=borrower)
            found = features(Facts(borrower, arrears, failed), day)
            if judged(snapshot, found, ruleset):
                differ.append(pk)
            snapshot.save(update_fields=[*CODES, "fired", "score"])
            alerts = {row.rule: row for row in Alert.objects.live().filter(borrower=borrower)}
            for alert in moved(borrower, alerts, found, ruleset, day):
                alert.save()
    return differ


def prefetching(ids, *, day, ruleset):
    """The same for chunks of borrowers, with what belongs to them fetched in one query a table."""
    differ = []
    for first in range(0, len(ids), CHUNK):
        with transaction.atomic():
            differ += chunk(ids[first : first + CHUNK], day=day, ruleset=ruleset)
    return differ


def chunk(ids, *, day, ruleset):
    arrears = grouped(Arrear.objects.filter(borrower__in=ids, superseded_on=None))
    failed = grouped(Payment.objects.filter(borrower__in=ids, outcome="failed"))
    alerts = grouped(Alert.objects.live().filter(borrower__in=ids))
    snapshots = {row.borrower_id: row for row in Snapshot.objects.filter(as_of=day, borrower__in=ids)}
    borrowers = Borrower.objects.filter(pk__in=ids).prefetch_related(
        "source", "consents", "loans", "settlements", "observations"
    )
    differ, changed = [], []
    for borrower in borrowers:
        pk = borrower.pk
        found = features(Facts(borrower, arrears.get(pk, []), failed.get(pk, [])), day)
        if judged(snapshots[pk], found, ruleset):
            differ.append(pk)
        live = {row.rule: row for row in alerts.get(pk, [])}
        changed += moved(borrower, live, found, ruleset, day)
    Snapshot.objects.bulk_create(
        snapshots.values(),
        update_conflicts=True,
        unique_fields=["as_of", "borrower_id"],
        update_fields=[*CODES, "fired", "score"],
    )
    Alert.objects.bulk_create([alert for alert in changed if alert.pk is None])
    Alert.objects.bulk_update([alert for alert in changed if alert.pk], ["latest", "status", "refreshed_on"])
    return differ


def grouped(rows):
    found = {}
    for row in rows:
        found.setdefault(row.borrower_id, []).append(row)
    return found


def judged(snapshot, found, ruleset):
    """Put the numbers into the snapshot; whether it said otherwise."""
    fired = [rule.number for rule in ruleset.rules if rule.fires(found)]
    now = found | {"fired": fired, "score": ruleset.card.score(found)}
    is_other = any(getattr(snapshot, name) != value for name, value in now.items())
    for name, value in now.items():
        setattr(snapshot, name, value)
    return is_other


def moved(borrower, live, found, ruleset, day):
    """The alerts of a borrower that open, change or close."""
    changed = []
    firing = {rule.code: rule for rule in ruleset.rules if rule.fires(found)}
    for code, rule in firing.items():
        values = {name: found[name] for name in rule.features}
        evidence = {"as_of": day.isoformat(), "version": rule.version, "values": values}
        evidence["conditions"] = written(rule.conditions)
        alert = live.get(code)
        if alert is None:
            named = {"rule": code, "rule_version": rule.version, "group": rule.group}
            named |= {"priority": rule.priority, "severity": found[rule.measure]}
            named |= {"opened_on": day, "refreshed_on": day}
            changed.append(Alert(borrower=borrower, evidence=evidence, latest=evidence, **named))
        elif {**alert.latest, "as_of": None} != {**evidence, "as_of": None}:
            alert.latest, alert.refreshed_on = evidence, day
            changed.append(alert)
    for code in live.keys() - firing.keys():
        live[code].status, live[code].closed_on = Alert.Status.CLOSED, day
        changed.append(live[code])
    return changed

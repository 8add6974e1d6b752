"""What rules and points cost of a recheck in processor time: those in force, and a hundred."""

from dataclasses import replace

from django.db import connection, transaction

from reviews.actions import features, rules, scoring
from reviews.domain.features import FEATURES
from servicing.models import BorrowerHistory
from tests.bench.house import morning
from tests.bench.memory import cpu

WIDTH, MOST, MANY = 10_000, 200_000, 100
ALL = " + ".join(f"coalesce({feature.code}, 0)" for feature in FEATURES)


def measure(day, *, each):
    """{"share", "more_at_100"} of a whole recheck that takes `each` seconds a borrower."""
    ruleset = rules.current()
    many = [turned(rule, n) for n in range(MANY) for rule in [ruleset.rules[n % len(ruleset.rules)]]]
    points = scoring.score(ruleset.card)
    asked = ["0 as score, '{}'::smallint[] as fired"]
    asked += [f"{points} as score, {rules.fired(some)} as fired" for some in (ruleset.rules, many)]
    none, now, then, people = *(spent(day, columns) for columns in asked), counted()
    return {"share": (now - none) / people / each, "more_at_100": (then - now) / people / each}


def turned(rule, number):
    """The rule with other thresholds, so that none of a hundred is the same as another."""
    other = tuple(replace(each, threshold=each.threshold + number // 10) for each in rule.conditions)
    return replace(rule, number=number + 1, conditions=other)


def counted():
    return min(BorrowerHistory.objects.count(), MOST)


def spent(day, columns):
    """Seconds of processor time for the features of the first borrowers with these columns."""
    low = BorrowerHistory.objects.order_by("pk").values_list("pk", flat=True)[0]
    named = features.parameters(as_of=day, on=day) | {"at": morning(day)}
    text = (
        f"with {features.compiled(features.RANGE)}, judged as (select *, {columns} from features offset 0) "
        f"select sum({ALL}), sum(score), sum(cardinality(fired)) from judged"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local jit = off")
        cursor.execute("set local enable_nestloop = off")
        cursor.execute("select pg_backend_pid()")
        backend = cursor.fetchone()[0]
        before = cpu(backend)
        for first in range(low, low + MOST, WIDTH):
            cursor.execute(text, named | {"low": first, "high": first + WIDTH - 1})
        return cpu(backend) - before

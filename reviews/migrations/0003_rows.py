"""The rules and the card that the product comes with. The first edition judged by what the house knows itself; the
second, in force, also by what others know."""

import hashlib
import json

from django.db import migrations
from django.utils import timezone

# (number, code, group, names, conditions, measure, worse, priority)
RULES = (
    (1, "worst_late", "repayment", ("曾严重逾期", "Was badly late"),
     [("worst_dpd", ">=", 31)], "worst_dpd", "more", 60),
    (2, "last_late", "repayment", ("最近一次逾期结清", "Last payoff came late"),
     [("last_days_late", ">=", 8)], "last_days_late", "more", 50),
    (3, "late_share", "repayment", ("经常逾期结清", "Often pays off late"),
     [("late_share", ">=", 50), ("settled_loans", ">=", 3)], "late_share", "more", 40),
    (4, "failed_payments", "repayment", ("近期扣款多次失败", "Payments keep failing"),
     [("failed_payments_90", ">=", 3)], "failed_payments_90", "more", 30),
    (5, "many_new_loans", "borrowing", ("短期内集中借款", "Several new loans at once"),
     [("new_loans_90", ">=", 4), ("new_loans_30", ">=", 2)], "new_loans_90", "more", 20),
    (6, "quick_return", "borrowing", ("结清后立即再借", "Borrows again at once"),
     [("quickest_return", "<=", 7)], "quickest_return", "less", 10),
    (7, "public_record", "repayment", ("有新的公共不良记录", "Has a public record"),
     [("public_records", ">=", 1)], "public_records", "more", 65),
    (8, "overdue_elsewhere", "repayment", ("在其他机构逾期", "Overdue elsewhere"),
     [("overdue_elsewhere", ">=", 1)], "overdue_elsewhere", "more", 58),
    (9, "many_inquiries", "borrowing", ("短期内被多家机构查询", "Asked for by many lenders"),
     [("inquirers_30", ">=", 4)], "inquirers_30", "more", 25),
    (10, "balance_grows", "borrowing", ("外部负债快速上升", "Owes much more elsewhere"),
     [("balance_growth_180", ">=", 100), ("balance_elsewhere", ">=", 50000)], "balance_growth_180", "more", 22),
)  # fmt: skip
# What was late weighs most, what was late last more than what was late once; borrowing weighs less than either.
# Years of paying as agreed speak for a person. A reader can add it up by hand, and no one feature decides alone.
CARD = {
    "worst_dpd": {"missing": 0, "bins": [[0, 0], [3, 4], [30, 12], [90, 26], [None, 40]]},
    "late_share": {"missing": 0, "bins": [[0, 0], [24, 4], [49, 10], [None, 18]]},
    "last_days_late": {"missing": 0, "bins": [[0, 0], [7, 6], [30, 14], [None, 24]]},
    "failed_payments_90": {"missing": 0, "bins": [[0, 0], [2, 4], [None, 12]]},
    "new_loans_90": {"missing": 0, "bins": [[1, 0], [3, 6], [None, 16]]},
    "quickest_return": {"missing": 0, "bins": [[7, 10], [30, 4], [None, 0]]},
    "settled_loans": {"missing": 0, "bins": [[2, 0], [5, -4], [None, -8]]},
}
BOUNDS = [14, 39]
# Not asked is not known, and gives and takes no point.
POINTS = {
    "overdue_elsewhere": {"missing": 0, "bins": [[0, 0], [30, 14], [None, 28]]},
    "inquirers_90": {"missing": 0, "bins": [[2, 0], [5, 6], [None, 14]]},
    "public_records": {"missing": 0, "bins": [[0, 0], [None, 20]]},
}
FIRST = 6  # rules of the first edition


def in_force(apps, schema_editor):
    db = schema_editor.connection.alias
    rule, version, card, edition = (
        apps.get_model("reviews", name).objects.using(db) for name in ("Rule", "RuleVersion", "Scorecard", "Edition")
    )
    now = timezone.now()
    born = {"status": "active", "drafted_at": now, "activated_at": now}
    versions = []
    for number, code, group, (zh, en), conditions, measure, worse, priority in RULES:
        made = rule.create(code=code, number=number, group=group)
        asked = [{"feature": feature, "op": op, "threshold": limit} for feature, op, limit in conditions]
        row = version.create(
            rule=made, number=1, name_zh=zh, name_en=en, conditions=asked, measure=measure, worse=worse,
            priority=priority, **born,
        )  # fmt: skip
        versions.append(row.pk)
    former = born | {"status": "retired", "retired_at": now}
    points = card.create(number=1, kind="expert", base=0, bins=CARD, bounds=BOUNDS, **former)
    digest = digested(RULES[:FIRST], CARD, BOUNDS)
    edition.create(number=1, activated_at=now, versions=versions[:FIRST], card=points, digest=digest)
    points = card.create(number=2, kind="expert", base=0, bins=CARD | POINTS, bounds=BOUNDS, **born)
    digest = digested(digest, versions, [code for _number, code, *_rest in RULES[FIRST:]], POINTS)
    edition.create(number=2, activated_at=now, versions=versions, card=points, digest=digest)


def digested(*words):
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


class Migration(migrations.Migration):
    replaces = [
        ("reviews", "0003_rules_as_data"),
        ("reviews", "0006_rules_on_observations"),
        ("reviews", "0011_coverage_by_day"),
    ]
    dependencies = [("reviews", "0002_promises")]

    operations = [migrations.RunPython(in_force, migrations.RunPython.noop)]

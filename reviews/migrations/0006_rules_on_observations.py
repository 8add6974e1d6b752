"""Four rules on what others know, and a card that gives points for it: the product's second edition.

An edition that the house made itself is left as it is, with these rules beside its own; the card of the
product follows only a card of the product.
"""

import hashlib
import json

import django.utils.timezone
from django.conf import settings
from django.db import migrations

# (code, group, names, conditions, measure, worse, priority)
RULES = (
    ("public_record", "repayment", ("有新的公共不良记录", "Has a public record"),
     [("public_records", ">=", 1)], "public_records", "more", 65),
    ("overdue_elsewhere", "repayment", ("在其他机构逾期", "Overdue elsewhere"),
     [("overdue_elsewhere", ">=", 1)], "overdue_elsewhere", "more", 58),
    ("many_inquiries", "borrowing", ("短期内被多家机构查询", "Asked for by many lenders"),
     [("inquirers_30", ">=", 4)], "inquirers_30", "more", 25),
    ("balance_grows", "borrowing", ("外部负债快速上升", "Owes much more elsewhere"),
     [("balance_growth_180", ">=", 100), ("balance_elsewhere", ">=", 50000)], "balance_growth_180", "more", 22),
)  # fmt: skip
# Not asked is not known, and gives and takes no point.
POINTS = {
    "overdue_elsewhere": {"missing": 0, "bins": [[0, 0], [30, 14], [None, 28]]},
    "inquirers_90": {"missing": 0, "bins": [[2, 0], [5, 6], [None, 14]]},
    "public_records": {"missing": 0, "bins": [[0, 0], [None, 20]]},
}


def in_force(apps, schema_editor):
    db = schema_editor.connection.alias
    rule, version, card, edition = (
        apps.get_model("reviews", name).objects.using(db)
        for name in ("Rule", "RuleVersion", "Scorecard", "Edition")
    )
    now = django.utils.timezone.now()
    born = {"status": "active", "drafted_at": now, "activated_at": now}
    number = max(rule.values_list("number", flat=True), default=0)
    for code, group, (zh, en), conditions, measure, worse, priority in RULES:
        number += 1
        made = rule.create(code=code, number=number, group=group)
        asked = [{"feature": feature, "op": op, "threshold": limit} for feature, op, limit in conditions]
        version.create(
            rule=made, number=1, name_zh=zh, name_en=en, conditions=asked, measure=measure, worse=worse,
            priority=priority, **born,
        )  # fmt: skip
    latest = edition.select_related("card").latest("number")
    points = latest.card
    if points is not None and points.number == 1:
        card.filter(pk=points.pk).update(status="retired", retired_at=now)
        points = card.create(
            number=2, kind="expert", base=points.base, bins=points.bins | POINTS, bounds=points.bounds, **born
        )
    versions = list(version.filter(status="active").order_by("rule__number").values_list("pk", flat=True))
    words = json.dumps([latest.digest, versions, [code for code, *_rest in RULES], POINTS], sort_keys=True)
    digest = hashlib.sha256(words.encode()).hexdigest()
    edition.create(
        number=latest.number + 1, activated_at=now, versions=versions, card=points, digest=digest
    )


class Migration(migrations.Migration):
    dependencies = [
        ("reviews", "0005_thirty_features"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [migrations.RunPython(in_force, migrations.RunPython.noop)]

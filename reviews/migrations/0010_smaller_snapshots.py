"""Features in two bytes where their bound fits, all in one pass over the partitions; and the product."""

import django.db.models.deletion
from django.db import migrations, models

SMALL = (
    "settled_loans", "worst_dpd", "last_days_late", "average_days_late", "late_share", "early_share",
    "last_days_early", "adverse_ends", "days_since_payoff", "new_loans_30", "new_loans_90", "new_loans_180",
    "quickest_return", "current_dpd", "open_loans", "failed_payments_90", "inquiries_30", "inquiries_90",
    "inquiries_365", "inquirers_30", "inquirers_90", "inquirers_365", "loans_elsewhere_90", "overdue_elsewhere",
    "overdue_lenders_365", "balance_growth_180", "lenders_elsewhere", "public_records", "guarantee_claims",
    "score",
)  # fmt: skip
KNOWN = {
    "settled_loans", "worst_dpd", "last_days_late", "late_share", "early_share", "days_since_payoff", "new_loans_30",
    "new_loans_90", "failed_payments_90",
}  # fmt: skip
CUT = "case when {name} is not null then greatest(least({name}, 32000), -32000) end"
CHANGES = ", ".join(f"alter column {name} type smallint using {CUT.format(name=name)}" for name in SMALL)
WIDER = ", ".join(f"alter column {name} type integer" for name in SMALL)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0009_orders_of_alerts")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"alter table reviews_snapshot {CHANGES}, add column product_id bigint",
                    f"alter table reviews_snapshot {WIDER}, drop column product_id",
                )
            ],
            state_operations=[
                *(
                    migrations.AlterField("snapshot", name, models.SmallIntegerField(null=name not in KNOWN))
                    for name in SMALL
                ),
                migrations.AddField(
                    "snapshot",
                    "product",
                    models.ForeignKey(
                        db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+", to="servicing.product",
                    ),
                ),
            ],
        )
    ]

"""Tables that only grow are swept and counted after a fiftieth of new rows: lists read from indexes alone."""

from django.db import migrations

GREAT = ("loan", "instalment", "payment", "settlement", "observation", "borrowerhistory")
EARLY = ("autovacuum_vacuum_insert_scale_factor", "autovacuum_analyze_scale_factor")
SET = ", ".join(f"{name} = 0.02" for name in EARLY)


class Migration(migrations.Migration):
    dependencies = [("servicing", "0030_counted_by_the_database")]

    operations = [
        migrations.RunSQL(
            [f"alter table servicing_{name} set ({SET})" for name in GREAT],
            [f"alter table servicing_{name} reset ({', '.join(EARLY)})" for name in GREAT],
        )
    ]

"""What the database sees to by itself, and the rules of tiers as shipped."""

from django.db import migrations
from django.utils import timezone

# What each tier asks as shipped: of loans that ended well, paid on time, and of nothing that is late now.
RUNGS = {
    "3": [("settled_loans", ">=", 3), ("on_time_percent", ">=", 95), ("months_known", ">=", 12),
          ("worst_dpd", "<=", 3), ("adverse_ends", "<=", 0), ("days_late_now", "<=", 0)],
    "2": [("settled_loans", ">=", 2), ("on_time_percent", ">=", 90), ("months_known", ">=", 6),
          ("worst_dpd", "<=", 15), ("adverse_ends", "<=", 0), ("days_late_now", "<=", 0)],
    "1": [("settled_loans", ">=", 1), ("on_time_percent", ">=", 80), ("worst_dpd", "<=", 30),
          ("adverse_ends", "<=", 0), ("days_late_now", "<=", 0)],
}
# A machine may act for the house in many ways, but never in this one.
PEOPLE = """
create function hold_is_of_people() returns trigger language plpgsql
set search_path = pg_catalog, public, pg_temp as $$
begin
    if exists (select from servicing_staff where id in (new.placed_by_id, new.confirmed_by_id, new.lifted_by_id)
               and is_machine) then
        raise exception 'a hold is placed, confirmed and lifted by people' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger hold_is_of_people before insert or update on feedback_hold
    for each row execute function hold_is_of_people();
"""


def in_force(apps, schema_editor):
    rules = apps.get_model("feedback", "TierRules").objects.using(schema_editor.connection.alias)
    now = timezone.now()
    names = ("fact", "op", "value")
    rungs = {level: [dict(zip(names, row)) for row in rows] for level, rows in RUNGS.items()}
    rules.create(number=1, rungs=rungs, status="active", drafted_at=now, activated_at=now)


class Migration(migrations.Migration):
    dependencies = [("feedback", "0001_tables")]

    operations = [
        migrations.RunSQL(PEOPLE, "drop function hold_is_of_people() cascade"),
        migrations.RunPython(in_force, migrations.RunPython.noop),
    ]

"""Snapshots live in one partition per day; the site makes one through a function and owns none."""

from django.db import migrations

PARTITION = """
alter table reviews_snapshot rename to reviews_snapshot_plain;
create table reviews_snapshot (like reviews_snapshot_plain including defaults including constraints)
    partition by list (as_of);
drop table reviews_snapshot_plain;
alter table reviews_snapshot add primary key (as_of, borrower_id);

create function snapshot_partition(day date) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    name text := 'reviews_snapshot_' || to_char(day, 'YYYYMMDD');
begin
    if day not between '2000-01-01' and '2199-12-31' then
        raise exception 'no partition for this day' using errcode = 'invalid_parameter_value';
    end if;
    -- Two runs of one new day would otherwise race between the look and the making.
    perform pg_advisory_xact_lock(hashtext('reviews_snapshot'), 0);
    if to_regclass('public.' || name) is null then
        execute format('create table public.%I partition of public.reviews_snapshot for values in (%L)', name, day);
    end if;
end $$;
revoke all on function snapshot_partition(date) from public;
"""

WHOLE = """
drop function snapshot_partition(date);
create table reviews_snapshot_plain (like reviews_snapshot including all);
drop table reviews_snapshot;
alter table reviews_snapshot_plain rename to reviews_snapshot;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial")]
    operations = [migrations.RunSQL(PARTITION, WHOLE)]

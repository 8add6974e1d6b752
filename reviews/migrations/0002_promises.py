"""Snapshots live in one partition per day, which the site makes and lets go through functions and owns none of;
and what once was in force never changes."""

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

LET_GO = """
create function snapshots_let_go(oldest date) returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    name text;
    gone integer := 0;
begin
    perform pg_advisory_xact_lock(hashtext('reviews_snapshot'), 0);
    for name in
        select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'public.reviews_snapshot'::regclass
          and c.relname ~ '^reviews_snapshot_[0-9]{8}$' and right(c.relname, 8) < to_char(oldest, 'YYYYMMDD')
          -- Nobody loses what is younger than the least that the setting allows, whoever calls.
          and to_date(right(c.relname, 8), 'YYYYMMDD') < current_date - 30
    loop
        execute format('drop table public.%I', name);
        gone := gone + 1;
    end loop;
    return gone;
end $$;
revoke all on function snapshots_let_go(date) from public;
"""
WHOLE = """
drop function snapshot_partition(date), snapshots_let_go(date);
create table reviews_snapshot_plain (like reviews_snapshot including all);
drop table reviews_snapshot;
alter table reviews_snapshot_plain rename to reviews_snapshot;
"""

# Whatever wrote it: known shapes only, and what once was in force never changes.
PROMISES = """
alter table reviews_ruleversion add constraint rule_conditions_have_their_form check (
    jsonb_typeof(conditions) = 'array' and jsonb_array_length(conditions) between 1 and 6
    and not jsonb_path_exists(conditions, '$[*] ? (!(
        @.feature like_regex "^[a-z][a-z0-9_]*$" && @.threshold.type() == "number"
        && (@.op == ">=" || @.op == ">" || @.op == "<=" || @.op == "<" || @.op == "=")))'));

create function version_guard() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    -- What putting in force, or out of it, writes.
    written constant text[] := '{status,activated_by_id,activated_at,retired_at}';
begin
    if old.status = 'draft' then
        return case when tg_op = 'DELETE' then old else new end;
    elsif tg_op = 'UPDATE' and new.status <> 'draft' and to_jsonb(old) - written = to_jsonb(new) - written then
        return new;
    end if;
    raise exception 'a version that was in force stands' using errcode = 'insufficient_privilege';
end $$;
create function edition_guard() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'an edition stands' using errcode = 'insufficient_privilege';
end $$;
revoke all on function version_guard() from public;
revoke all on function edition_guard() from public;
create trigger version_guard before update or delete on reviews_ruleversion
    for each row execute function version_guard();
create trigger version_guard before update or delete on reviews_scorecard
    for each row execute function version_guard();
create trigger edition_guard before update or delete on reviews_edition
    for each row execute function edition_guard();
"""
NO_PROMISES = """
drop function version_guard(), edition_guard() cascade;
alter table reviews_ruleversion drop constraint rule_conditions_have_their_form;
"""


class Migration(migrations.Migration):
    replaces = [
        ("reviews", "0002_partitions"),
    ]
    dependencies = [("reviews", "0001_tables")]

    operations = [
        migrations.RunSQL(PARTITION + LET_GO, WHOLE),
        migrations.RunSQL(PROMISES, NO_PROMISES),
    ]

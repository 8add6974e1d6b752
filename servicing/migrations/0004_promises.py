"""What the database itself sees to: the trail is append-only and chained at commit, what was decided stands, and
tables that only grow are swept and counted after a fiftieth of new rows, since lists read from indexes alone."""

from django.db import migrations

CHAIN = """
create function ledger_digest(prev bytea, entry servicing_ledgerentry) returns bytea
language sql immutable set search_path = pg_catalog, public as $$
    select sha256(prev || convert_to(jsonb_build_array(
        entry.id, (extract(epoch from entry.at) * 1000000)::bigint, entry.by_id, entry.what,
        entry.target_type, entry.target_id, entry.detail)::text, 'UTF8'))
$$;

create function ledger_chain() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    head servicing_ledgerhead;
    fresh bytea;
begin
    -- Somebody else's table could bring casts of its own, and they would run with the owner's rights.
    if tg_relid <> 'public.servicing_ledgerentry'::regclass then
        raise exception 'the chain is the ledger''s alone' using errcode = 'insufficient_privilege';
    end if;
    select * into strict head from servicing_ledgerhead where id = 1 for update;
    fresh := ledger_digest(head.hash, new);
    insert into servicing_ledgerlink (position, entry_id, prev, hash)
        values (head.position + 1, new.id, head.hash, fresh);
    update servicing_ledgerhead set position = head.position + 1, hash = fresh where id = 1;
    return null;
end $$;

create function ledger_refuse() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
begin
    raise exception 'the ledger is append-only' using errcode = 'insufficient_privilege';
end $$;

revoke all on function ledger_chain(), ledger_refuse() from public;

insert into servicing_ledgerhead (id, position, hash) values (1, 0, decode(repeat('00', 32), 'hex'));

-- Deferred, so that the head is locked as the last act of the transaction and for no longer.
create constraint trigger ledger_chain after insert on servicing_ledgerentry
    deferrable initially deferred for each row execute function ledger_chain();
create trigger ledger_append_only before update or delete or truncate on servicing_ledgerentry
    for each statement execute function ledger_refuse();
create trigger ledger_append_only before update or delete or truncate on servicing_ledgerlink
    for each statement execute function ledger_refuse();
create trigger ledger_append_only before delete or truncate on servicing_ledgerhead
    for each statement execute function ledger_refuse();
"""
UNCHAIN = """
drop function ledger_refuse(), ledger_chain() cascade;
delete from servicing_ledgerhead;
drop function ledger_digest(bytea, servicing_ledgerentry);
"""

# A proposal is born waiting, is decided once, and stands as it was decided, whatever the site's role tries.
GUARD = """
create function approval_guard() returns trigger
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    -- What a decision writes; what was shown is known by its digest.
    written constant text[] := '{status,decided_by_id,decided_at,deputy_for_id,reason,shown}';
begin
    if tg_op = 'INSERT' and new.status = 'waiting' then
        return new;
    elsif tg_op = 'UPDATE' and old.status = 'waiting' and to_jsonb(old) - written = to_jsonb(new) - written then
        return new;
    end if;
    raise exception 'a decided proposal stands' using errcode = 'insufficient_privilege';
end $$;

revoke all on function approval_guard() from public;

create trigger approval_guard before insert or update on servicing_approval
    for each row execute function approval_guard();
create trigger approval_stays before delete or truncate on servicing_approval
    for each statement execute function approval_guard();
"""

GREAT = ("loan", "instalment", "payment", "settlement", "observation", "borrowerhistory")
EARLY = ("autovacuum_vacuum_insert_scale_factor", "autovacuum_analyze_scale_factor")
SET = ", ".join(f"{name} = 0.02" for name in EARLY)


class Migration(migrations.Migration):
    replaces = [
        ("servicing", "0002_trail"),
        ("servicing", "0015_decided_approvals_stand"),
        ("servicing", "0031_great_tables_swept_early"),
    ]
    dependencies = [("servicing", "0003_intake_and_feed")]

    operations = [
        migrations.RunSQL(CHAIN, UNCHAIN),
        migrations.RunSQL(GUARD, "drop function approval_guard() cascade"),
        migrations.RunSQL(
            [f"alter table servicing_{name} set ({SET})" for name in GREAT],
            [f"alter table servicing_{name} reset ({', '.join(EARLY)})" for name in GREAT],
        ),
    ]

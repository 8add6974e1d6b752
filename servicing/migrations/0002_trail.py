"""The trail guards itself: append-only by trigger, chained at commit by a function of the owner."""

from django.contrib.auth.hashers import make_password
from django.db import migrations

ROLES = ["cs", "cs_lead", "risk", "risk_lead", "privacy", "admin", "auditor"]
MACHINES = ["clock", "operator"]

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
drop trigger ledger_append_only on servicing_ledgerhead;
drop trigger ledger_append_only on servicing_ledgerlink;
drop trigger ledger_append_only on servicing_ledgerentry;
drop trigger ledger_chain on servicing_ledgerentry;
delete from servicing_ledgerhead;
drop function ledger_refuse(); drop function ledger_chain();
drop function ledger_digest(bytea, servicing_ledgerentry);
"""


def people(apps, schema_editor):
    db = schema_editor.connection.alias
    Group = apps.get_model("auth", "Group")
    Staff = apps.get_model("servicing", "Staff")
    for name in ROLES:
        Group.objects.using(db).get_or_create(name=name)
    for name in MACHINES:
        Staff.objects.using(db).get_or_create(
            username=name,
            defaults={"name": name, "is_machine": True, "is_active": False, "password": make_password(None)},
        )


class Migration(migrations.Migration):
    dependencies = [("servicing", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.RunSQL(CHAIN, UNCHAIN),
        migrations.RunPython(people, migrations.RunPython.noop),
    ]

"""A proposal is born waiting, is decided once, and stands as it was decided, whatever the site's role tries."""

from django.db import migrations

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

UNGUARD = """
drop trigger approval_stays on servicing_approval;
drop trigger approval_guard on servicing_approval;
drop function approval_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("servicing", "0014_feed_ways_out")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]

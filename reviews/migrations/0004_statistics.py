"""Tables that have changed by a fifth are counted before a run, by a function: the site owns none of them."""

from django.db import migrations

# ANALYZE waits for whoever holds a table, such as a long VACUUM: a run does not wait with it.
COUNT = """
create function recheck_statistics() returns integer
language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set lock_timeout = '1s' as $$
declare
    name text;
    counted integer := 0;
begin
    for name in
        select s.relname from pg_stat_all_tables s join pg_class c on c.oid = s.relid
        where s.schemaname = 'public' and s.n_mod_since_analyze > 1000 + greatest(c.reltuples, 0) / 5
          and s.relname in ('reviews_alert', 'servicing_borrowerhistory', 'servicing_settlement', 'servicing_loan',
                            'servicing_arrear', 'servicing_payment', 'servicing_observation',
                            'servicing_consent', 'servicing_restriction')
        order by s.relname
    loop
        begin
            execute format('analyze public.%I', name);
            counted := counted + 1;
        exception when lock_not_available then null;
        end;
    end loop;
    return counted;
end $$;
revoke all on function recheck_statistics() from public;
"""


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_rows")]
    operations = [migrations.RunSQL(COUNT, "drop function recheck_statistics()")]

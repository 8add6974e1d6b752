"""Loans written off on the monitor; and what the database keeps itself, nobody else writes."""

from django.db import migrations, models

KEEP = """
create or replace function keep_oldest_due() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    -- It runs with the owner's rights, so nobody may hang it on a table of their own.
    if tg_relid <> 'public.servicing_instalment'::regclass then
        raise exception 'this is kept for instalments alone' using errcode = 'insufficient_privilege';
    end if;
    with touched as (
        select distinct loan_id from changed
    ), oldest as (
        select distinct on (i.loan_id) i.loan_id, l.borrower_id, i.number, i.due_on, i.grace_days, l.written_off_on
        from touched t
        join servicing_instalment i on i.loan_id = t.loan_id and i.cleared_on is null and i.replaced_on is null
        join servicing_loan l on l.id = i.loan_id
        order by i.loan_id, i.due_on, i.number
    ), gone as (
        delete from servicing_oldestdue o using touched t
        where o.loan_id = t.loan_id and not exists (
            select from servicing_instalment i
            where i.loan_id = t.loan_id and i.cleared_on is null and i.replaced_on is null
        )
    )
    insert into servicing_oldestdue as o (loan_id, borrower_id, number, due_on, grace_days, written_off_on)
    select loan_id, borrower_id, number, due_on, grace_days, written_off_on from oldest
    on conflict (loan_id) do update
    set number = excluded.number, due_on = excluded.due_on, grace_days = excluded.grace_days,
        written_off_on = excluded.written_off_on
    where (o.number, o.due_on, o.grace_days, o.written_off_on) is distinct from
          (excluded.number, excluded.due_on, excluded.grace_days, excluded.written_off_on);
    return null;
end $$;
create function keep_written_off() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
    if tg_relid <> 'public.servicing_loan'::regclass then
        raise exception 'this is kept for loans alone' using errcode = 'insufficient_privilege';
    end if;
    update servicing_oldestdue set written_off_on = new.written_off_on where loan_id = new.id;
    return null;
end $$;
revoke all on function keep_oldest_due(), keep_written_off() from public;
create trigger written_off_after_update after update of written_off_on on servicing_loan
    for each row when (old.written_off_on is distinct from new.written_off_on)
    execute function keep_written_off();
update servicing_oldestdue o set written_off_on = l.written_off_on
from servicing_loan l where l.id = o.loan_id and l.written_off_on is not null;
"""
UNKEEP = """
drop trigger written_off_after_update on servicing_loan;
drop function keep_written_off();
create or replace function keep_oldest_due() returns trigger language plpgsql security invoker as $$
begin
    with touched as (
        select distinct loan_id from changed
    ), oldest as (
        select distinct on (i.loan_id) i.loan_id, l.borrower_id, i.number, i.due_on, i.grace_days
        from touched t
        join servicing_instalment i on i.loan_id = t.loan_id and i.cleared_on is null and i.replaced_on is null
        join servicing_loan l on l.id = i.loan_id
        order by i.loan_id, i.due_on, i.number
    ), gone as (
        delete from servicing_oldestdue o using touched t
        where o.loan_id = t.loan_id and not exists (
            select from servicing_instalment i
            where i.loan_id = t.loan_id and i.cleared_on is null and i.replaced_on is null
        )
    )
    insert into servicing_oldestdue as o (loan_id, borrower_id, number, due_on, grace_days)
    select loan_id, borrower_id, number, due_on, grace_days from oldest
    on conflict (loan_id) do update
    set number = excluded.number, due_on = excluded.due_on, grace_days = excluded.grace_days
    where (o.number, o.due_on, o.grace_days) is distinct from
          (excluded.number, excluded.due_on, excluded.grace_days);
    return null;
end $$;
alter function keep_oldest_due() reset search_path;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('servicing', '0012_follow_up'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='oldestdue',
            name='oldest_due_by_day',
        ),
        migrations.AddField(
            model_name='oldestdue',
            name='written_off_on',
            field=models.DateField(null=True),
        ),
        migrations.AddIndex(
            model_name='oldestdue',
            index=models.Index(fields=['due_on', 'loan'], include=('borrower', 'number', 'grace_days', 'written_off_on'), name='oldest_due_by_day'),
        ),
        migrations.RunSQL(KEEP, UNKEEP),
    ]

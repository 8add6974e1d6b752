"""What the database keeps by itself, and nobody else writes: the oldest unpaid instalment of each loan on the
monitor, and the counts that lists and tiles of a great book are told by."""

from django.db import migrations

OLDEST_DUE = """
create function keep_oldest_due() returns trigger
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
create trigger oldest_due_after_insert after insert on servicing_instalment
    referencing new table as changed for each statement execute function keep_oldest_due();
create trigger oldest_due_after_update after update on servicing_instalment
    referencing new table as changed for each statement execute function keep_oldest_due();
create trigger oldest_due_after_delete after delete on servicing_instalment
    referencing old table as changed for each statement execute function keep_oldest_due();
create trigger written_off_after_update after update of written_off_on on servicing_loan
    for each row when (old.written_off_on is distinct from new.written_off_on)
    execute function keep_written_off();
"""

GUARD = """
    -- It runs with the owner's rights, so nobody may hang it on a table of their own.
    if tg_relid <> 'public.{table}'::regclass then
        raise exception 'this is kept for {table} alone' using errcode = 'insufficient_privilege';
    end if;
"""
FUNCTION = """
create function {name}() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
""" + GUARD + "{body}" + """
    return {result};
end $$;
revoke all on function {name}() from public;
"""
TRIGGERS = """
create trigger {name}_after_insert after insert on {table}
    referencing new table as come for each statement execute function {name}();
create trigger {name}_after_update after update on {table}
    referencing old table as gone new table as come for each statement execute function {name}();
create trigger {name}_after_delete after delete on {table}
    referencing old table as gone for each statement execute function {name}();
"""
COUNTED = """
        insert into servicing_tally (month, kind, digit, number)
        select date_trunc('month', c.settled_on)::date, c.kind, right(b.reference, 1), {sign}count(*)
        from {rows} c join servicing_borrower b on b.id = c.borrower_id
        where c.superseded_at is null group by 1, 2, 3;"""
PEOPLE = """
        insert into servicing_tally (month, kind, digit, number)
        select null, '', right(b.reference, 1), {sign}count(*)
        from {rows} c join servicing_borrower b on b.id = c.borrower_id group by 3;"""
FORMER = """
        update servicing_oldestdue o set former_kind = f.kind, former_on = f.settled_on
        from (select distinct borrower_id from {rows}) t left join lateral (
            select s.kind, s.settled_on from servicing_settlement s
            where s.borrower_id = t.borrower_id and s.superseded_at is null
            order by s.settled_on desc, s.loan_id desc limit 1
        ) f on true
        where o.borrower_id = t.borrower_id
          and (o.former_kind, o.former_on) is distinct from (f.kind, f.settled_on);"""
COME, GONE = {"rows": "come", "sign": ""}, {"rows": "gone", "sign": "-"}
SETTLEMENTS = f"""
    if tg_op <> 'DELETE' then{COUNTED.format(**COME)}
    end if;
    if tg_op <> 'INSERT' then{COUNTED.format(**GONE)}
    end if;
    if tg_op = 'DELETE' then{FORMER.format(**GONE)}
    else{FORMER.format(**COME)}
    end if;"""
# A history that changes is still that of one borrower.
HISTORIES = f"""
    if tg_op = 'INSERT' then{PEOPLE.format(**COME)}
    else{PEOPLE.format(**GONE)}
    end if;"""
NEW_LOAN = """
    select s.kind, s.settled_on into new.former_kind, new.former_on from servicing_settlement s
    where s.borrower_id = new.borrower_id and s.superseded_at is null
    order by s.settled_on desc, s.loan_id desc limit 1;"""
FOLD = """
create function fold_tallies() returns integer
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
    folded integer;
begin
    with many as (
        select month, kind, digit from servicing_tally group by 1, 2, 3 having count(*) > 1
    ), taken as (
        delete from servicing_tally t using many m
        where t.month is not distinct from m.month and t.kind = m.kind and t.digit = m.digit
        returning t.*
    ), sums as (
        insert into servicing_tally (month, kind, digit, number)
        select month, kind, digit, sum(number) from taken group by 1, 2, 3 having sum(number) <> 0
    )
    select count(*) into folded from taken;
    return folded;
end $$;
revoke all on function fold_tallies() from public;
"""
TALLIES = (
    FUNCTION.format(name="keep_settlements", table="servicing_settlement", body=SETTLEMENTS, result="null")
    + TRIGGERS.format(name="keep_settlements", table="servicing_settlement")
    + FUNCTION.format(name="keep_settled", table="servicing_borrowerhistory", body=HISTORIES, result="null")
    + """
create trigger keep_settled_after_insert after insert on servicing_borrowerhistory
    referencing new table as come for each statement execute function keep_settled();
create trigger keep_settled_after_delete after delete on servicing_borrowerhistory
    referencing old table as gone for each statement execute function keep_settled();
"""
    + FUNCTION.format(name="keep_former", table="servicing_oldestdue", body=NEW_LOAN, result="new")
    + """
create trigger keep_former_before_insert before insert on servicing_oldestdue
    for each row execute function keep_former();
"""
    + FOLD
)
UNKEEP = """
drop function keep_oldest_due(), keep_written_off(), keep_settlements(), keep_settled(), keep_former() cascade;
drop function fold_tallies();
"""


class Migration(migrations.Migration):
    replaces = [
        ("servicing", "0013_written_off"),
        ("servicing", "0030_counted_by_the_database"),
    ]
    dependencies = [("servicing", "0004_promises")]

    operations = [migrations.RunSQL(OLDEST_DUE + TALLIES, UNKEEP)]

"""A skewed portfolio of any size for measurements, made inside the database from a seed and a day.

Its people have no names. Loans and observations are written in the order of their days, so that the rows of
one borrower lie scattered, as in life. Instalments and payments lead to the settlements: those are added up
from them. It is INSERT .. SELECT and not COPY, because nothing then leaves the server: rows are drawn, sorted
and written by one statement, about three times as fast as rows that a client makes and sends.
"""

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import archive, ledger
from servicing.actions.archive.knowledge import note_arrears
from servicing.models import Borrower, Product, Source

CODE = "made"
# Code of the product: (instalments, days from one to the next).
PRODUCTS = {"made-3": (3, 30), "made-6": (6, 30), "made-12": (12, 30), "made-24": (24, 15)}
# Borrowers of one transaction.
CHUNK = 20_000


def drawn(number, salt):
    """A number from 0 on that looks random, of a number and what it is for."""
    return f"(hashint8extended({number}, %(seed)s * 100 + {salt}) & 2147483647)::integer"


# Drawn by a borrower's number and not by his id: a seed makes one book, whatever was there before.
PEOPLE = (
    "select id as b, substr(external_id, 2)::bigint as who from servicing_borrower where id = any(%(ids)s)"
)
EACH = "who * 64 + k"
BORROWERS = """
insert into servicing_borrower (source_id, external_id, reference, created_at)
select %(source)s, 'M' || n, 'M' || n, %(at)s from generate_series(%(first)s::bigint, %(last)s::bigint) n
returning id
"""
# What a trigger keeps otherwise.
OLDEST = """, oldest as (
    insert into servicing_oldestdue (loan_id, borrower_id, number, due_on, grace_days)
    select distinct on (id) id, b, n, due_on, 0 from plan where cleared_on is null order by id, n
)"""
# Most have one or two loans, a few have fourteen; everybody's first has ended. Seven loans of a hundred end
# late, one of fifty has an instalment in the middle that comes twelve days late, one of 97 is paid off
# by a guarantor. Of three open loans in ten nothing has been paid for up to forty days.
LOANS = f"""
with people as (
    select *, {drawn("who", 0)} %% 100 as luck from ({PEOPLE}) as numbered
), drawn as (
    select b, k, {drawn(EACH, 1)} %% 1500 as ago, 1 + {drawn(EACH, 2)} %% 4 as product,
           {drawn(EACH, 3)} %% 100 as how, {drawn(EACH, 5)} as luck, {drawn(EACH, 6)} as days
    from people cross join lateral generate_series(1, case
        when luck < 35 then 1 when luck < 60 then 2 when luck < 80 then 3 when luck < 92 then 5
        when luck < 98 then 8 else 14 end) k
), termed as (
    select *, (%(products)s::bigint[])[product] as product_id, (%(numbers)s::integer[])[product] as number,
           (%(steps)s::integer[])[product] as step, 1200 * (1 + luck %% 20) as total,
           case when how < 40 then -(days %% 25) when how < 93 then 0
                when how < 99 then 1 + days %% 20 else 31 + days %% 60 end as late
    from drawn
), timed as (
    select *, %(today)s::date - 30 - ago - case when k = 1 then number * step + 60 else 0 end as began
    from termed
), made as materialized (
    select nextval(pg_get_serial_sequence('servicing_loan', 'id')) as id, *,
           began + number * step + late as ended,
           %(today)s::date - case when days %% 10 < 3 then days %% 40 else 0 end as paid_until,
           began + number * step + late <= %(today)s::date as is_settled
    from (select * from timed order by began, b, k) as ordered
), plan as materialized (
    select *, case when is_settled or cleared <= paid_until then cleared end as cleared_on
    from (select id, b, n, began + n * step as due_on, total / number as amount, is_settled, paid_until,
                 luck %% 97 = 0 and n = number as is_guaranteed,
                 case when n = number then ended else least(ended, began + n * step + case
                     when luck %% 50 = 0 and n = 1 + days %% number then 12 else 0 end) end as cleared
          from made cross join lateral generate_series(1, number) n) as laid
), failures as (
    select id, b, n, least(ended, %(today)s::date) - n as failed_on, total / number as amount
    from made cross join generate_series(1, 3) n where luck %% 20 < n
), loans as (
    insert into servicing_loan (id, borrower_id, product_id, source_id, external_id, currency, principal,
                                total_due, disbursed_on, grace_days, status, settled_on, known_on)
    select id, b, product_id, %(source)s, 'M' || id, 'CNY', total - total / 25, total, began, 0,
           case when is_settled then 'settled' else 'open' end, case when is_settled then ended end, began
    from made
), instalments as (
    insert into servicing_instalment (loan_id, number, due_on, amount, grace_days, cleared_on)
    select id, n, due_on, amount, 0, cleared_on from plan order by id, n
), payments as (
    insert into servicing_payment (loan_id, borrower_id, external_id, amount, paid_at, paid_on, origin,
                                   outcome, channel, error_code, known_on)
    select id, case when is_failed then b end, case when is_failed then 'F' else 'P' end || n, amount,
           day + time '04:00' at time zone 'UTC', day, origin,
           case when is_failed then 'failed' else 'succeeded' end, '',
           case when is_failed then 'no_funds' else '' end, day
    from (select id, b, n, cleared_on as day, amount, false as is_failed,
                 case when is_guaranteed then 'guarantor' else 'borrower' end as origin
          from plan where cleared_on is not null
          union all
          select id, b, n, failed_on, amount, true, 'borrower' from failures) as moved
    order by day, id, n
){{oldest}}, lateness as (
    select id, max(greatest(cleared_on - due_on, 0)) as worst,
           count(*) filter (where cleared_on > due_on) as times, sum(amount) as paid
    from plan where is_settled group by id
)
insert into servicing_settlement (loan_id, borrower_id, version, kind, settled_on, final_due_on, disbursed_on,
    days_late, worst_dpd, times_late, instalments, failed_payments, paid, overpaid, profile, reported,
    frozen_at, known_on)
select id, b, 1, case when luck %% 97 = 0 then 'guarantor' when late > 0 then 'late'
                      when late < 0 then 'early' else 'normal' end,
       ended, ended - late, began, late, worst, times, number,
       greatest(3 - luck %% 20, 0), paid, 0, 'C', '[]', %(at)s, ended
from made join lateness using (id) order by ended, id
"""  # noqa: S608 - our own names
# Of a dozen one was never asked about; a few are known to many lenders.
SAID = f"""
with people as (
    select *, {drawn("who", 10)} %% 100 as luck from ({PEOPLE}) as numbered
), things as (
    select b, who, k, (array['asked', 'inquiry', 'inquiry', 'inquiry', 'inquiry', 'balance', 'balance',
                             'balance', 'balance', 'loan'])[1 + {drawn(EACH, 15)} %% 10] as kind
    from people cross join lateral generate_series(1, case
        when luck < 40 then 2 when luck < 75 then 5 when luck < 95 then 10 else 24 end) k
    where luck >= 8
    union all
    select b, who, 60, case when luck = 50 then 'overdue' else 'asked' end from people where luck >= 8
), said as (
    select b, k, kind, {drawn(EACH, 12)} as luck, %(today)s::date - {drawn(EACH, 13)} %% 700 as day,
           case when kind = 'asked' then '' else 'L' || {drawn(EACH, 14)} %% 40 end as lender
    from things
)
insert into servicing_observation (borrower_id, source_id, external_id, kind, lender, observed_on, amount,
                                   days, known_on, superseded_on, arrived_at)
select b, %(source)s, 'M' || b || '-' || k, kind, lender, day,
       case when kind = 'balance' then 100 * (1 + luck %% 300) end,
       case when kind = 'overdue' then 1 + luck %% 120 end, day,
       lead(day) over (partition by b, kind, lender order by day, k), %(at)s
from said order by day, b, k
"""  # noqa: S608 - our own names


def make(*, borrowers, seed, by, at, progress=None):
    """Write a portfolio of so many borrowers; one that is there is added to. How many were written.

    `progress` is called with (done, borrowers).
    """
    there = Borrower.objects.filter(source__code=CODE).count()
    for first in range(there + 1, borrowers + 1, CHUNK):
        last = min(first + CHUNK - 1, borrowers)
        make_some(first=first, last=last, seed=seed, by=by, at=at)
        if progress:
            progress(last, borrowers)
    return max(borrowers - there, 0)


@transaction.atomic
def make_some(*, first, last, seed, by, at):
    """Write the borrowers of these numbers, of whom none is there."""
    today = timezone.localdate(at)
    source, _ = Source.objects.get_or_create(code=CODE, defaults={"name": "Made up", "opened_on": today})
    named = {"source": source.pk, "seed": seed, "today": today, "at": at, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '256MB'")
        cursor.execute(BORROWERS, named)
        named |= products() | {"ids": [row[0] for row in cursor]}
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if may_skip := cursor.fetchone()[0]:
            # References are true by construction, and to look each of them up takes longer than all the rest.
            cursor.execute("set local session_replication_role = replica")
        cursor.execute(LOANS.format(oldest=OLDEST if may_skip else ""), named)
        cursor.execute(SAID, named)
        if may_skip:
            cursor.execute("set local session_replication_role = origin")
    note_arrears(named["ids"], at=at)
    archive.roll_up(named["ids"], on=today, at=at)
    ledger.record(what="portfolio.made", target=source, by=by, at=at, detail={"count": len(named["ids"])})


def products():
    """The columns of the products, in one order."""
    numbers, steps = zip(*PRODUCTS.values(), strict=True)
    ids = [Product.objects.get_or_create(code=code, defaults={"name": code})[0].pk for code in PRODUCTS]
    return {"products": ids, "numbers": list(numbers), "steps": list(steps)}

"""A skewed portfolio of any size for measurements, made inside the database from a seed and a day.

Its people have no names. Loans and observations are written in the order of their days, so that the rows of
one borrower lie scattered, as in life. It has settlements, and no instalments that led to them.
"""

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import archive, ledger
from servicing.models import Borrower, Product, Source

CODE, PRODUCTS = "made", ("made-1", "made-3", "made-6", "made-12")
# Borrowers of one transaction.
CHUNK = 20_000


def drawn(number, salt):
    """A number from 0 on that looks random, of an id and what it is for."""
    return f"(hashint8extended({number}, %(seed)s * 100 + {salt}) & 2147483647)::integer"


EACH = "b * 64 + k"
BORROWERS = """
insert into servicing_borrower (source_id, external_id, reference, created_at)
select %(source)s, 'M' || n, 'M' || n, %(at)s from generate_series(%(first)s::bigint, %(last)s::bigint) n
returning id
"""
# Most have one or two loans, a few have fourteen; one loan of twelve is open, seven of a hundred end late.
LOANS = f"""
with people as (
    select id as b, {drawn("id", 0)} %% 100 as luck from unnest(%(ids)s::bigint[]) id
), drawn as (
    select b, k, %(today)s::date - 30 - {drawn(EACH, 1)} %% 1500 as began,
           30 + 30 * ({drawn(EACH, 2)} %% 6) as span, {drawn(EACH, 3)} %% 100 as how,
           {drawn(EACH, 4)} %% 12 = 0 as is_open, {drawn(EACH, 5)} as luck, {drawn(EACH, 6)} as days
    from people cross join lateral generate_series(1, case
        when luck < 35 then 1 when luck < 60 then 2 when luck < 80 then 3 when luck < 92 then 5
        when luck < 98 then 8 else 14 end) k
), timed as (
    select *, case when how < 40 then -(days %% 25) when how < 93 then 0
                   when how < 99 then 1 + days %% 20 else 31 + days %% 60 end as late from drawn
), made as materialized (
    select nextval(pg_get_serial_sequence('servicing_loan', 'id')) as id, *, began + span + late as ended
    from (select * from timed order by began, b, k) as ordered
), placed as materialized (
    select *, not is_open and ended <= %(today)s::date as is_settled from made
), loans as (
    insert into servicing_loan (id, borrower_id, product_id, source_id, external_id, currency, principal,
                                total_due, disbursed_on, grace_days, status, settled_on, known_on)
    select id, b, (%(products)s::bigint[])[1 + luck %% 4], %(source)s, 'M' || id, 'CNY', 1000, 1100, began, 0,
           case when is_settled then 'settled' else 'open' end, case when is_settled then ended end, began
    from placed
), ends as (
    insert into servicing_settlement (loan_id, borrower_id, version, kind, settled_on, final_due_on,
        disbursed_on, days_late, worst_dpd, times_late, instalments, failed_payments, paid, overpaid,
        profile, reported, frozen_at, known_on)
    select id, b, 1, case when luck %% 97 = 0 then 'guarantor' when late > 0 then 'late'
                          when late < 0 then 'early' else 'normal' end,
           ended, ended - late, began, late, greatest(late, 0) + case when luck %% 50 = 0 then 12 else 0 end,
           0, 1, 0, 1100, 0, 'C', '[]', %(at)s, ended
    from placed where is_settled order by ended, id
), waits as (
    insert into servicing_arrear (loan_id, borrower_id, oldest_due_on, number, grace_days, known_on)
    select id, b, greatest(began, %(today)s::date - 10 + luck %% 50), 1, 3, began
    from placed where not is_settled order by id
)
insert into servicing_payment (loan_id, borrower_id, external_id, amount, paid_at, paid_on, origin, outcome,
                               channel, error_code, known_on)
select id, b, 'F' || n, 100, %(at)s, least(ended, %(today)s::date) - n, 'borrower', 'failed', '', 'no_funds',
       least(ended, %(today)s::date) - n
from placed cross join generate_series(1, 3) n where luck %% 20 < n and span > n order by ended, id
"""  # noqa: S608 - our own names
# Of a dozen one was never asked about; a few are known to many lenders.
SAID = f"""
with people as (
    select id as b, {drawn("id", 10)} %% 100 as luck from unnest(%(ids)s::bigint[]) id
), things as (
    select b, k, (array['asked', 'inquiry', 'inquiry', 'inquiry', 'inquiry', 'balance', 'balance', 'balance',
                        'balance', 'loan'])[1 + {drawn(EACH, 15)} %% 10] as kind
    from people cross join lateral generate_series(1, case
        when luck < 40 then 2 when luck < 75 then 5 when luck < 95 then 10 else 24 end) k
    where luck >= 8
    union all
    select b, 60, case when luck = 50 then 'overdue' else 'asked' end from people where luck >= 8
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
    today = timezone.localdate(at)
    source, _ = Source.objects.get_or_create(code=CODE, defaults={"name": "Made up", "opened_on": today})
    there = Borrower.objects.filter(source=source).count()
    products = [Product.objects.get_or_create(code=code, defaults={"name": code})[0].pk for code in PRODUCTS]
    named = {"source": source.pk, "seed": seed, "today": today, "at": at, "products": products}
    for first in range(there + 1, borrowers + 1, CHUNK):
        last = min(first + CHUNK - 1, borrowers)
        make_some(named | {"first": first, "last": last}, source, by=by, at=at)
        if progress:
            progress(last, borrowers)
    return max(borrowers - there, 0)


@transaction.atomic
def make_some(named, source, *, by, at):
    with connection.cursor() as cursor:
        cursor.execute(BORROWERS, named)
        named = named | {"ids": [row[0] for row in cursor]}
        cursor.execute(LOANS, named)
        cursor.execute(SAID, named)
    archive.roll_up(named["ids"], on=named["today"], at=at)
    ledger.record(what="portfolio.made", target=source, by=by, at=at, detail={"count": len(named["ids"])})

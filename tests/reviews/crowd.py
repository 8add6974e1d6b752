"""Many borrowers at once, made by the database itself: skewed counts, the same for the same size."""

from datetime import UTC, datetime, time

from django.db import connection

from servicing.actions.archive import roll_up
from servicing.models import Borrower

# Loans stand in chronological order, so that one borrower's rows are scattered as they are in life.
CROWD = """
insert into servicing_source (code, name, zone, declares_consent)
values ('crowd', 'crowd', 'Asia/Shanghai', false);
insert into servicing_product (code, name, conventions) values ('crowd', 'crowd', '{}');

insert into servicing_borrower (source_id, external_id, reference, created_at)
select s.id, 'C' || n, 'C' || n, now() from servicing_source s, generate_series(1, %(count)s) n
where s.code = 'crowd';

insert into servicing_loan (borrower_id, product_id, source_id, external_id, currency, principal, total_due,
                            disbursed_on, known_on, grace_days, status, settled_on)
select borrower, p.id, s.id, external, 'CNY', 1000, 1100, began, began, 0,
       case when is_open then 'open' else 'settled' end, case when not is_open then began + 30 + late end
from (
    select b.id as borrower, b.external_id || '-' || k as external,
           %(today)s::date - (720 - 120 * k + mod(d.dice, 50)::int) as began,
           k > 1 and mod(d.dice, 7) = 0 as is_open,
           (case when mod(d.dice, 100) < 3 then 35 when mod(d.dice, 100) < 7 then 9
                 when mod(d.dice, 100) < 50 then 0 else -4 end) as late
    from servicing_borrower b
    join servicing_source s on s.id = b.source_id and s.code = 'crowd'
    cross join lateral generate_series(1, 1 + mod(abs(hashtext(b.external_id)::bigint), 5)::int) k
    cross join lateral (select abs(hashtext(b.external_id || ':' || k)::bigint) as dice) d
) made, servicing_product p, servicing_source s
where p.code = 'crowd' and s.code = 'crowd' order by began, borrower;

insert into servicing_settlement (loan_id, borrower_id, version, kind, settled_on, final_due_on, disbursed_on,
    days_late, worst_dpd, times_late, instalments, failed_payments, paid, overpaid, profile, reported,
    frozen_at, known_on)
select id, borrower_id, 1, case when late > 0 then 'late' when late < 0 then 'early' else 'normal' end,
       settled_on, disbursed_on + 30, disbursed_on, late, greatest(late, 0), (late > 0)::int,
       1, 0, 1100, 0, '', '[]', now(), settled_on
from (select *, settled_on - disbursed_on - 30 as late from servicing_loan where settled_on is not null) l
where settled_on <= %(today)s::date order by settled_on, id;

insert into servicing_payment (loan_id, external_id, amount, paid_at, paid_on, origin, outcome,
                               channel, error_code, borrower_id, known_on)
select l.id, 'F' || n, 1, l.disbursed_on, l.disbursed_on + n, 'borrower', 'failed', '', 'no_funds',
       l.borrower_id, l.disbursed_on + n
from servicing_loan l cross join generate_series(1, 3) n where mod(l.id, 40) = 0;
"""


def crowd(count, *, today):
    """Fill the tables with `count` borrowers, each with a loan settled before `today`."""
    with connection.cursor() as cursor:
        cursor.execute(CROWD, {"count": count, "today": today})
    at = datetime.combine(today, time(9), UTC)
    roll_up(Borrower.objects.filter(source__code="crowd").values_list("pk", flat=True), on=today, at=at)

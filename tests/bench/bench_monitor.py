"""How fast the monitor is over many open loans: `python3 manage.py test tests/bench/bench_monitor.py -s`.

AFTERCARE_BENCH_LOANS says how many (100,000); one in twenty is late, each has twelve instalments.
"""

import os
import time

import pytest
from django.utils import timezone

from servicing.models import OldestDue
from tests import stories
from tests.conftest import owner
from tests.servers import DATABASE

LOANS = int(os.environ.get("AFTERCARE_BENCH_LOANS", "100000"))

# One borrower, one settled and one open loan each; the shape of the dates is what the plans depend on.
FILL = """
insert into servicing_borrower (id, source_id, external_id, reference, created_at)
select i, %(source)s, 'M' || i, 'M' || i, now() from generate_series(10000001, 10000000 + %(loans)s) i;
insert into servicing_loan (id, borrower_id, product_id, source_id, external_id, currency, principal,
    total_due, disbursed_on, grace_days, status, settled_on)
select i * 2, i, %(product)s, %(source)s, 'F' || i, 'CNY', 1200, 1200, %(on)s::date - 400, 0, 'settled',
    %(on)s::date - 100 from generate_series(10000001, 10000000 + %(loans)s) i
union all
select i * 2 + 1, i, %(product)s, %(source)s, 'O' || i, 'CNY', 1200, 1200, %(on)s::date - 90, 0, 'open', null
from generate_series(10000001, 10000000 + %(loans)s) i;
insert into servicing_settlement (loan_id, borrower_id, version, kind, settled_on, final_due_on, disbursed_on,
    days_late, worst_dpd, times_late, instalments, failed_payments, paid, overpaid, profile, reported,
    frozen_at)
select i * 2, i, 1, (array['early', 'normal', 'late', 'waived'])[1 + i %% 4], %(on)s::date - 100,
    %(on)s::date - 100, %(on)s::date - 400, 0, 0, 0, 12, 0, 1200, 0, 'C', '[]', now()
from generate_series(10000001, 10000000 + %(loans)s) i;
analyze servicing_borrower;
analyze servicing_loan;
analyze servicing_settlement;
insert into servicing_instalment (loan_id, number, due_on, amount, grace_days, cleared_on)
select i * 2 + 1, n, due, 100, 0, case when due < %(on)s::date and i %% 20 > 0 then due
    when n = 1 and i %% 40 = 0 then due end
from generate_series(10000001, 10000000 + %(loans)s) i, generate_series(1, 12) n,
    lateral (select %(on)s::date - 60 + i %% 30 + 30 * (n - 1) as due) d;
analyze servicing_instalment;
analyze servicing_oldestdue;
"""
QUESTIONS = ("", "?tab=first", "?tab=soon", "?tab=all", "?sort=-due", "?bucket=1&former=late")


@pytest.fixture
def book(ana):
    """Committed and analysed by the owner, as a database is that lives."""
    seed = stories.a_loan(stories.a_borrower())
    facts = {"loans": LOANS, "on": timezone.localdate(), "source": seed.source_id, "product": seed.product_id}
    with owner(DATABASE) as db, db.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, facts)
    return ana


@pytest.mark.django_db(transaction=True)
def test_pages_and_refreshes(client, book):
    client.force_login(book)
    print(f"\n{LOANS:,} open loans")
    for query in QUESTIONS:
        for url in (f"/monitor/{query}", f"/monitor/live/{query}"):
            began = time.perf_counter()
            response = client.get(url)
            spent = time.perf_counter() - began
            assert response.status_code == 200
            print(f"{1000 * spent:7.0f} ms  {url}  {response.context['counts']}")
    on = timezone.localdate()
    print(
        OldestDue.objects.monitored(on=on)
        .for_monitor_page()
        .late(on=on)
        .order_by("due_on", "pk")[:26]
        .explain()
    )

"""How long pages take before a great book: `python3 manage.py test tests/bench/bench_pages.py -s`.

AFTERCARE_BORROWERS says how many there are. Everything is asked through Django's own client as somebody of
the role that uses the page: middleware, rights, queries and rendering.
"""

import os
import statistics
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from config.portfolio import million
from reviews.actions import recheck
from reviews.models import Alert, Case
from servicing.actions import privacy
from servicing.domain.archive import DIGITS
from servicing.models import Borrower, LedgerEntry, Settlement, Staff
from servicing.pages import Keyset

BORROWERS = int(os.environ.get("AFTERCARE_BORROWERS", "20000"))
ROUNDS = 20
# Of so many borrowers the identity is really sealed; the others have numbers that nobody looks for.
KNOWN = 200
PHONE = "100{:08d}"
IDENTITY = "990101199001{:06d}"
# What a made portfolio leaves out and pages look at: identities, plans of open loans, steps, a long trail.
FILL = (
    """update servicing_borrower set phone_index = decode(md5('p' || id), 'hex'),
           national_id_index = decode(md5('n' || id), 'hex'),
           reference = 'R' || substr(reference, 2) || substr(%(digits)s, 1 + (id %% 32)::integer, 1)
       where phone_index is null""",
    """insert into servicing_instalment (loan_id, number, due_on, amount, grace_days)
       select a.loan_id, n, a.oldest_due_on + 30 * (n - 1), 100, 3
       from servicing_arrear a cross join generate_series(1, 3) n
       where not exists (select from servicing_instalment i where i.loan_id = a.loan_id)""",
    """insert into servicing_payoffstep (loan_id, version, kind, status, due_on, amount, note)
       select loan_id, 1, what, 'open', settled_on + 3, 0, ''
       from servicing_settlement, unnest(array['mandate', 'reminders', 'record']) what
       where settled_on > %(on)s::date - 5 on conflict do nothing""",
)
# The references have changed, by which it is counted.
TALLIES = """
truncate servicing_tally;
insert into servicing_tally (month, kind, digit, number)
select date_trunc('month', c.settled_on)::date, c.kind, right(b.reference, 1), count(*)
from servicing_settlement c join servicing_borrower b on b.id = c.borrower_id
where c.superseded_at is null group by 1, 2, 3
union all
select null, '', right(b.reference, 1), count(*)
from servicing_borrowerhistory c join servicing_borrower b on b.id = c.borrower_id group by 3
"""
TRAIL = """
insert into servicing_ledgerentry (at, by_id, what, target_type, target_id, detail)
select %(at)s::timestamptz - n * interval '1 minute', %(by)s, 'borrower.viewed', 'servicing.borrower', n, '{}'
from generate_series(%(first)s::bigint, %(first)s::bigint + 999) n
"""


def furnish(*, by, at):
    """Add what pages need and `million.make` leaves out; once for a portfolio."""
    named = {"digits": DIGITS, "on": timezone.localdate(at), "at": at, "by": by.pk}
    named["many"] = 5_000
    with connection.cursor() as cursor:
        for statement in FILL:
            cursor.execute(statement, named)
        if LedgerEntry.objects.filter(by=by, what="borrower.viewed").count() < named["many"]:
            # A transaction chains its entries one after the other, and the longer it is the slower each.
            for first in range(1, named["many"], 1000):
                cursor.execute(TRAIL, named | {"first": first})
    with connections["owner"].cursor() as cursor:
        cursor.execute(TALLIES)
    for number, borrower in enumerate(Borrower.objects.order_by("pk")[:KNOWN]):
        identity = {"name": "欧阳测试", "phone": PHONE.format(number), "national_id": IDENTITY.format(number)}
        Borrower.objects.filter(pk=borrower.pk).update(**privacy.seal(borrower.pk, **identity))


def person(role):
    """Somebody of a role, made where there is nobody yet."""
    found = Staff.objects.filter(role__name=role, is_active=True).order_by("pk").first()
    return found or Staff.objects.create(
        username=f"bench-{role}", name=role, role=Group.objects.get(name=role)
    )


class Visitors:
    """One signed-in client for each role."""

    def __init__(self):
        self.clients = {}

    def __getitem__(self, role):
        if role not in self.clients:
            client = self.clients[role] = Client(SERVER_NAME="localhost")
            client.force_login(person(role))
        return self.clients[role]


def deep(sort, **bounds):
    """The address of a page from the middle of the archive."""
    rows = Settlement.objects.current().filter(**bounds)
    cursor = Keyset(rows, sort=(sort,), size=25).after
    return cursor and f"&after={cursor}"


def archive(middle):
    """{name: query} of the list of settled loans: plain, each filter, each order, from the middle."""
    day = middle.isoformat()
    product = Settlement.objects.current().select_related("loan").latest("pk").loan.product_id
    return {
        "archive": "all",
        "archive, from the middle": "all" + deep("-settled_on", settled_on__lte=middle),
        "archive by product": f"product={product}",
        "archive by kind, frequent": "kind=normal",
        "archive by kind, rare": "kind=guarantor",
        "archive by kind, none": "kind=transferred",
        "archive by days": f"settled_from={day}&settled_to={day}",
        "archive since": f"settled_from={day}",
        "archive by worst days": "late_min=31",
        "archive by all filters": f"product={product}&kind=late&settled_to={day}&late_min=31",
        "archive, oldest first": "sort=settled",
        "archive by lateness": "sort=-late",
        "archive by lateness, from the middle": "sort=-late" + deep("-days_late", days_late__lte=0),
        "archive by lateness, least first": "sort=late",
        "archive by worst": "sort=-worst",
        "archive by worst, from the middle": "sort=-worst" + deep("-worst_dpd", worst_dpd__lte=0),
        "archive by money": "sort=-paid",
        "archive by money, from the middle": "sort=-paid" + deep("-paid", loan__lte=10**6),
        "archive by kind and money": "kind=late&sort=-paid",
    }


def pages(on):
    """Rows (name, role, function of the round -> (address, form or None))."""
    middle = on - timedelta(days=700)
    people = list(Borrower.objects.order_by("pk")[:KNOWN])
    loans = list(
        Settlement.objects.current().order_by("-settled_on").values_list("loan", "loan__external_id")[:99]
    )
    busy = list(Alert.objects.live().order_by("-pk").select_related("borrower")[:99])
    cases = list(Case.objects.unresolved().values_list("pk", flat=True)[:ROUNDS])

    def same(url):
        return lambda _round: (url, None)

    def find(text):
        return lambda n: ("/search/", {"text": text(n)})

    for name, query in archive(middle).items():
        yield name, "risk_lead", same(f"/loans/?{query}")
    yield "archive, an auditor", "auditor", same("/loans/?all")
    yield "archive by kind, an auditor", "auditor", same("/loans/?kind=guarantor")
    yield "search a phone", "cs", find(PHONE.format)
    yield "search an identity number", "cs", find(IDENTITY.format)
    yield "search a loan", "cs", find(lambda n: loans[n % len(loans)][1])
    yield "search a reference", "cs", find(lambda n: people[n].reference)
    yield "search nobody", "cs", find("10099999{:03d}".format)
    yield "dossier", "cs", lambda n: (f"/borrowers/{people[n].reference}/", None)
    yield (
        "dossier with alerts",
        "risk",
        lambda n: (f"/borrowers/{busy[n % len(busy)].borrower.reference}/", None),
    )
    yield "loan", "cs", lambda n: (f"/loans/{loans[n % len(loans)][0]}/", None)
    yield "queue", "risk", same("/queue/?all")
    yield "queue, waiting", "risk", same("/queue/?tab=waiting")
    yield "take next", "risk", same_post("/queue/next/")
    yield "case", "risk_lead", lambda n: (f"/cases/{cases[n % len(cases)]}/", None)
    yield "cases", "risk_lead", same("/cases/?all")
    yield "cases by due day", "risk_lead", same("/cases/?status=open&sort=due")
    for role in ("cs", "cs_lead", "risk", "risk_lead", "privacy", "auditor"):
        yield f"today, {role}", role, same("/")
    yield "alerts", "risk_lead", same("/alerts/?all")
    yield "alerts by rule", "risk_lead", same("/alerts/?rule=worst_late&status=waiting")
    yield "alerts answered", "risk_lead", same("/alerts/?status=answered")
    yield "alerts of the opening balance", "risk_lead", same("/alerts/?opening=True")
    yield "alerts after it", "risk_lead", same("/alerts/?opening=False")
    yield "alerts by day", "risk_lead", same("/alerts/?sort=opened")
    yield "rules", "risk_lead", same("/rules/")
    yield "rule", "risk_lead", same("/rules/worst_late/")
    yield "recheck", "risk_lead", same("/recheck/")
    yield "book", "risk_lead", same("/book/")
    for tab in ("late", "first", "second", "soon", "all"):
        yield f"monitor, {tab}", "risk_lead", same(f"/monitor/?tab={tab}")
    yield "monitor by bucket", "risk_lead", same("/monitor/?bucket=1")
    yield "monitor by former end", "risk_lead", same("/monitor/?former=late")
    yield "monitor, an auditor", "auditor", same("/monitor/?all")
    yield "steps", "cs", same("/steps/?all")
    yield "imports", "risk_lead", same("/imports/?all")
    yield "feed", "risk_lead", same("/feeds/")
    yield "ledger", "privacy", same("/ledger/?all")
    yield "ledger by act", "privacy", same("/ledger/?what=borrower.viewed")
    yield "ledger by day", "privacy", same(f"/ledger/?day={on - timedelta(days=30)}")
    yield "ledger of a borrower", "privacy", same(f"/ledger/?target={people[3].reference}")


def same_post(url):
    return lambda _round: (url, {})


def measure(*, rounds=ROUNDS, only=""):
    """{page: milliseconds that 95 of 100 requests stay under}, once its template has been read."""
    visitors, found = Visitors(), {}
    for name, role, ask in pages(timezone.localdate()):
        if only in name:
            spent = [asked(visitors[role], *ask(n)) for n in range(rounds + 1)]
            found[name] = percentile(spent[1:])
    return found


def asked(client, url, form):
    """The milliseconds of one answer."""
    began = time.perf_counter()
    response = client.get(url) if form is None else client.post(url, form)
    spent = 1000 * (time.perf_counter() - began)
    assert response.status_code in (200, 302), (url, response.status_code)
    return spent


def percentile(spent):
    return round(statistics.quantiles(spent, n=20, method="inclusive")[-1], 1)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_pages(operator):
    at = timezone.now()
    million.make(borrowers=BORROWERS, seed=1, by=operator, at=at)
    furnish(by=operator, at=at)
    for days in (30, 1, 0):
        recheck.run(as_of=timezone.localdate(at) - timedelta(days=days), by=operator, at=at)
    from tests.conftest import owner

    with owner(connection.settings_dict["NAME"]) as db:
        db.execute("vacuum analyze")
    print(f"\n{BORROWERS:,} borrowers, milliseconds of 95 in 100 answers")
    for name, spent in measure().items():
        print(f"{spent:8.1f}  {name}")

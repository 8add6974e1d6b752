"""What the database counts itself is what there is, at any moment and whoever writes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import Count
from django.db.models.functions import TruncMonth

from servicing.actions import archive
from servicing.actions.archive import tallies
from servicing.domain.intake.layout import PaymentFacts
from servicing.models import BorrowerHistory, Instalment, Loan, OldestDue, Settlement, Tally
from servicing.pages.counting import rounded
from tests import stories
from tests.cast import NOON, TODAY


def counted():
    """The same by counting."""
    months = Settlement.objects.current().annotate(month=TruncMonth("settled_on"))
    rows = months.values_list("month", "kind").annotate(loans=Count("pk")).order_by("month", "kind")
    return BorrowerHistory.objects.count(), list(rows)


def noted(person, on=TODAY):
    seen = Tally.objects.visible_to(person, on=on)
    return seen.settled_borrowers(), list(seen.by_month_and_kind())


def test_the_sum_of_what_came_and_went_is_what_there_is(ana, ada, lin, operator):
    first, other = stories.a_borrower(), stories.a_borrower(sampled=False)
    stories.a_loan(first, number="A")
    stories.a_loan(first, number="B", kind="late", settled_on=TODAY - timedelta(days=70))
    stories.a_loan(other, number="C")
    assert noted(ana) == counted() == (2, noted(ana)[1])
    # One sees the sample of a day, another nothing.
    assert noted(ada)[0] == 1
    assert sum(loans for _month, _kind, loans in noted(ada)[1]) == 2
    assert noted(lin) == (0, [])

    loan = Loan.objects.get(external_id="C")
    archive.reverse(loan=loan, external_id="P1", on=TODAY, by=operator, at=NOON)
    assert noted(ana) == counted()
    assert noted(ana)[0] == 1
    archive.pay(loan=loan, paid=PaymentFacts("P2", Decimal(1100), NOON, TODAY), by=operator, at=NOON)
    assert noted(ana) == counted()
    assert noted(ana)[0] == 2

    before = noted(ana)
    assert tallies.fold() > 0
    assert tallies.fold() == 0
    assert noted(ana) == before


def test_an_open_loan_knows_how_the_latest_settled_one_ended(operator):
    borrower = stories.a_borrower()
    loan = Loan.objects.get(pk=stories.a_loan(borrower, number="NEW").pk)
    Loan.objects.filter(pk=loan.pk).update(status="open", settled_on=None)
    Settlement.objects.filter(loan=loan).delete()
    Instalment.objects.filter(loan=loan).update(cleared_on=None)
    row = OldestDue.objects.get()
    assert (row.former_kind, row.former_on) == (None, None)
    assert not OldestDue.objects.monitored(on=TODAY).exists()

    day = TODAY - timedelta(days=60)
    stories.a_loan(borrower, number="OLD", kind="late", settled_on=day)
    row.refresh_from_db()
    assert (row.former_kind, row.former_on) == ("late", day)
    Settlement.objects.filter(loan__external_id="OLD").update(kind="waived")
    row.refresh_from_db()
    assert row.former_kind == "waived"
    # And a loan whose plan comes after that knows it from its first row on.
    Instalment.objects.filter(loan=loan).update(cleared_on=TODAY)
    assert not OldestDue.objects.exists()
    Instalment.objects.filter(loan=loan).update(cleared_on=None)
    assert OldestDue.objects.get().former_kind == "waived"
    Settlement.objects.filter(loan__external_id="OLD").delete()
    assert OldestDue.objects.get().former_kind is None


@pytest.mark.parametrize(("number", "words"), [(7, 7), (1234, 1200), (99, 99), (2_987_654, 2_900_000)])
def test_an_estimate_says_two_digits(number, words):
    assert rounded(number) == words


def test_a_count_that_would_be_dear_is_an_estimate_and_says_so(client, ana, monkeypatch):
    borrower = stories.a_borrower()
    for number in range(26):
        stories.a_loan(borrower, number=f"L{number}")
    client.force_login(ana)
    page = client.get("/loans/")
    assert (page.context["total"], page.context["is_about"]) == (26, False)
    monkeypatch.setattr("servicing.pages.counting.CHEAP", -1)
    page = client.get("/loans/")
    assert page.context["is_about"]
    assert page.context["total"] >= 25
    assert "约" in page.content.decode()
    # What stands on one page has counted itself.
    assert client.get("/loans/?kind=late").context["total"] == 0
    assert not client.get("/loans/?kind=late").context["is_about"]


def test_tables_that_only_grow_are_swept_after_a_fiftieth_of_new_rows(db):
    with connection.cursor() as cursor:
        early = "autovacuum_vacuum_insert_scale_factor=0.02"
        cursor.execute("select relname from pg_class where %s = any(reloptions)", [early])
        found = {name.removeprefix("servicing_") for (name,) in cursor.fetchall()}
    assert found >= {"loan", "instalment", "payment", "settlement", "observation", "borrowerhistory"}

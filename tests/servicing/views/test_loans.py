"""The page of one loan: how it stands, how it ended, and what each role may see and do."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from servicing.actions import archive
from servicing.domain.archive import Due
from servicing.models import Pause, Product
from tests.cast import NOON, TODAY
from tests.servicing.contracts import open_loan, paid


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *args, **kwargs: TODAY)


OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def opened(client, person, loan, query=""):
    client.force_login(person)
    response = client.get(f"/loans/{loan.pk}/{query}")
    assert response.status_code == 200
    return response


@pytest.fixture
def late(operator):
    """One of two instalments paid; the second is 22 days past due."""
    return open_loan(by=operator, payments=[paid("P1", OCTOBER)])


@pytest.fixture
def settled(operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER)])
    archive.pay(loan=loan, paid=paid("P2", date(2026, 11, 20)), by=operator, at=NOON)
    loan.refresh_from_db()
    return loan


def test_an_open_loan_says_how_it_stands(client, wei, late):
    page = opened(client, wei, late)
    stands = page.context["standing"]
    assert (stands.dpd, stands.past_due, stands.outstanding) == (22, 100, 100)
    assert page.context["grade"] == "special_mention"
    assert "22" in page.content.decode()


def an_even_loan(operator, **terms):
    """Twice 100 and its interest of 1 % a month, paid out thirteen days before today."""
    dues = (Due(1, date(2026, 12, 10), Decimal(102)), Due(2, date(2027, 1, 10), Decimal(101)))
    terms = {"annual_rate": Decimal("0.12"), "disbursed_on": date(2026, 11, 10)} | terms
    return open_loan(by=operator, dues=dues, principal=Decimal(200), total_due=Decimal(203), **terms)


def test_the_payoff_amount_of_today_stands_with_how_it_is_figured(client, wei, operator):
    loan = an_even_loan(operator)
    page = opened(client, wei, loan)
    # Thirteen days of 200 at 12 %: 0.866…
    assert page.context["quote"].amount == Decimal("200.87")
    html = page.content.decode()
    assert all(words in html for words in ("200.87", "年利率 12%", "等额本金", "提前"))
    Product.objects.update(conventions={"full_prepayment": "whole_period"})
    assert opened(client, wei, loan).context["quote"].amount == 202


def test_money_ahead_that_is_enough_for_the_payoff_is_said_so(client, wei, operator):
    loan = an_even_loan(operator, payments=[paid("P1", date(2026, 11, 20), 201)])
    page = opened(client, wei, loan)
    assert (page.context["quote"].amount, loan.status) == (0, "open")
    assert "已足够结清" in page.content.decode()


def test_what_is_missing_for_the_payoff_amount_is_said(client, wei, late, operator):
    assert "未提供本合同的年利率" in opened(client, wei, late).content.decode()
    loan = an_even_loan(operator, number="L2", annual_rate=Decimal("0.18"))
    assert "推算的结果不符" in opened(client, wei, loan).content.decode()


def test_the_conventions_of_the_product_are_stated_where_the_amount_is_not_known(client, wei, late):
    assert "收取约定的全部利息" not in opened(client, wei, late).content.decode()
    Product.objects.update(conventions={"full_prepayment": "all_interest"})
    assert "收取约定的全部利息" in opened(client, wei, late).content.decode()


def test_the_page_of_an_open_loan_reads_it_once(client, wei, late):
    opened(client, wei, late)
    with CaptureQueriesContext(connection) as queries:
        opened(client, wei, late)
    for table in ("servicing_instalment", "servicing_payment", "servicing_pause"):
        assert len([one for one in queries if f'FROM "{table}"' in one["sql"]]) == 1


def test_customer_service_sees_the_band_and_not_the_days(client, lin, wei, late):
    assert "22 天" in opened(client, wei, late).content.decode()
    html = opened(client, lin, late).content.decode()
    assert "22 天" not in html
    assert "1–30 天" in html


def test_a_pause_and_a_replaced_plan_are_on_the_page(client, wei, late, operator):
    Pause.objects.create(loan=late, starts_on=NOVEMBER, ends_on=TODAY, reason="flood")
    page = opened(client, wei, late)
    assert page.context["standing"].dpd == 0
    assert "flood" in page.content.decode()
    due = Due(2, TODAY + timedelta(days=30), 100)
    archive.replan(loan=late, dues=[due], from_on=TODAY, reason="agreed on a new day", by=operator, at=NOON)
    page = opened(client, wei, late)
    assert 2 in {row.number for row in page.context["replaced"]}


def test_why_a_payment_failed_is_said_in_words(client, wei, operator):
    kinds = ("bank_timeout", "E-4711")
    tried = [paid(code, OCTOBER, outcome="failed", error_code=code) for code in kinds]
    html = opened(client, wei, open_loan(by=operator, payments=tried)).content.decode()
    assert "银行未及时响应" in html
    assert all(code in html for code in kinds)


def test_a_settled_loan_shows_its_months_in_two_lengths(client, wei, settled):
    assert len(opened(client, wei, settled).context["strip"]) == 24
    page = opened(client, wei, settled, "?months=60")
    assert len(page.context["strip"]) == 60
    assert "更早月份" not in page.content.decode()
    settled.settlements.update(profile="/" * 20 + "NNNC")
    assert "更早月份" in opened(client, wei, settled, "?months=60").content.decode()
    assert "更早月份" not in opened(client, wei, settled).content.decode()


def test_what_was_waived_is_never_called_paid(client, ana, operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER)])
    archive.pay(loan=loan, paid=paid("W1", date(2026, 11, 20), origin="waiver"), by=operator, at=NOON)
    text = opened(client, ana, loan).content.decode()
    said = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))
    assert "实还总额 ¥100.00" in said
    assert "减免 ¥100.00 已免除" in said
    listed = client.get("/loans/").content.decode()
    assert "实还与减免合计" in listed
    assert "实还总额" not in listed


def test_the_money_of_each_is_told_apart(client, ana, operator):
    loan = open_loan(by=operator, payments=[paid("P1", OCTOBER)])
    archive.pay(loan=loan, paid=paid("G1", date(2026, 11, 20), origin="guarantor"), by=operator, at=NOON)
    assert "担保人 ¥100.00" in opened(client, ana, loan).content.decode()


def test_a_reversal_after_payoff_is_told_version_by_version(client, ana, settled, operator):
    archive.step_done(loan=settled, kind="mandate", on=TODAY, by=operator, at=NOON)
    archive.reverse(loan=settled, external_id="P2", on=TODAY, by=operator, at=NOON)
    page = opened(client, ana, settled)
    assert "重新设立扣款授权" in page.content.decode()
    assert [row.kind for row, *_ in page.context["versions"]] == ["reopened", "late"]
    assert page.context["settlement"] is None
    later = NOON + timedelta(minutes=1)
    archive.pay(loan=settled, paid=paid("P3", TODAY), by=operator, at=later)
    page = opened(client, ana, settled)
    newest, changes, _gone = page.context["versions"][0]
    assert newest.version == 3
    assert "settled_on" in {change.field for change in changes}

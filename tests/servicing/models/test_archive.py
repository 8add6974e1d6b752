"""What the database and the models refuse about loans and what became of them."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from servicing.models import Certificate, ClassOverride, PayoffStep, Product, Settlement
from tests import stories
from tests.cast import NOON, TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def loan():
    return stories.a_loan(stories.a_borrower())


def refused(name, write):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        write()


def test_a_replaced_row_of_the_plan_is_not_cleared_and_comes_after_what_it_replaces(loan):
    rows = loan.instalments
    refused("replaced_instalment_is_not_cleared", lambda: rows.update(replaced_on=TODAY))
    before = {"agreed_on": TODAY, "replaced_on": TODAY - timedelta(days=1), "cleared_on": None}
    refused("instalment_is_replaced_after_it_was_agreed", lambda: rows.update(**before))
    again = {"number": 1, "due_on": TODAY, "amount": 1}
    refused("one_instalment_in_force_a_loan_and_number", lambda: rows.create(**again))
    rows.create(**again, replaced_on=TODAY)


def test_a_reversed_payment_says_when_and_had_come(loan):
    refused("reversed_payment_says_when", lambda: loan.payments.update(reversed_on=TODAY))
    failed = {"outcome": "failed", "borrower": loan.borrower, "reversed_on": TODAY, "reversed_at": NOON}
    refused("only_money_that_moved_is_reversed", lambda: loan.payments.update(**failed))


def test_a_pause_ends_after_it_begins(loan):
    days = {"starts_on": TODAY, "ends_on": TODAY - timedelta(days=1), "reason": "flood"}
    refused("pause_ends_after_it_begins", lambda: loan.pauses.create(**days))


def test_a_closing_version_is_never_current(loan):
    refused("reopened_version_is_never_current", lambda: Settlement.objects.update(kind="reopened"))


def test_a_closed_step_says_who_and_when_and_each_kind_is_there_once(loan, lin):
    step = {"loan": loan, "version": 1, "kind": "mandate", "due_on": TODAY}
    PayoffStep.objects.create(**step)
    refused("one_step_a_kind_and_version", lambda: PayoffStep.objects.create(**step))
    refused("closed_step_says_who_and_when", lambda: PayoffStep.objects.update(status="done"))


def test_a_settlement_has_one_valid_certificate_and_a_revoked_one_says_why(loan, lin):
    issued = {"loan": loan, "settlement": loan.settlements.get(), "issued_by": lin, "issued_at": NOON}
    Certificate.objects.create(number="JQ-2026-000001-1", **issued)
    again = {"number": "JQ-2026-000002-2", **issued}
    refused("one_valid_certificate_a_settlement", lambda: Certificate.objects.create(**again))
    why = {"revoked_at": NOON, "revoked_by": lin}
    refused("revoked_certificate_says_who_when_and_why", lambda: Certificate.objects.update(**why))
    Certificate.objects.update(**why, revoke_reason="wrong person")
    refused("number", lambda: Certificate.objects.create(**again | {"number": "JQ-2026-000001-1"}))
    Certificate.objects.create(**again)


def test_an_override_ends_after_it_begins_and_names_a_reason(loan, ana):
    said = {"loan": loan, "grade": "loss", "reason": "why", "from_on": TODAY, "until_on": TODAY, "by": ana}
    bad = said | {"until_on": date(2026, 1, 1), "at": NOON}
    refused("override_ends_after_it_begins", lambda: ClassOverride.objects.create(**bad))
    bad = said | {"reason": "", "at": NOON}
    refused("override_names_a_reason", lambda: ClassOverride.objects.create(**bad))


@pytest.mark.parametrize("conventions", [{"grace": "never"}, {"weather": "fine"}, ["grace"], {"grace": 3}])
def test_a_product_has_only_conventions_that_the_arithmetic_knows(conventions):
    Product(code="flash", name="Flash", conventions={"grace": "counted"}).full_clean()
    with pytest.raises(ValidationError):
        Product(code="flash", name="Flash", conventions=conventions).full_clean()

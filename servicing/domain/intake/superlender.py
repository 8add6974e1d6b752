"""A public data set of short mobile loans: two files, payoffs instead of payments, Lagos days."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from servicing.domain.archive import Due
from servicing.domain.intake import fields
from servicing.domain.intake.layout import (
    BORROWER,
    LOAN,
    BorrowerFacts,
    File,
    Layout,
    LoanFacts,
    PaymentFacts,
    Problem,
)

ZONE = "Africa/Lagos"
CURRENCY = "NGN"
TERMS = {"15": 15, "30": 30, "60": 60, "90": 90}
# Terms above this are repaid in two parts: the share of the first 30 days, and the rest.
FIRST_PART = 30


def borrower(row):
    return BorrowerFacts(fields.text(row, "borrower_id"))


def loan(row):
    """A repaid loan; None for an outcome loan, whose end the data set does not tell."""
    if fields.choice(row, "is_outcome_loan", frozenset({"True", "False"})) == "True":
        return None
    term = TERMS[fields.choice(row, "term_days", TERMS)]
    approved_at, approved_on = fields.moment(row, "approved_at", zone=ZONE)
    closed_at, closed_on = fields.moment(row, "closed_at", zone=ZONE)
    facts = LoanFacts(
        external_id=fields.text(row, "loan_id"),
        borrower=fields.text(row, "borrower_id"),
        product=f"superlender-{term}",
        currency=CURRENCY,
        principal=fields.money(row, "principal"),
        total_due=fields.money(row, "total_due"),
        disbursed_on=approved_on,
        disbursed_at=approved_at,
    )
    first_due_on = fields.day(row, "first_due_date")
    fields.not_before("closed_at", closed_on, approved_on)
    fields.not_before("first_due_date", first_due_on, approved_on)
    if term <= FIRST_PART:
        return facts._replace(
            dues=(Due(1, first_due_on, facts.total_due),),
            payments=(PaymentFacts("1", facts.total_due, closed_at, closed_on),),
        )
    first, rest = parts(facts.total_due, term)
    repaid_at, repaid_on = first_repaid(row, closed_at, closed_on)
    fields.not_before("first_repaid_at", repaid_on, approved_on)
    return facts._replace(
        dues=(Due(1, first_due_on, first), Due(2, first_due_on + timedelta(days=term - FIRST_PART), rest)),
        payments=(
            PaymentFacts("1", first, repaid_at, repaid_on),
            PaymentFacts("2", rest, closed_at, closed_on),
        ),
    )


def parts(total: Decimal, term: int) -> tuple[Decimal, Decimal]:
    """The share of the first 30 days, rounded to cents, and the rest."""
    first = (total * FIRST_PART / term).quantize(Decimal("0.01"), ROUND_HALF_UP)
    if not 0 < first < total:
        raise Problem("total_due", "too_small", found=total)
    return first, total - first


def first_repaid(row, closed_at, closed_on):
    """When the first part came: never later than the payoff, which is also taken where nothing is said."""
    if not row["first_repaid_at"]:
        return closed_at, closed_on
    at, on = fields.moment(row, "first_repaid_at", zone=ZONE)
    return (closed_at, closed_on) if at > closed_at else (at, on)


LAYOUT = Layout(
    code="superlender",
    source="superlender",
    source_name="SuperLender",
    zone=ZONE,
    files=(
        File(
            "borrowers.csv",
            BORROWER,
            (
                "borrower_id",
                "birth_year",
                "bank_account_type",
                "bank_name",
                "employment_status",
                "education_level",
            ),
            key="borrower_id",
            unused=("birth_year", "bank_account_type", "bank_name", "employment_status", "education_level"),
        ),
        File(
            "loans.csv",
            LOAN,
            (
                "borrower_id",
                "loan_id",
                "loan_seq",
                "is_outcome_loan",
                "approved_at",
                "principal",
                "total_due",
                "term_days",
                "first_due_date",
                "first_repaid_at",
                "closed_at",
                "referred",
                "outcome_bad",
                "source_part",
            ),
            key="loan_id",
            parent="borrower_id",
            unused=("loan_seq", "referred", "outcome_bad", "source_part"),
        ),
    ),
    borrower=borrower,
    loan=loan,
)

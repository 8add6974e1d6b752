"""What is known about a borrower as of a day: thirty integers, each from the rows of one source.

The definitions are data: SQL, words, help page and the oracle of the tests come from them. `sql` speaks of
the columns that its source offers (reviews/actions/features.py), where `age` is the days between a row's own
day and the day of judgement. No feature comes from what a borrower says.
"""

from dataclasses import dataclass


def _(text):
    """Marks words for the catalogue; the domain itself speaks no language."""
    return text


# What a small integer of the database holds, roundly: 89 years of days.
MOST = 32_000
SOURCES = ("settlements", "loans", "arrears", "failures", "observations")


@dataclass(frozen=True)
class Feature:
    """`name` and `meaning` are the words of the pages, in English; `window` are the days that it looks back.

    `missing` stands where the source has no row: None is unknown, never zero. `value` says how what the
    sources found becomes the number, where `sql` alone does not. `of` are the rows that leave the feature
    when they are as old as its window: a kind of observation, or all of them. From the value `ticks` on it
    grows by one a day, without any fact. What lies beyond `most` is cut to it; nothing lies below `least`.
    """

    code: str
    unit: str
    source: str
    sql: str
    name: str
    meaning: str
    window: int | None = None
    missing: int | None = 0
    value: str = ""
    of: str = ""
    ticks: int | None = None
    most: int = MOST
    least: int = 0


def observed(code, unit, sql, name, meaning, window=None, of="", most=MOST, least=0):
    """A feature of what others know: unknown where nobody was asked."""
    return Feature(
        code, unit, "observations", sql, name, meaning, window, missing=None, of=of, most=most, least=least
    )


# What each lender said last and a source still vouches for; and the same as it was known half a year ago.
NOW = "is_latest and is_current"
BALANCE = "coalesce(floor(sum(amount) filter (where kind = 'balance' and {which}))::bigint, 0)"
BALANCE_NOW, BALANCE_THEN = BALANCE.format(which=NOW), BALANCE.format(which="was_latest")
GROWTH = f"100 * ({BALANCE_NOW} - {BALANCE_THEN}) / nullif({BALANCE_THEN}, 0)"
INQUIRED = "count(*) filter (where kind = 'inquiry' and age < {days})"
INQUIRER = "count(*) filter (where kind = 'inquiry' and is_latest and age < {days})"

FEATURES = (
    Feature(
        "settled_loans",
        "loans",
        "settlements",
        "settled_loans",
        _("Settled loans"),
        _("Loans that the borrower has settled."),
    ),
    Feature(
        "worst_dpd",
        "days",
        "settlements",
        "worst_dpd",
        _("Worst days past due"),
        _("The most days past due that a settled loan ever reached."),
    ),
    Feature(
        "last_days_late",
        "days",
        "settlements",
        f"greatest(last_days_late, -{MOST})",
        _("Days late at the last payoff"),
        _("Days from the final due date to the end of the loan that was settled last; negative is early."),
        least=-MOST,
    ),
    Feature(
        "average_days_late",
        "days",
        "settlements",
        "(2 * late_days + settled_loans) / (2 * settled_loans)",
        _("Days late on average"),
        _("Days late at payoff on average over all settled loans, to the nearest day; early counts as 0."),
    ),
    Feature(
        "late_share",
        "percent",
        "settlements",
        "100 * late_loans / settled_loans",
        _("Share of loans settled late"),
        _("Settled loans that ended after their final due date, of all settled loans."),
    ),
    Feature(
        "early_share",
        "percent",
        "settlements",
        "100 * early_loans / settled_loans",
        _("Share of loans settled early"),
        _("Settled loans that ended before their final due date, of all settled loans."),
    ),
    Feature(
        "last_days_early",
        "days",
        "settlements",
        "greatest(-last_days_late, 0)",
        _("Days early at the last payoff"),
        _("Days by which the loan that was settled last ended before its final due date."),
    ),
    Feature(
        "adverse_ends",
        "loans",
        "settlements",
        "adverse_ends",
        _("Loans that ended badly"),
        _("Loans ended by a guarantor, a waiver, a recovery after write-off or a debt transfer."),
    ),
    Feature(
        "days_since_payoff",
        "days",
        "settlements",
        "%(as_of)s::date - last_settled_on",
        _("Days since the last payoff"),
        _("Days since the borrower last settled a loan."),
        ticks=0,
    ),
    Feature(
        "new_loans_30",
        "loans",
        "loans",
        "count(*) filter (where age < 30)",
        _("New loans in 30 days"),
        _("Loans that the borrower took with us in the last 30 days."),
        window=30,
        of="all",
    ),
    Feature(
        "new_loans_90",
        "loans",
        "loans",
        "count(*) filter (where age < 90)",
        _("New loans in 90 days"),
        _("Loans that the borrower took with us in the last 90 days."),
        window=90,
        of="all",
    ),
    Feature(
        "new_loans_180",
        "loans",
        "loans",
        "count(*) filter (where age < 180)",
        _("New loans in 180 days"),
        _("Loans that the borrower took with us in the last 180 days."),
        window=180,
        of="all",
    ),
    # Two years, the span of a settlement's 24-month strip; a loan of the same day is a return in 0 days.
    Feature(
        "quickest_return",
        "days",
        "settlements",
        "quickest_return",
        _("Fewest days from payoff to the next loan"),
        _("The fewest days between a payoff and the next loan with us, over the payoffs of two years."),
        window=730,
        missing=None,
    ),
    Feature(
        "current_dpd",
        "days",
        "arrears",
        "max(days)",
        _("Days past due now"),
        _("The most days past due of a loan that is still open; within its days of grace 0."),
        ticks=1,
    ),
    Feature(
        "open_loans",
        "loans",
        "loans",
        "count(*)",
        _("Open loans"),
        _("Loans with us that are not settled."),
        value="coalesce(loans.open_loans, 0) - settlements.settled_loans",
    ),
    Feature(
        "failed_payments_90",
        "payments",
        "failures",
        "count(*)",
        _("Failed payments in 90 days"),
        _("Payments that failed in the last 90 days."),
        window=90,
        of="all",
    ),
    observed(
        "inquiries_30",
        "inquiries",
        INQUIRED.format(days=30),
        _("Inquiries in 30 days"),
        _("Inquiries by lenders in the last 30 days."),
        30,
        "inquiry",
    ),
    observed(
        "inquiries_90",
        "inquiries",
        INQUIRED.format(days=90),
        _("Inquiries in 90 days"),
        _("Inquiries by lenders in the last 90 days."),
        90,
        "inquiry",
    ),
    observed(
        "inquiries_365",
        "inquiries",
        INQUIRED.format(days=365),
        _("Inquiries in 365 days"),
        _("Inquiries by lenders in the last 365 days."),
        365,
        "inquiry",
    ),
    # Of each lender only the newest inquiry is the latest, so counting these counts lenders.
    observed(
        "inquirers_30",
        "lenders",
        INQUIRER.format(days=30),
        _("Lenders that inquired in 30 days"),
        _("Different lenders that inquired in the last 30 days."),
        30,
        "inquiry",
    ),
    observed(
        "inquirers_90",
        "lenders",
        INQUIRER.format(days=90),
        _("Lenders that inquired in 90 days"),
        _("Different lenders that inquired in the last 90 days."),
        90,
        "inquiry",
    ),
    observed(
        "inquirers_365",
        "lenders",
        INQUIRER.format(days=365),
        _("Lenders that inquired in 365 days"),
        _("Different lenders that inquired in the last 365 days."),
        365,
        "inquiry",
    ),
    observed(
        "loans_elsewhere_90",
        "loans",
        "count(*) filter (where kind = 'loan' and age < 90)",
        _("New loans elsewhere in 90 days"),
        _("Loans that the borrower took with others in the last 90 days."),
        90,
        "loan",
    ),
    observed(
        "overdue_elsewhere",
        "days",
        f"coalesce(max(days) filter (where kind = 'overdue' and {NOW} and is_open), 0)",
        _("Days past due elsewhere now"),
        _("The most days past due with another lender that has not been cleared."),
    ),
    observed(
        "overdue_lenders_365",
        "lenders",
        "count(*) filter (where kind = 'overdue' and is_latest and age < 365)",
        _("Lenders with overdue debt in 365 days"),
        _("Different lenders with whom the borrower was past due in the last 365 days."),
        365,
        "overdue",
    ),
    observed(
        "balance_elsewhere",
        "yuan",
        BALANCE_NOW,
        _("Balance elsewhere"),
        _("What the borrower owes others by their latest word, in whole yuan."),
        most=2_000_000_000,
    ),
    observed(
        "balance_growth_180",
        "percent",
        GROWTH,
        _("Growth of the balance elsewhere in 180 days"),
        _("How much the balance elsewhere has grown in 180 days; unknown where there was none."),
        180,
        least=-100,
    ),
    observed(
        "lenders_elsewhere",
        "lenders",
        f"count(*) filter (where kind = 'balance' and {NOW} and amount > 0)",
        _("Lenders elsewhere"),
        _("Different lenders to whom the borrower owes money by their latest word."),
    ),
    observed(
        "public_records",
        "records",
        "count(*) filter (where kind = 'record' and is_fresh)",
        _("Public records"),
        _("Public records about the borrower that still count."),
    ),
    observed(
        "guarantee_claims",
        "claims",
        "count(*) filter (where kind = 'guarantee' and is_fresh)",
        _("Claims as a guarantor"),
        _("Claims on the borrower as a guarantor that still count."),
    ),
)
BY_CODE = {feature.code: feature for feature in FEATURES}
TICKING = {feature.code: feature.ticks for feature in FEATURES if feature.ticks is not None}

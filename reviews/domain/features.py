"""What is known about a borrower as of a day: ten numbers, each one aggregate over rows of one source.

The definitions are data. `sql` speaks of the columns that its source offers (reviews/actions/features.py);
every source offers `age`, the days between the row's own day and the day of judgement.
"""

from dataclasses import dataclass

SOURCES = ("settlements", "loans", "failures")


@dataclass(frozen=True)
class Feature:
    """`sql` aggregates the rows whose `age` is less than `window` days; `missing` stands for no row."""

    code: str
    unit: str
    source: str
    sql: str
    window: int | None = None
    missing: int | None = 0


# An adverse fact counts while it is fresh: until as many years after it ended as the setting allows.
LATE = "days_late > 0 and is_fresh"
# One loan is the newest even when two end on one day: the one with the higher id.
NEWEST_FIRST = "order by age, loan_id desc"

FEATURES = (
    Feature("settled_loans", "loans", "settlements", "count(*)"),
    Feature("worst_dpd", "days", "settlements", "max(worst_dpd) filter (where is_fresh)"),
    Feature("late_share", "percent", "settlements", f"100 * count(*) filter (where {LATE}) / count(*)"),
    Feature(
        "early_share", "percent", "settlements", "100 * count(*) filter (where days_late < 0) / count(*)"
    ),
    Feature(
        "last_days_late",
        "days",
        "settlements",
        f"(array_agg(case when {LATE} or days_late <= 0 then days_late else 0 end {NEWEST_FIRST}))[1]",
    ),
    Feature("days_since_payoff", "days", "settlements", "min(age)"),
    Feature("new_loans_30", "loans", "loans", "count(*)", window=30),
    Feature("new_loans_90", "loans", "loans", "count(*)", window=90),
    Feature("failed_payments_90", "payments", "failures", "count(*)", window=90),
    # Two years, the span of a settlement's 24-month profile; a loan of the same day is a return in 0 days.
    Feature("quickest_return", "days", "settlements", "min(returned_after)", window=730, missing=None),
)
BY_CODE = {feature.code: feature for feature in FEATURES}

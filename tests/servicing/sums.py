"""What settlements add up to, slowly and by definition: the oracle of the roll-up."""

from datetime import date, timedelta

from servicing.domain.periods import years_before

ADVERSE = {"transferred", "recovered", "guarantor", "waived"}


def ended(borrower, on):
    """The settlements that counted on a day."""
    rows = borrower.settlements.filter(known_on__lte=on)
    return [row for row in rows if row.superseded_on is None or row.superseded_on > on]


def added_up(settlements, loans, *, on, years=5):
    """{column: value} of settlements, at least one, as of a day on which these loans are known."""
    fresh = [row for row in settlements if row.settled_on > years_before(on, years)]
    late = [row for row in fresh if row.days_late > 0]
    last = max(settlements, key=lambda row: (row.settled_on, row.loan_id))
    quick = [after for row, after in returns(settlements, loans) if (on - row.settled_on).days < 730]
    return {
        "settled_loans": len(settlements),
        "late_loans": len(late),
        "early_loans": sum(row.days_late < 0 for row in settlements),
        "worst_dpd": max((row.worst_dpd for row in fresh), default=0),
        "failed_payments": sum(row.failed_payments for row in settlements),
        "first_settled_on": min(row.settled_on for row in settlements),
        "last_settled_on": last.settled_on,
        "last_days_late": last.days_late if last in fresh else min(last.days_late, 0),
        "late_days": sum(row.days_late for row in late),
        "adverse_ends": sum(row.kind in ADVERSE for row in fresh),
        "quickest_return": min(quick, default=None),
    }


def returns(settlements, loans):
    """(settlement, days until another loan) of whoever borrowed after it."""
    return [
        (row, (loan.disbursed_on - row.settled_on).days)
        for row in settlements
        for loan in loans
        if loan.pk != row.loan_id and loan.disbursed_on >= row.settled_on
    ]


def next_lapse(settlements, loans, *, on, years=5) -> date | None:
    """The next day on which some adverse fact of these settlements stops counting, or a return to one."""
    days = [returned.settled_on + timedelta(days=730) for returned, _after in returns(settlements, loans)]
    for row in settlements:
        if row.worst_dpd > 0 or row.days_late > 0 or row.kind in ADVERSE:
            day = row.settled_on
            while row.settled_on > years_before(day, years):
                day += timedelta(days=1)
            days.append(day)
    return min((day for day in days if day > on), default=None)

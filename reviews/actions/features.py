"""Compiles the registry of features to SQL; PostgreSQL computes them, for a range or for some ids alike.

Parameters of the text: `as_of`, `adverse_since`, and those of the condition `who` on a borrower id.
"""

from reviews.domain.features import FEATURES, SOURCES, Feature
from servicing.actions import periods
from servicing.domain.periods import years_before

RANGE = "between %(low)s and %(high)s"
IDS = "= any(%(ids)s::bigint[])"

# The rows that a feature may aggregate. Each source offers `age`; facts after the day do not exist yet.
ROWS = {
    "settlements": """
        select s.borrower_id, s.loan_id, s.days_late, s.worst_dpd, %(as_of)s::date - s.settled_on as age,
               s.settled_on > %(adverse_since)s::date as is_fresh,
               (select min(l.disbursed_on) - s.settled_on from servicing_loan l
                where l.borrower_id = s.borrower_id and l.id <> s.loan_id
                  and l.disbursed_on between s.settled_on and %(as_of)s::date) as returned_after
        from servicing_settlement s
        where s.superseded_at is null and s.settled_on <= %(as_of)s::date and s.borrower_id {who}""",
    "loans": """
        select l.borrower_id, %(as_of)s::date - l.disbursed_on as age
        from servicing_loan l
        where l.disbursed_on <= %(as_of)s::date and l.disbursed_on > %(as_of)s::date - {window}
          and l.borrower_id {who}""",
    "failures": """
        select l.borrower_id, %(as_of)s::date - p.paid_on as age
        from servicing_payment p join servicing_loan l on l.id = p.loan_id
        where p.outcome = 'failed' and p.paid_on <= %(as_of)s::date
          and p.paid_on > %(as_of)s::date - {window} and l.borrower_id {who}
          -- Says the same again, so that only these loans are looked up and not every failure there is.
          and p.loan_id = any(array(select id from servicing_loan where borrower_id {who}))""",
}


def parameters(*, as_of, on):
    """What the text needs besides the borrowers; the setting in force `on` the day of work counts."""
    return {
        "as_of": as_of,
        "adverse_since": years_before(as_of, periods.value("adverse.years", on=on)),
    }


def _column(feature: Feature) -> str:
    within = f" filter (where age < {feature.window:d})" if feature.window else ""
    return f"{feature.sql}{within} as {feature.code}"


def _aggregate(source, who):
    mine = [feature for feature in FEATURES if feature.source == source]
    # The widest window bounds the rows that have to be read at all.
    window = max((feature.window or 0 for feature in mine), default=0)
    rows = ROWS[source].format(who=who, window=window)
    columns = ", ".join(map(_column, mine))
    return f"{source} as (select borrower_id, {columns} from ({rows}) as facts group by borrower_id)"  # noqa: S608


def _value(feature: Feature) -> str:
    name = f"{feature.source}.{feature.code}"
    found = name if feature.missing is None else f"coalesce({name}, {feature.missing:d})"
    return f"({found})::integer as {feature.code}"


def compiled(who: str) -> str:
    """CTEs that end in `features`: one row for every borrower of `who` with a loan settled by the day."""
    values = ",\n    ".join(map(_value, FEATURES))
    others = " ".join(f"left join {source} using (borrower_id)" for source in SOURCES[1:])
    aggregates = ",\n".join(_aggregate(source, who) for source in SOURCES)
    return f"{aggregates},\nfeatures as (select borrower_id,\n{values}\nfrom settlements {others})"

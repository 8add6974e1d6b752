"""What the settlements of borrowers add up to, as SQL: kept in the histories, and added up for any other day.

Parameters of the text: `as_of` and `adverse_since`, and what its conditions bring.
"""

# Days after a payoff in which a new loan is a return: the span of a settlement's 24-month strip.
RETURN = 730
# Ends at which somebody else paid, or nobody did.
ADVERSE = ("transferred", "recovered", "guarantor", "waived")

# `counts` says which versions count, `knows` which loans a payoff may have been followed by.
ENDED = f"""
select s.borrower_id, s.loan_id, s.settled_on, s.days_late, s.worst_dpd, s.failed_payments,
       s.kind = any(array{list(ADVERSE)}) as is_adverse, s.settled_on > %(adverse_since)s::date as is_fresh,
       %(as_of)s::date - s.settled_on as age,
       (select product_id from servicing_loan where id = s.loan_id) as product_id,
       (select min(l.disbursed_on) - s.settled_on from servicing_loan l
        where l.borrower_id = s.borrower_id and l.id <> s.loan_id and l.disbursed_on >= s.settled_on
          and {{knows}}) as returned_after
from servicing_settlement s where {{counts}}"""  # noqa: S608 - our own names

SUMS = {
    "settled_loans": "count(*)",
    "late_loans": "count(*) filter (where days_late > 0 and is_fresh)",
    "early_loans": "count(*) filter (where days_late < 0)",
    "worst_dpd": "coalesce(max(worst_dpd) filter (where is_fresh), 0)",
    "failed_payments": "sum(failed_payments)",
    "first_settled_on": "min(settled_on)",
    "last_settled_on": "max(settled_on)",
    # One loan is the last even when two end on one day: the one with the higher id.
    "last_days_late": "(array_agg(case when is_fresh then days_late else least(days_late, 0) end "
    "order by settled_on desc, loan_id desc))[1]",
    "last_product_id": "(array_agg(product_id order by settled_on desc, loan_id desc))[1]",
    "late_days": "coalesce(sum(days_late) filter (where days_late > 0 and is_fresh), 0)",
    "adverse_ends": "count(*) filter (where is_adverse and is_fresh)",
    "quickest_return": f"min(returned_after) filter (where age < {RETURN})",
}
COLUMNS = ", ".join(SUMS)
ADDED_UP = ", ".join(f"{sql} as {name}" for name, sql in SUMS.items())


def lapses(day):
    """The first day on which a fact that ended then counts no more; after 29 February it is 1 March."""
    after = f"{day} + make_interval(years => %(years)s)"
    return f"({after})::date + (extract(day from {day}) <> extract(day from {after}))::integer"


# The days on which a settlement comes to count for less, of the columns of ENDED.
EDGES = (
    f"case when worst_dpd > 0 or days_late > 0 or is_adverse then {lapses('settled_on')} end",
    f"case when returned_after is not null then settled_on + {RETURN} end",
)
CURRENT = ENDED.format(counts="s.superseded_on is null and s.borrower_id = any(%(ids)s)", knows="true")

ROLL = f"""
with ended as materialized ({CURRENT}),
edges as (
    select borrower_id, max(day) filter (where day <= %(as_of)s::date) as behind,
           min(day) filter (where day > %(as_of)s::date) as ahead
    from ended cross join lateral (values {", ".join(f"({edge})" for edge in EDGES)}) as edge(day)
    group by borrower_id
),
known as (
    select borrower_id, max(day) as day from (
        select borrower_id, greatest(known_on, superseded_on) as day
        from servicing_settlement where borrower_id = any(%(ids)s)
        union all select borrower_id, known_on from servicing_loan where borrower_id = any(%(ids)s)
    ) as fact group by borrower_id
),
summed as (select borrower_id, {ADDED_UP} from ended group by borrower_id)
insert into servicing_borrowerhistory as old
    (borrower_id, {COLUMNS}, adverse_years, valid_from, next_lapse_on, rolled_at)
select borrower_id, {COLUMNS}, %(years)s, greatest(known.day, edges.behind), edges.ahead, %(at)s
from summed join edges using (borrower_id) join known using (borrower_id)
order by borrower_id
on conflict (borrower_id) do update set ({COLUMNS}, adverse_years, valid_from, next_lapse_on, rolled_at)
    = ({", ".join(f"excluded.{name}" for name in SUMS)}, excluded.adverse_years, excluded.valid_from,
       excluded.next_lapse_on, excluded.rolled_at)
returning borrower_id, worst_dpd, late_loans, next_lapse_on
"""  # noqa: S608 - our own names

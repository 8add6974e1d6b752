"""Compiles loyalty facts, tiers and conditions to SQL: names are known, operators listed, numbers integers.

Parameters of the text: `as_of`, `on` (the day of work, on which nobody may be restricted), `adverse_since`,
and `ids` where it is about some borrowers only.
"""

from feedback.domain import loyalty
from servicing.actions import periods
from servicing.actions.processing import RESTRICTED
from servicing.domain.periods import years_before


def _months(day):
    age = f"age(%(as_of)s::date, {day})"
    return f"greatest(extract(year from {age}) * 12 + extract(month from {age}), 0)::integer"


# Each fact of the registry over: h the history, p what was paid off, l what is late now.
SQL = {
    "settled_loans": "h.settled_loans",
    "instalments": "coalesce(p.instalments, 0)::integer",
    # Rounded down: who was late once of a hundred times does not stand at all of them.
    "on_time_percent": (
        "coalesce(100 * greatest(p.instalments - p.late, 0) / nullif(p.instalments, 0), 0)::integer"
    ),
    "early_loans": "h.early_loans",
    "late_loans": "h.late_loans",
    "worst_dpd": "h.worst_dpd",
    "adverse_ends": "h.adverse_ends",
    "months_known": f"coalesce({_months('p.began_on')}, 0)",
    "months_since_payoff": _months("h.last_settled_on"),
    "days_late_now": "coalesce(l.days, 0)",
}
WHOLE, SOME = "true", "borrower_id = any(%(ids)s::bigint[])"
# A pause stops the clock of lateness; who is paused today is not late today.
KNOWN = """
select h.borrower_id, {facts}
from servicing_borrowerhistory h
left join (
    select borrower_id, sum(instalments) as instalments, min(disbursed_on) as began_on,
           coalesce(sum(times_late) filter (where settled_on > %(adverse_since)s::date), 0) as late
    from servicing_settlement
    where superseded_at is null and settled_on <= %(as_of)s::date and {who} group by borrower_id
) p using (borrower_id)
left join (
    select borrower_id, max(%(as_of)s::date - due_on) as days from servicing_oldestdue o
    where %(as_of)s::date - due_on > grace_days and {who} and not exists (
        select from servicing_pause s where s.loan_id = o.loan_id
          and %(as_of)s::date between s.starts_on and s.ends_on)
    group by borrower_id
) l using (borrower_id)
where {who} and h.borrower_id not in ({restricted})"""


def known(who=WHOLE):
    """A query of all facts of all borrowers who settled and are not restricted, or of `ids` alone."""
    facts = ", ".join(f"{SQL[fact.code]} as {fact.code}" for fact in loyalty.FACTS)
    return KNOWN.format(facts=facts, who=who, restricted=RESTRICTED.format(day="%(on)s::date"))


def named(*, on):
    """The parameters of `known` as of a day."""
    years = periods.value("adverse.years", on=on)
    return {"as_of": on, "on": on, "adverse_since": years_before(on, years)}


def condition(conditions):
    """A boolean over columns called like the facts; true where nothing is asked."""
    return (
        " and ".join(f"{loyalty.BY_CODE[c.fact].code} {_op(c.op)} {c.value:d}" for c in conditions) or "true"
    )


def _op(op):
    return loyalty.OPERATORS[loyalty.OPERATORS.index(op)]


def level(ladder):
    """Where a borrower stands: the highest rung that holds."""
    rungs = " ".join(f"when {condition(ladder.rungs[each])} then {each:d}" for each in loyalty.RUNGS)
    return f"case {rungs} else 0 end"


def seen(codes):
    """The facts as jsonb {code: value}."""
    pairs = ", ".join(f"'{loyalty.BY_CODE[code].code}', {code}" for code in codes)
    return f"jsonb_build_object({pairs})"

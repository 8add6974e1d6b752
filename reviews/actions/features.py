"""Compiles the registry of features to SQL; PostgreSQL computes them, for a range or for some ids alike.

Parameters of the text: `as_of`, `on` (the day of work), `at`, `adverse_since`, `years`, `stale`, and those of
the condition `who` on a borrower id. A fact counts from the day on which it was known to the day before it
was superseded or, with its import, withdrawn.
"""

from reviews.domain import edges
from reviews.domain.features import FEATURES, MOST, SOURCES, Feature
from servicing.actions import periods, processing
from servicing.actions.archive import sums
from servicing.actions.archive.sums import ADDED_UP, COLUMNS, ENDED
from servicing.domain.periods import years_before

RANGE = "between %(low)s and %(high)s"
IDS = "= any(%(ids)s::bigint[])"

# A history that holds on the day.
HOLDS = """valid_from <= %(as_of)s::date and adverse_years = %(years)s
           and coalesce(next_lapse_on > %(as_of)s::date, true)"""
# The histories that hold on the day, and for everybody else the settlements as they counted then. A payoff
# that has been superseded since makes a history hold only later, so nobody stands on both sides. The others
# are few, mostly nobody: they go to the index as an array, where a join would read everybody's settlements.
SETTLEMENTS = """
others as materialized (
    select borrower_id from servicing_borrowerhistory where borrower_id {who} and not ({holds})
    union select borrower_id from servicing_settlement
    where superseded_on > %(as_of)s::date and known_on <= %(as_of)s::date and borrower_id {who}
),
settlements as (
    select borrower_id, last_product_id, edge, {values} from (
        select borrower_id, {columns}, next_lapse_on - %(as_of)s::date as edge
        from servicing_borrowerhistory where borrower_id {who} and {holds}
        union all
        select borrower_id, {added_up}, min({edge}) as edge from ({ended}) as ended group by borrower_id
    ) as sums
    where borrower_id not in (select borrower_id from restricted)
)"""
COUNTS = """s.known_on <= %(as_of)s::date and (s.superseded_on is null or s.superseded_on > %(as_of)s::date)
    and s.borrower_id = any(array(select borrower_id from others))"""

# The rows that a feature may aggregate.
ROWS = {
    "loans": """
        select borrower_id, %(as_of)s::date - disbursed_on as age
        from servicing_loan where known_on <= %(as_of)s::date and borrower_id {who}""",
    "arrears": """
        select borrower_id, case when %(as_of)s::date - oldest_due_on > grace_days
                            then %(as_of)s::date - oldest_due_on else 0 end as days,
               oldest_due_on + grace_days + 1 - %(as_of)s::date as counts_in
        from servicing_arrear
        where known_on <= %(as_of)s::date and (superseded_on is null or superseded_on > %(as_of)s::date)
          and borrower_id {who}""",
    "failures": """
        select borrower_id, %(as_of)s::date - paid_on as age
        from servicing_payment
        where outcome = 'failed' and known_on <= %(as_of)s::date and paid_on > %(as_of)s::date - {window}
          and borrower_id {who}""",
    # What every row is asked for is worked out once (the offset keeps it so), the rest where it is asked for.
    # Of a kind its first letter says which it is, and is compared as one byte.
    "observations": f"""
        select borrower_id, kind, amount, days, known_on, superseded_on, observed_on, ended_on, age,
               is_latest,
               {sums.lapses("coalesce(ended_on, observed_on)")} as lapses_on,
               age < %(stale)s as is_current,
               ended_on is null or ended_on > %(as_of)s::date as is_open,
               coalesce(ended_on, observed_on) > %(adverse_since)s::date as is_fresh,
               known_on <= %(as_of)s::date - 180
                   and (superseded_on is null or superseded_on > %(as_of)s::date - 180)
                   and age < 180 + %(stale)s as was_latest
        from (
            select borrower_id, kind::"char" as kind, amount, days, known_on, superseded_on, observed_on,
                   ended_on, %(as_of)s::date - observed_on as age,
                   superseded_on is null or superseded_on > %(as_of)s::date as is_latest
            from servicing_observation
            where known_on <= %(as_of)s::date and (restored_on is null or restored_on <= %(as_of)s::date)
              and (withdrawn_on is null or withdrawn_on > %(as_of)s::date) and borrower_id {{who}}
              and {processing.MAY_BE_READ}
            offset 0
        ) as said""",  # noqa: S608 - our own names
}
# Who was not asked for so long that nothing is known any more.
HAVING = {"observations": " having min(age) < %(stale)s"}

# The first day after this one on which something counts, or counts no more, that is on file already. Only a
# past day has any, and today where a source lies in a zone that is ahead.
AHEAD = """
ahead as (
    select borrower_id, min(day) - %(as_of)s::date as edge from (
        select borrower_id, known_on as day from servicing_loan where borrower_id {who}
        union all select borrower_id, known_on from servicing_payment
                  where outcome = 'failed' and borrower_id {who}
        union all select borrower_id, given_on from servicing_consent
                  where purpose = 'outside_data' and borrower_id {who}
        {versions}
    ) as facts
    where %(as_of)s::date < (select max((%(at)s::timestamptz at time zone zone)::date) from servicing_source)
      and day > %(as_of)s::date
    group by borrower_id
)"""
VERSIONS = {
    "settlement": ("known_on", "superseded_on"),
    "arrear": ("known_on", "superseded_on"),
    "observation": ("known_on", "superseded_on", "restored_on", "withdrawn_on"),
    "restriction": ("from_on", "until_on + 1", "lifted_on"),
}


def read(*, on):
    """The settings in force on a day of work that features read."""
    years, stale = (periods.value(code, on=on) for code in ("adverse.years", "observation.stale"))
    return {"years": years, "stale": stale}


def parameters(*, as_of, on):
    """What the text needs besides the borrowers; the settings in force `on` the day of work count."""
    settings = read(on=on)
    return settings | {"as_of": as_of, "on": on, "adverse_since": years_before(as_of, settings["years"])}


def _columns(source):
    return ", ".join(f"{feature.sql} as {feature.code}" for feature in FEATURES if feature.source == source)


def _aggregate(source, who):
    # The widest window bounds the rows that have to be read at all.
    window = max(feature.window or 0 for feature in FEATURES if feature.source == source)
    rows = ROWS[source].format(who=who, window=window)
    return (
        f"{source} as (select borrower_id, {_columns(source)}, {_edge(source)} as edge "  # noqa: S608
        f"from ({rows}) as facts "
        f"group by borrower_id{HAVING.get(source, '')})"
    )


def _settlements(who):
    ended = ENDED.format(counts=COUNTS, knows="l.known_on <= %(as_of)s::date")
    edge = _soonest(f"nullif(greatest({day} - %(as_of)s::date, 0), 0)" for day in sums.EDGES)
    return SETTLEMENTS.format(
        who=who,
        holds=HOLDS,
        columns=COLUMNS,
        values=_columns("settlements"),
        added_up=ADDED_UP,
        ended=ended,
        edge=edge,
    )


def _ahead(who):
    versions = " ".join(
        f"union all select borrower_id, {day} from servicing_{table} where borrower_id {who}"  # noqa: S608
        for table, days in VERSIONS.items()
        for day in days
    )
    return AHEAD.format(who=who, versions=versions)


def _soonest(days):
    """The least of numbers of days, of which null is none."""
    first, *others = days
    return f"least({', '.join([first, *others])})" if others else first


def _edge(source):
    """Days until a row of the source, or all of them together, come to count for more or for less."""
    found = ["min(" + _of_kinds(source, edges.kinds(source)) + ")"]
    if source in edges.OF_ALL:
        found.append(edges.OF_ALL[source])
    return _soonest(found)


def _of_kinds(source, kinds):
    days = {kind: [*_windows(source, kind), *edges.others(source, kind)] for kind in kinds}
    if kinds == ("all",):
        return _soonest(days["all"])
    return "case kind " + " ".join(f"when '{kind}' then {_soonest(days[kind])}" for kind in kinds) + " end"


def _windows(source, kind):
    ages = edges.windows(source, kind)
    branches = " ".join(f"when age < {age:d} then {age:d} - age" for age in ages)
    return [f"case {branches} end"] if ages else []


def _value(feature: Feature) -> str:
    name = feature.value or f"{feature.source}.{feature.code}"
    column = "smallint" if feature.most <= MOST else "integer"
    if feature.missing is not None:
        return f"least(coalesce({name}, {feature.missing:d}), {feature.most:d})::{column} as {feature.code}"
    # The least of something and nothing would be the something.
    cut = f"case when {name} > {feature.most:d} then {feature.most:d} else {name} end"
    return f"({cut})::{column} as {feature.code}"


def compiled(who: str) -> str:
    """CTEs that end in `features`: one row for every borrower of `who` with a loan settled by the day.

    `edge` are the days until some feature may be another without a new fact, ticking ones aside.
    """
    values = ",\n    ".join(map(_value, FEATURES))
    others = " ".join(f"left join {source} using (borrower_id)" for source in (*SOURCES[1:], "ahead"))
    sources = (_aggregate(source, who) for source in SOURCES[1:])
    aggregates = ",\n".join([processing.ALLOWED.format(who=who), _settlements(who), *sources, _ahead(who)])
    edge = "least(" + ", ".join(f"{source}.edge" for source in (*SOURCES, "ahead")) + ")"
    columns = f"borrower_id, last_product_id, {edge} as edge,\n{values}"
    # The offset has each feature worked out once, and not again wherever a rule or a bin looks at it.
    return f"{aggregates},\nfeatures as (select {columns}\nfrom settlements {others} offset 0)"

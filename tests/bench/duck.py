"""DuckDB over Parquet: the thirty features, the rules in force and the points, written by hand once more.

It is what an analyst would do, and about the limit of one machine. `raw` begins with instalments, payments
and what others said; `frozen` with how each loan ended, as the house keeps it. Neither writes anything down.
Every fact is known by the day, which the portfolio makes so.
"""

import duckdb

from reviews.domain.features import FEATURES, MOST
from tests.bench.facts import TABLES, copied, read_csv

# What both readings end in: `ended` (settled loans), `waiting` (days past due of open ones), `said`.
RAW = """
by_loan as (
    select loan_id, max(due_on) as final_due_on, max(cleared_on) as settled_on, max(grace_days) as grace,
           count(*) = count(cleared_on) as is_paid,
           min(due_on) filter (where cleared_on is null) as oldest_due_on,
           coalesce(max(cleared_on - due_on) filter (where cleared_on - due_on > grace_days), 0) as worst_dpd
    from instalment group by loan_id
), paid_by_others as (
    select distinct loan_id from payment where origin in ('guarantor', 'waiver', 'recovery', 'transfer')
), ended as (
    select l.borrower_id, l.id as loan_id, b.settled_on, b.worst_dpd, o.loan_id is not null as is_adverse,
           case when b.settled_on - b.final_due_on between 1 and b.grace then 0
                else b.settled_on - b.final_due_on end as days_late
    from by_loan b join loan l on l.id = b.loan_id left join paid_by_others o on o.loan_id = b.loan_id
    where b.is_paid
), waiting as (
    select l.borrower_id, $day - b.oldest_due_on as days, b.grace
    from by_loan b join loan l on l.id = b.loan_id where not b.is_paid
), told as (
    select *, lead(known_on) over (partition by borrower_id, source_id, kind, lender order by observed_on, id)
              as superseded
    from observation
)"""
FROZEN = """
ended as (
    select borrower_id, loan_id, settled_on, worst_dpd, days_late,
           kind in ('transferred', 'recovered', 'guarantor', 'waived') as is_adverse
    from settlement
), waiting as (
    select borrower_id, $day - oldest_due_on as days, grace_days as grace from arrear
), told as (select *, superseded_on as superseded from observation)"""
# In whose sums `fresh` is what still counts against somebody after years.
FEATURE_SQL = """
with {begins}, settled as (
    select borrower_id, count(*) as settled_loans,
           coalesce(max(worst_dpd) filter (where fresh), 0) as worst_dpd,
           arg_max(case when fresh then days_late else least(days_late, 0) end,
                   (settled_on - date '1970-01-01') << 40 | loan_id) as last_days_late,
           coalesce(sum(days_late) filter (where days_late > 0 and fresh), 0)::bigint as late_days,
           count(*) filter (where days_late > 0 and fresh) as late_loans,
           count(*) filter (where days_late < 0) as early_loans,
           count(*) filter (where is_adverse and fresh) as adverse_ends, max(settled_on) as last_settled_on
    from (select *, settled_on > $day - interval 5 year as fresh from ended) group by borrower_id
), returned as (
    select e.borrower_id, min(l.disbursed_on - e.settled_on) as quickest_return
    from ended e join loan l
        on l.borrower_id = e.borrower_id and l.id <> e.loan_id and l.disbursed_on >= e.settled_on
    where $day - e.settled_on < 730 group by e.borrower_id
), taken as (
    select borrower_id, count(*) as loans, count(*) filter (where $day - disbursed_on < 30) as new_loans_30,
           count(*) filter (where $day - disbursed_on < 90) as new_loans_90,
           count(*) filter (where $day - disbursed_on < 180) as new_loans_180
    from loan group by borrower_id
), late as (
    select borrower_id, max(case when days > grace then days else 0 end) as current_dpd
    from waiting group by borrower_id
), failed as (
    select l.borrower_id, count(*) as failed_payments_90
    from payment p join loan l on l.id = p.loan_id
    where p.outcome = 'failed' and p.paid_on > $day - 90 group by l.borrower_id
), said as (
    select *, $day - observed_on as age, coalesce(superseded > $day, true) as is_latest,
           $day - observed_on < 365 as is_current, coalesce(ended_on > $day, true) as is_open,
           coalesce(ended_on, observed_on) > $day - interval 5 year as is_fresh,
           known_on <= $day - 180 and coalesce(superseded > $day - 180, true)
               and observed_on > $day - 180 - 365
               as was_latest
    from told
), known as (
    select borrower_id,
           count(*) filter (where kind = 'inquiry' and age < 30) as inquiries_30,
           count(*) filter (where kind = 'inquiry' and age < 90) as inquiries_90,
           count(*) filter (where kind = 'inquiry' and age < 365) as inquiries_365,
           count(*) filter (where kind = 'inquiry' and is_latest and age < 30) as inquirers_30,
           count(*) filter (where kind = 'inquiry' and is_latest and age < 90) as inquirers_90,
           count(*) filter (where kind = 'inquiry' and is_latest and age < 365) as inquirers_365,
           count(*) filter (where kind = 'loan' and age < 90) as loans_elsewhere_90,
           coalesce(max(days) filter (where kind = 'overdue' and is_latest and is_current and is_open), 0)
               as overdue_elsewhere,
           count(*) filter (where kind = 'overdue' and is_latest and age < 365) as overdue_lenders_365,
           floor(coalesce(sum(amount) filter (where kind = 'balance' and is_latest and is_current), 0))
               ::bigint as balance_now,
           floor(coalesce(sum(amount) filter (where kind = 'balance' and was_latest), 0))
               ::bigint as balance_then,
           count(*) filter (where kind = 'balance' and is_latest and is_current and amount > 0)
               as lenders_elsewhere,
           count(*) filter (where kind = 'record' and is_fresh) as public_records,
           count(*) filter (where kind = 'guarantee' and is_fresh) as guarantee_claims
    from said group by borrower_id having bool_or(is_current)
)
select s.borrower_id, s.settled_loans, s.worst_dpd, s.last_days_late,
       (2 * s.late_days + s.settled_loans) // (2 * s.settled_loans) as average_days_late,
       100 * s.late_loans // s.settled_loans as late_share,
       100 * s.early_loans // s.settled_loans as early_share,
       greatest(-s.last_days_late, 0) as last_days_early, s.adverse_ends,
       $day - s.last_settled_on as days_since_payoff, t.new_loans_30, t.new_loans_90, t.new_loans_180,
       r.quickest_return, coalesce(w.current_dpd, 0) as current_dpd,
       t.loans - s.settled_loans as open_loans, coalesce(f.failed_payments_90, 0) as failed_payments_90,
       k.inquiries_30, k.inquiries_90, k.inquiries_365, k.inquirers_30, k.inquirers_90, k.inquirers_365,
       k.loans_elsewhere_90, k.overdue_elsewhere, k.overdue_lenders_365,
       case when k.balance_now > 2000000000 then 2000000000 else k.balance_now end as balance_elsewhere,
       least(100 * (k.balance_now - k.balance_then), {MOST} * k.balance_then) // nullif(k.balance_then, 0)
           as balance_growth_180,
       k.lenders_elsewhere, k.public_records, k.guarantee_claims
from settled s join taken t using (borrower_id) left join returned r using (borrower_id)
left join late w using (borrower_id) left join failed f using (borrower_id)
left join known k using (borrower_id)
"""
CELLS = [feature.code for feature in FEATURES] + ["fired", "score"]
# What a snapshot says, with the numbers of the rules that fired as bits of one number.
BITS = "coalesce((select bit_or(1::bigint << (n - 1)) from unnest(fired) n), 0)"
OURS = "select borrower_id, {columns}, {bits}, score from reviews_snapshot where as_of = '{day}'"
STANDING = """
select borrower_id, {columns}, {bits}, score from (
    select distinct on (borrower_id) * from reviews_snapshot where as_of <= '{day}'
    order by borrower_id, as_of desc
) as newest where coalesce(holds_until > '{day}', true)
"""
# What grows by a day with every day, and when it does.
TICKS = {"days_since_payoff": "true", "current_dpd": "current_dpd > 0"}


def fired(rules):
    """The rules that fire, as bits of one number; a rule looks at what is known alone."""
    bits = [
        f"case when {' and '.join(f'{c.feature} {c.op} {c.threshold}' for c in rule.conditions)} "
        f"then {1 << rule.number - 1} else 0 end"
        for rule in rules
    ]
    return f"({' + '.join(bits)})::bigint"


def points(card):
    """The sum of points of a card as SQL that DuckDB and Polars read alike."""
    scales = []
    for scale in card.scales:
        *bins, last = scale.bins
        branches = " ".join(f"when {scale.feature} <= {each.upper} then {each.points}" for each in bins)
        scales.append(
            f"case when {scale.feature} is null then {scale.missing} {branches} else {last.points} end"
        )
    return " + ".join([str(card.base), *scales])


class Duck:
    """Two threads, and a view over the Parquet file of each table."""

    def __init__(self, folder):
        self.folder = folder
        self.connection = duckdb.connect(config={"threads": 2})
        for table in TABLES:
            self.connection.execute(f"create view {table} as from read_parquet('{folder / table}.parquet')")

    def judge(self, name, *, day, ruleset):
        """Compute features, fired rules and points of everybody into the table `name`, in memory."""
        features = FEATURE_SQL.format(MOST=MOST, begins={"raw": RAW, "frozen": FROZEN}[name])
        features = features.replace("$day", f"date '{day}'")
        self.connection.execute(
            f"create or replace temp table {name} as select *, {fired(ruleset.rules)} as fired, "
            f"{points(ruleset.card)} as score from ({features})"
        )

    def fetch_frame(self, *, database):
        """Read what the data frames wrote into the table `polars`."""
        path = copied(
            database, f"select borrower_id, {', '.join(CELLS)} from bench_frame", self.folder / "p.csv"
        )
        self.keep("polars", path)

    def keep(self, name, path):
        typed = ", ".join(["borrower_id bigint", *(f"{cell} bigint" for cell in CELLS)])
        self.connection.execute(f"create or replace temp table {name} as from {read_csv(path, typed)}")
        path.unlink()

    def ours(self, *, database, day):
        """Read what the recheck wrote for the day into the table `ours`."""
        columns = ", ".join(CELLS[:-2])
        query = OURS.format(columns=columns, day=day, bits=BITS)
        self.keep("ours", copied(database, query, self.folder / "ours.csv"))

    def difference(self, name):
        """What a table says otherwise than `ours`, cell by cell: {column: borrowers}; empty where nothing."""
        sums = ", ".join(f"count(*) filter (where o.{cell} is distinct from t.{cell})" for cell in CELLS)
        found = self.connection.execute(
            f"select count(*) filter (where o.borrower_id is null or t.borrower_id is null), {sums} "
            f"from ours o full join {name} t using (borrower_id)"
        ).fetchone()
        return {cell: n for cell, n in zip(["borrower_id", *CELLS], found, strict=True) if n}

    def standing(self, *, database, day):
        """Read how everybody stands on the day, whichever day the row is of, into the table `standing`."""
        columns = ", ".join(
            f"{cell} + case when {TICKS.get(cell, 'false')} then date '{day}' - as_of else 0 end"
            for cell in CELLS[:-2]
        )
        query = STANDING.format(columns=columns, day=day, bits=BITS)
        self.keep("standing", copied(database, " ".join(query.split()), self.folder / "standing.csv"))

    def sample(self, size):
        """Some of the borrowers, the same for the same size."""
        rows = self.connection.execute(
            f"select borrower_id from ours order by hash(borrower_id) limit {size}"
        ).fetchall()
        return [row[0] for row in rows]

    def features(self, ids):
        """[({feature: value}, bits of the rules that fired)] of these borrowers."""
        rows = self.connection.execute(
            f"select {', '.join(CELLS[:-1])} from ours where borrower_id in ({', '.join(map(str, ids))})"
        ).fetchall()
        return [(dict(zip(CELLS[:-2], row, strict=False)), row[-1]) for row in rows]

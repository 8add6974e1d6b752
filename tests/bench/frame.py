"""Data frames: ADBC fetches frozen facts of a range, Polars judges them, ADBC copies the rows back.

`python -m tests.bench.frame DATABASE` is a process that does so for the day on each line of its input, so
that its memory is its own. It writes a table like the snapshots, with its primary key, one commit a range.
"""

import json
import sys
from datetime import date, timedelta

import adbc_driver_postgresql.dbapi as adbc
import polars as pl

from reviews.domain.features import FEATURES, MOST
from tests.bench.duck import fired, points
from tests.bench.facts import url
from tests.bench.memory import peak

# Wider ranges are no faster by more than a tenth, and take twice the memory.
WIDTH = 100_000
TABLE = """
create table if not exists bench_frame (
    as_of date, borrower_id bigint, {columns}, fired bigint, score bigint, primary key (as_of, borrower_id))
"""
FACTS = {
    "settlement": "borrower_id, loan_id, kind, settled_on, days_late, worst_dpd",
    "loan": "borrower_id, id as loan_id, disbursed_on",
    "arrear": "borrower_id, oldest_due_on, grace_days",
    "payment": "borrower_id, paid_on",
    "observation": "borrower_id, kind, amount::float8 as amount, days, observed_on, ended_on, known_on, "
    "superseded_on",
}
ONLY = {
    "settlement": "superseded_on is null",
    "arrear": "superseded_on is null",
    "payment": "outcome = 'failed'",
    "loan": "true",
    "observation": "true",
}
ADVERSE = ("transferred", "recovered", "guarantor", "waived")
c = pl.col


def fetched(connection, low, high):
    """{table: data frame} of the facts of the borrowers in a range."""
    frames = {}
    with connection.cursor() as cursor:
        for table, columns in FACTS.items():
            cursor.execute(
                f"select {columns} from servicing_{table} "
                f"where borrower_id between {low} and {high} and {ONLY[table]}"
            )
            frames[table] = cursor.fetch_polars()
    return frames


def years_before(day, years):
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def age(column, day):
    return (pl.lit(day) - c(column)).dt.total_days()


def settled(rows, day):
    """One row a borrower of what the settlements add up to."""
    fresh, late = c("settled_on") > years_before(day, 5), c("days_late") > 0
    mattering = pl.when(fresh).then(c("days_late")).otherwise(pl.min_horizontal(c("days_late"), 0))
    return (
        rows.sort("settled_on", "loan_id")
        .group_by("borrower_id")
        .agg(
            pl.len().cast(pl.Int64).alias("settled_loans"),
            c("worst_dpd").filter(fresh).max().fill_null(0),
            mattering.last().alias("last_days_late"),
            c("days_late").filter(late & fresh).sum().cast(pl.Int64).alias("late_days"),
            (late & fresh).sum().cast(pl.Int64).alias("late_loans"),
            (c("days_late") < 0).sum().cast(pl.Int64).alias("early_loans"),
            (c("kind").is_in(ADVERSE) & fresh).sum().alias("adverse_ends"),
            age("settled_on", day).min().alias("days_since_payoff"),
        )
    )


def returned(rows, loans, day):
    """The fewest days from a payoff of two years to another loan."""
    recent = rows.filter(age("settled_on", day) < 730).select("borrower_id", "loan_id", "settled_on")
    pairs = recent.join(loans, on="borrower_id", suffix="_next").filter(
        (c("loan_id") != c("loan_id_next")) & (c("disbursed_on") >= c("settled_on"))
    )
    days = (c("disbursed_on") - c("settled_on")).dt.total_days().min()
    return pairs.group_by("borrower_id").agg(days.alias("quickest_return"))


def taken(loans, day):
    ago = age("disbursed_on", day)
    counts = [(ago < days).sum().alias(f"new_loans_{days}") for days in (30, 90, 180)]
    return loans.group_by("borrower_id").agg(pl.len().cast(pl.Int64).alias("loans"), *counts)


def late(arrears, day):
    days = age("oldest_due_on", day)
    return arrears.group_by("borrower_id").agg(
        pl.when(days > c("grace_days")).then(days).otherwise(0).max().alias("current_dpd")
    )


def failed(payments, day):
    rows = payments.filter(age("paid_on", day) < 90)
    return rows.group_by("borrower_id").agg(pl.len().alias("failed_payments_90"))


def known(rows, day):
    """One row a borrower of whom others said something within a year."""
    then, ago = day - timedelta(days=180), age("observed_on", day)
    latest = c("superseded_on").is_null() | (c("superseded_on") > day)
    current = ago < 365
    was_latest = (
        (c("known_on") <= then)
        & (c("superseded_on").is_null() | (c("superseded_on") > then))
        & (c("observed_on") > then - timedelta(days=365))
    )
    is_open = c("ended_on").is_null() | (c("ended_on") > day)
    fresh = pl.coalesce("ended_on", "observed_on") > years_before(day, 5)
    inquiry, overdue, balance = (c("kind") == kind for kind in ("inquiry", "overdue", "balance"))
    counts = {f"inquiries_{days}": inquiry & (ago < days) for days in (30, 90, 365)}
    counts |= {f"inquirers_{days}": inquiry & latest & (ago < days) for days in (30, 90, 365)}
    counts |= {
        "loans_elsewhere_90": (c("kind") == "loan") & (ago < 90),
        "overdue_lenders_365": overdue & latest & (ago < 365),
        "lenders_elsewhere": balance & latest & current & (c("amount") > 0),
        "public_records": (c("kind") == "record") & fresh,
        "guarantee_claims": (c("kind") == "guarantee") & fresh,
    }
    return (
        rows.group_by("borrower_id")
        .agg(
            current.any().alias("is_known"),
            c("days")
            .filter(overdue & latest & current & is_open)
            .max()
            .alias("overdue_elsewhere")
            .fill_null(0),
            c("amount").filter(balance & latest & current).sum().floor().cast(pl.Int64).alias("balance_now"),
            c("amount").filter(balance & was_latest).sum().floor().cast(pl.Int64).alias("balance_then"),
            *(found.sum().alias(code) for code, found in counts.items()),
        )
        .filter("is_known")
    )


def growth():
    """In percent, cut off towards zero; unknown where there was nothing before."""
    now, then = c("balance_now"), c("balance_then")
    percent = pl.min_horizontal(100 * (now - then), MOST * then)
    cut = percent.sign() * (percent.abs() // pl.when(then > 0).then(then))
    return cut.alias("balance_growth_180")


def judged(frames, *, day, ruleset):
    """The rows of the snapshot of a range."""
    found = settled(frames["settlement"], day)
    for part in (
        returned(frames["settlement"], frames["loan"], day),
        taken(frames["loan"], day),
        late(frames["arrear"], day),
        failed(frames["payment"], day),
        known(frames["observation"], day),
    ):
        found = found.join(part, on="borrower_id", how="left")
    loans = c("settled_loans")
    found = found.with_columns(
        ((2 * c("late_days") + loans) // (2 * loans)).alias("average_days_late"),
        (100 * c("late_loans") // loans).alias("late_share"),
        (100 * c("early_loans") // loans).alias("early_share"),
        pl.max_horizontal(-c("last_days_late"), 0).alias("last_days_early"),
        (c("loans") - loans).alias("open_loans"),
        c("current_dpd").fill_null(0),
        c("failed_payments_90").fill_null(0),
        c("balance_now").clip(upper_bound=2_000_000_000).alias("balance_elsewhere"),
        growth(),
    )
    features = found.select("borrower_id", *(c(feature.code).cast(pl.Int64) for feature in FEATURES))
    return features.with_columns(
        pl.lit(day).alias("as_of"),
        pl.sql_expr(fired(ruleset.rules)).alias("fired"),
        pl.sql_expr(points(ruleset.card)).cast(pl.Int64).alias("score"),
    ).select("as_of", "borrower_id", *(feature.code for feature in FEATURES), "fired", "score")


def judge(database, *, day, ruleset):
    """Judge everybody and write it down."""
    columns = ", ".join(f"{feature.code} bigint" for feature in FEATURES)
    with adbc.connect(url(database)) as connection:
        with connection.cursor() as cursor:
            cursor.execute(TABLE.format(columns=columns))
            cursor.execute("truncate bench_frame")
            cursor.execute("select min(id), max(id) from servicing_borrower")
            least, most = cursor.fetch_polars().row(0)
        connection.commit()
        for low in range(least, most + 1, WIDTH):
            rows = judged(fetched(connection, low, low + WIDTH - 1), day=day, ruleset=ruleset)
            with connection.cursor() as cursor:
                cursor.adbc_ingest("bench_frame", rows, mode="append")
            connection.commit()


def main(database):
    import django

    django.setup()
    from reviews.actions import rules

    ruleset = rules.current()
    print(json.dumps({"peak_mb": peak()}), flush=True)
    for line in sys.stdin:
        judge(database, day=date.fromisoformat(line.strip()), ruleset=ruleset)
        print(json.dumps({"peak_mb": peak()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The made-up portfolio: written by several processes, laid out as Parquet for engines without a server."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from config.embedded import postgres

ROOT = Path(__file__).resolve().parent.parent.parent
# What leaves the database: table, columns as DuckDB types them, and which rows. Loans, instalments, payments
# and observations are what happened; the others, and `superseded_on`, are what the house keeps of it.
TABLES = {
    "loan": ("id bigint, borrower_id bigint, disbursed_on date", ""),
    "instalment": ("loan_id bigint, due_on date, grace_days integer, cleared_on date", "replaced_on is null"),
    "payment": ("loan_id bigint, paid_on date, outcome varchar, origin varchar", "reversed_on is null"),
    "observation": (
        "id bigint, borrower_id bigint, source_id bigint, kind varchar, lender varchar, observed_on date, "
        "ended_on date, amount decimal(14, 2), days integer, known_on date, superseded_on date",
        "",
    ),
    "settlement": (
        "loan_id bigint, borrower_id bigint, kind varchar, settled_on date, days_late integer, "
        "worst_dpd integer",
        "superseded_on is null",
    ),
    "arrear": (
        "borrower_id bigint, oldest_due_on date, grace_days integer",
        "superseded_on is null",
    ),
}
# Borrowers of one transaction.
CHUNK = 20_000
MAKE = """
import sys, django
django.setup()
from datetime import datetime
from config.portfolio import million
from servicing.actions import staff
*numbers, at = sys.argv[1:]
seed, first, last, size, step = map(int, numbers)
for number in range(first, last + 1, step):
    million.make_some(first=number, last=min(number + size - 1, last), seed=seed,
                      by=staff.machine("operator"), at=datetime.fromisoformat(at))
"""


def make(*, borrowers, seed, at, database):
    """Write the portfolio into an empty database with the owner's rights, in as many processes as cores."""
    cores = os.cpu_count() or 1
    # The first borrowers alone: with them come the source and the products that the others find.
    made = [[(1, min(CHUNK, borrowers))], [(CHUNK * turn + 1, borrowers) for turn in range(1, cores + 1)]]
    for part in made:
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", MAKE, *map(str, (seed, *span, CHUNK, CHUNK * cores)), at.isoformat()],
                env=os.environ | {"DATABASE_URL": url(database), "AFTERCARE_DB": database},
                cwd=ROOT,
            )
            for span in part
        ]
        codes = [process.wait() for process in processes]
        if any(codes):
            raise RuntimeError("the portfolio could not be made")
    # So that index-only scans find the visibility map, as on a database that lives.
    psql(database, "vacuum (analyze, parallel 2)", "checkpoint")


def psql(database, *commands):
    """Run commands as the owner, by the client of the server itself: it copies files faster than Python."""
    words = [word for command in commands for word in ("-c", command)]
    argv = [postgres.binaries() / "psql", "-qX", "-v", "ON_ERROR_STOP=1", url(database), *words]
    subprocess.run(argv, check=True, env=postgres.environment())


def url(database):
    return postgres.url(postgres.OWNER, database)


def copied(database, query, path):
    psql(database, f"\\copy ({query}) to '{path}' (format csv)")
    return path


def export(*, database, folder):
    """Write every table as Parquet; an engine's view of `loan` is read_parquet('<folder>/loan.parquet')."""
    for table, (columns, where) in TABLES.items():
        names = ", ".join(column.split()[0] for column in columns.split(", ") if " " in column)
        query = f"select {names} from servicing_{table} where {where or 'true'}"
        path = copied(database, query, folder / f"{table}.csv")
        with duckdb.connect(config={"threads": 2}) as duck:
            rows = read_csv(path, columns)
            duck.execute(f"copy (from {rows}) to '{folder / table}.parquet' (format parquet)")
        path.unlink()


def read_csv(path, columns):
    """DuckDB's reading of a file without a header, by the types that we know."""
    typed = []
    for column in columns.replace("(14, 2)", "(14;2)").split(", "):
        name, kind = column.split()
        typed.append(f"'{name}': '{kind.replace(';', ',')}'")
    return f"read_csv('{path}', header = false, columns = {{{', '.join(typed)}}})"

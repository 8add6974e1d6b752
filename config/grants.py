"""What the site's role may do: read and write rows, of the trail only insert and read, and of what the
database keeps itself only read."""

from django.db import transaction
from psycopg import sql

APPEND_ONLY = ("servicing_ledgerentry",)
READ_ONLY = (
    "servicing_ledgerlink",
    "servicing_ledgerhead",
    "servicing_oldestdue",
    "servicing_tally",
    "django_migrations",
)
FUNCTIONS = ("snapshot_partition(date)", "snapshots_let_go(date)", "fold_tallies()", "recheck_statistics()")


def give(connection, *, role):
    """Grant after each migration; nothing to do where one role is both owner and site."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("select current_user")
        if cursor.fetchone()[0] == role:
            return
        site = sql.Identifier(role)
        # Whoever may make temporary tables can make them take part in the owner's functions.
        cursor.execute("select current_database()")
        here = sql.Identifier(cursor.fetchone()[0])
        cursor.execute(sql.SQL("revoke temporary on database {} from public, {}").format(here, site))
        cursor.execute(sql.SQL("grant usage on schema public to {}").format(site))
        cursor.execute(
            sql.SQL("grant select, insert, update, delete on all tables in schema public to {}").format(site)
        )
        cursor.execute(sql.SQL("grant usage, select on all sequences in schema public to {}").format(site))
        for table in APPEND_ONLY:
            cursor.execute(
                sql.SQL("revoke update, delete, truncate on {} from {}").format(sql.Identifier(table), site)
            )
        for table in READ_ONLY:
            cursor.execute(
                sql.SQL("revoke insert, update, delete, truncate on {} from {}").format(
                    sql.Identifier(table), site
                )
            )
        for function in FUNCTIONS:
            cursor.execute(sql.SQL("grant execute on function {} to {}").format(sql.SQL(function), site))

"""The trail: append-only, chained at commit, and every tampering is found."""

import random
import threading

import pytest
from django.db import DatabaseError, ProgrammingError, connection, connections, transaction

from config import grants
from servicing.actions import ledger
from servicing.models import LedgerEntry, LedgerHead, LedgerLink
from tests.cast import NOON
from tests.conftest import owner
from tests.servers import DATABASE

committed = pytest.mark.django_db(transaction=True)


def write(by, count=1):
    for number in range(count):
        with transaction.atomic():
            ledger.record(what="story.told", by=by, at=NOON, detail={"n": number, "words": "三遍"})


@committed
def test_what_commits_is_chained(wei):
    write(wei, 3)
    entries, broken = ledger.verify()
    assert (entries, broken) == (3, None)
    assert LedgerHead.objects.get().position == 3


@committed
def test_what_rolls_back_leaves_no_trace(wei):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        ledger.record(what="story.told", by=wei, at=NOON)
        raise ZeroDivisionError
    assert not LedgerEntry.objects.exists()
    assert LedgerHead.objects.get().position == 0


def test_an_entry_needs_somebody_who_did_it(db):
    with pytest.raises(DatabaseError):
        ledger.record(what="story.told", by=None, at=NOON)


@committed
def test_an_entry_outside_a_transaction_is_refused(wei):
    with pytest.raises(RuntimeError):
        ledger.record(what="story.told", by=wei, at=NOON)


@pytest.mark.parametrize(
    "statement",
    [
        "update servicing_ledgerentry set what = 'x'",
        "delete from servicing_ledgerentry",
        "truncate servicing_ledgerentry cascade",
        "insert into servicing_ledgerlink values (9, 1, '', '')",
        "update servicing_ledgerlink set hash = ''",
        "delete from servicing_ledgerlink",
        "update servicing_ledgerhead set position = 9",
        "alter table servicing_ledgerentry disable trigger all",
        "drop table servicing_ledgerentry cascade",
        "create table public.mine ()",
        "create temp table mine (like servicing_ledgerentry)",
        "select ledger_chain()",
        "delete from servicing_oldestdue",
        "update servicing_oldestdue set due_on = now()",
        "insert into servicing_oldestdue values (1, 1, now(), 0, 1, null)",
        "delete from servicing_tally",
    ],
)
def test_the_sites_role_can_only_insert(wei, statement):
    ledger.record(what="story.told", by=wei, at=NOON)
    with pytest.raises((ProgrammingError, DatabaseError)), connection.cursor() as cursor:
        cursor.execute(statement)


def test_nothing_that_runs_as_the_owner_is_anybodys_to_call(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "select proname from pg_proc"
            " where prosecdef and has_function_privilege('aftercare_site', oid, 'execute')"
        )
        own = [("fold_tallies",), ("recheck_statistics",), ("snapshot_partition",), ("snapshots_let_go",)]
        assert sorted(cursor.fetchall()) == own


KEEPERS = ("keep_oldest_due", "keep_written_off", "keep_settlements", "keep_settled", "keep_former")


@committed
def test_what_runs_as_the_owner_keeps_to_its_own_table(db):
    with owner(DATABASE) as db:
        for function in KEEPERS:
            db.execute("create table elsewhere (id int, written_off_on date)")
            db.execute(
                f"create trigger mine after insert on elsewhere for each row execute function {function}()"
            )
            with pytest.raises(Exception, match="alone"):
                db.execute("insert into elsewhere values (1)")
            db.execute("drop table elsewhere")


@pytest.mark.django_db(databases=["default", "owner"], transaction=True)
def test_a_migration_takes_back_what_an_older_one_gave(db):
    able = "select has_database_privilege('aftercare_site', current_database(), 'temporary')"
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"grant temporary on database {DATABASE} to aftercare_site")
        grants.give(connections["owner"], role="aftercare_site")
        cursor.execute(able)
        assert cursor.fetchone() == (False,)


@committed
@pytest.mark.parametrize("table", ["servicing_ledgerentry", "servicing_ledgerlink"])
@pytest.mark.parametrize("act", ["update {} set {} = {}", "delete from {}", "truncate {} cascade"])
def test_not_even_the_owner_changes_it_by_accident(wei, table, act):
    write(wei)
    column = "what" if table.endswith("entry") else "prev"
    with owner(DATABASE) as db, pytest.raises(Exception, match="append-only"):
        db.execute(act.format(table, column, column))


@committed
def test_eight_writers_at_once_make_one_unbroken_chain(wei):
    def writer():
        write(wei, 25)
        connection.close()

    threads = [threading.Thread(target=writer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.verify() == (200, None)


TAMPERINGS = [
    "update servicing_ledgerentry set what = 'other' where id = {entry}",
    "update servicing_ledgerentry set at = at + interval '1 microsecond' where id = {entry}",
    "update servicing_ledgerentry set detail = '{{}}' where id = {entry}",
    "update servicing_ledgerentry set by_id = {somebody} where id = {entry}",
    "delete from servicing_ledgerentry where id = {entry}",
    "delete from servicing_ledgerlink where position = {position}",
    "update servicing_ledgerlink set hash = sha256(hash) where position = {position}",
    "delete from servicing_ledgerlink where position >= {position}",
    "update servicing_ledgerhead set position = position + 1",
    "delete from servicing_ledgerhead",
    "truncate servicing_ledgerlink",
    "insert into servicing_ledgerentry (at, by_id, what, target_type, target_id, detail)"
    " values (now(), {somebody}, 'forged', '', '', '{{}}')",
]


@committed
def test_every_tampering_by_somebody_with_all_rights_is_found(wei, tom):
    """Triggers off, constraints off: a thousand times something is changed, and each time it is named."""
    write(wei, 20)
    links = list(LedgerLink.objects.values_list("position", "entry_id"))
    draw, found = random.Random(7), 0
    with owner(DATABASE) as db:
        db.execute("set session_replication_role = replica")
        for _ in range(1000):
            position, entry = draw.choice(links)
            db.execute("begin")
            db.execute(
                draw.choice(TAMPERINGS).format(entry=entry, position=position, somebody=tom.pk).encode()
            )
            row = db.execute(ledger.BREAKS).fetchone()
            found += row is not None
            db.execute("rollback")
    assert found == 1000
    assert ledger.verify() == (20, None)

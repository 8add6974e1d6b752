"""The servers with real processes: who starts them, who stops them, and what a kill -9 leaves."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
import pytest

from config import embedded
from config.embedded import postgres, state
from config.endings import Trouble

ROOT = Path(__file__).resolve().parents[2]
USER = """
import os, subprocess, sys
from config import embedded, endings
with endings.in_one_sentence():
    embedded.use(lasting="lasting" in sys.argv)
    if "fork" in sys.argv and not os.fork():
        embedded.leave()
        sys.exit()
    if "child" in sys.argv:
        subprocess.Popen(["sleep", "3"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print("ready", flush=True)
    sys.stdin.readline()
"""


class User:
    """A process that uses the servers until it is told to leave."""

    def __init__(self, *words, before=()):
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", USER, *words],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def ready(self):
        assert self.process.stdout.readline() == "ready\n"
        return self

    def leave(self):
        said = self.process.communicate("\n", timeout=30)[0]
        assert (said, self.process.returncode) == ("", 0)

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def used_once():
    """A state folder that has been used and left, to copy: making a cluster takes a second."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-"))
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, folder)
        User().ready().leave()
    yield folder
    shutil.rmtree(folder)


def settle(patch, folder):
    patch.setenv("AFTERCARE_STATE", str(folder))
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        patch.delenv(name, raising=False)


@pytest.fixture
def empty(monkeypatch):
    """A state folder of this test alone; whatever still runs in it afterwards is stopped."""
    folder = Path(tempfile.mkdtemp(prefix="aftercare-"))
    settle(monkeypatch, folder)
    yield folder
    if embedded.silent() != ["postgres", "valkey"]:
        User().ready().leave()
    shutil.rmtree(folder)


@pytest.fixture
def here(empty, used_once):
    shutil.copytree(used_once, empty, dirs_exist_ok=True)
    (empty / "logs" / "postgres.log").unlink()
    return empty


def as_role(role, *statements):
    with psycopg.connect(embedded.database_urls()[role]) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None


def running():
    return postgres.Postgres()._pid()


def starts():
    return (embedded.state_dir() / "logs" / "postgres.log").read_text().count("starting PostgreSQL")


def test_the_site_reads_and_writes_but_makes_nothing(here):
    user = User().ready()
    as_role("owner", "create table note (text text)", "grant insert on note to aftercare_site")
    as_role("site", "insert into note values ('结清')")
    for forbidden in (
        "create table other ()",
        "drop table note",
        "create role other",
        "create temp table t ()",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_role("site", forbidden)
    user.leave()


def test_chinese_names_have_trigrams(here):
    user = User().ready()
    assert as_role("owner", "create extension pg_trgm", "select cardinality(show_trgm('张三丰'))") == (4,)
    user.leave()


def test_nothing_is_open_to_others(here):
    user = User().ready()
    assert as_role("owner", "show listen_addresses") == ("",)
    for path in (embedded.state_dir(), embedded.redis_socket().parent, here / "keys", here / "pg18"):
        assert path.stat().st_mode & 0o077 == 0
    for path in (here / "keys").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    user.leave()


def test_the_last_one_out_stops_the_servers_and_the_data_stays(here):
    first, second = User(), User()  # at once: one starts, the other joins
    first.ready()
    second.ready()
    as_role("owner", "create table kept as select 1 as n")
    first.leave()
    assert embedded.silent() == []
    second.leave()
    assert embedded.silent() == ["postgres", "valkey"]
    assert starts() == 1
    third = User().ready()
    assert as_role("owner", "select n from kept") == (1,)
    third.leave()


def test_a_killed_user_leaves_servers_that_the_next_one_takes_over(here):
    killed = User("child").ready()  # its child lives on, and must not keep its lock
    before = running()
    killed.kill()
    assert embedded.silent() == []
    heir = User().ready()
    assert running() == before
    heir.leave()
    assert embedded.silent() == ["postgres", "valkey"]


def test_a_number_that_now_belongs_to_another_process_is_not_ours(here):
    killed = User("lasting").ready()
    as_role("owner", "create table kept as select 1 as n")
    os.kill(running(), signal.SIGKILL)
    killed.kill()
    bystander = subprocess.Popen(["sleep", "30"])
    for marks in (here / "pg18" / "postmaster.pid", here / "run" / ".s.PGSQL.5432.lock"):
        lines = marks.read_text().splitlines()
        marks.write_text("\n".join([str(bystander.pid), *lines[1:]]) + "\n")
    user = User().ready()
    assert as_role("owner", "select n from kept") == (1,)
    user.leave()
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_a_path_too_long_for_a_socket_works_all_the_same(empty, monkeypatch):
    monkeypatch.setenv("AFTERCARE_STATE", str(empty / ("long" * 30)))
    user = User().ready()
    assert embedded.redis_socket().parent.parent == Path("/tmp")  # noqa: S108
    assert embedded.redis_socket().parent.stat().st_mode & 0o077 == 0
    user.leave()
    shutil.rmtree(state.sockets())
    monkeypatch.setenv("AFTERCARE_STATE", str(empty))


def test_a_full_disk_is_one_sentence(empty):
    namespace = ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-Urm"]
    mount = ["sh", "-c", f'mount -t tmpfs -o size=12m,mode=700 none {empty} && cd {ROOT} && exec "$@"', "-"]
    if subprocess.run([*namespace, *mount, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    user = User(before=[*namespace, *mount])
    said = user.process.communicate(timeout=30)[0]
    assert said.startswith("The disk is full")
    assert said.count("\n") == 1
    assert user.process.returncode == 1


def test_a_forked_child_neither_holds_nor_stops_the_servers(here):
    user = User("fork").ready()
    time.sleep(0.2)
    assert embedded.silent() == []
    user.leave()
    assert embedded.silent() == ["postgres", "valkey"]


def test_servers_of_ones_own_are_used_and_ours_not_started(empty, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/site")
    monkeypatch.setenv("REDIS_URL", "redis://broker.example/0")
    User().ready().leave()
    assert embedded.database_urls() == {
        "site": "postgresql://db.example/site",
        "owner": "postgresql://db.example/site",
    }
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://db.example/owner")
    assert embedded.database_urls()["owner"] == "postgresql://db.example/owner"
    assert list(empty.iterdir()) == []
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)


def test_a_folder_that_is_none_is_one_sentence(empty, monkeypatch):
    (empty / "file").touch()
    monkeypatch.setenv("AFTERCARE_STATE", str(empty / "file"))
    with pytest.raises(Trouble, match="is not a folder that this user owns"):
        state.folder()
    monkeypatch.setenv("AFTERCARE_STATE", str(empty))


def test_a_folder_of_somebody_else_in_tmp_is_not_trusted(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(Trouble, match="belongs to somebody else"):
        state.private(tmp_path / "run")


def test_a_lock_is_waited_for_and_said_so(empty):
    held, said = embedded.try_lock("tests"), []

    def waiting():
        said.append("waiting")
        os.close(held)

    with embedded.locked("tests", waiting=waiting):
        assert said == ["waiting"]
        assert embedded.try_lock("tests") is None

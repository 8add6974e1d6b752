"""Machines of one installation: servers that listen on TCP, and places apart in which workers run.

Each machine is a network of its own that reaches this one by an address of its own, with its own name, state
folder and keys file. Where the kernel grants no networks, it is a group of processes.
"""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from config import keys
from tests.chaos.house import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
# Addresses that RFC 2544 sets apart for trials of networks.
HERE, THERE = "198.18.{}.1", "198.18.{}.2"
OWNER, SITE, DATABASE = "aftercare_owner", "aftercare_site", "aftercare"


def binaries():
    """Debian's PostgreSQL, the newest, or None where it or Redis is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return found[-1] if found and shutil.which("redis-server") else None


def run(*argv, **more):
    done = subprocess.run([str(word) for word in argv], capture_output=True, text=True, **more)
    assert done.returncode == 0, f"{argv}: {done.stdout}{done.stderr}"
    return done.stdout


class Network:
    """A machine of its own: a network namespace, joined to this one by a cable of two ends."""

    def __init__(self, number):
        self.name, self.ends = f"aftercare{os.getpid()}-{number}", (f"ac{os.getpid()}-{number}", "eth0")
        self.here, self.there = HERE.format(number), THERE.format(number)

    @contextmanager
    def up(self):
        try:
            run("ip", "netns", "add", self.name)
            run("ip", "link", "add", self.ends[0], "type", "veth", "peer", self.ends[1], "netns", self.name)
            run("ip", "addr", "add", f"{self.here}/30", "dev", self.ends[0])
            run("ip", "link", "set", self.ends[0], "up")
            for words in (f"addr add {self.there}/30 dev eth0", "link set eth0 up", "link set lo up"):
                run("ip", "-n", self.name, *words.split())
            yield self
        finally:
            subprocess.run(["ip", "link", "del", self.ends[0]], capture_output=True)
            subprocess.run(["ip", "netns", "del", self.name], capture_output=True)

    def inside(self, name):
        """What to put before a command so that it runs in there, on a machine of this name."""
        rename = ("unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name)
        return ("ip", "netns", "exec", self.name, *rename)


class Group:
    """Where there are no networks: processes on this machine that share nothing but the servers."""

    here = "127.0.0.1"

    def inside(self, _name):
        return ()


@contextmanager
def places(count):
    """So many machines: networks where the kernel grants them, else groups."""
    with ExitStack() as stack:
        try:
            made = [stack.enter_context(Network(number).up()) for number in range(1, count + 1)]
        except (AssertionError, OSError):
            made = [Group() for _ in range(count)]
        yield made


class Servers:
    """Debian's PostgreSQL and Redis on some addresses of this machine, thrown away at the end."""

    def __init__(self, folder, addresses):
        self.folder, self.addresses, self.bin = folder, sorted(set(addresses)), binaries()
        self.ports = free_port(), free_port()

    def as_postgres(self, *argv):
        who = ("runuser", "-u", "postgres", "--") if os.geteuid() == 0 else ()
        return run(*who, *argv, cwd="/")

    @contextmanager
    def up(self):
        data, secret = self.folder / "pg", self.folder / "secret"
        secret.write_text("owner-pass")
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            shutil.chown(secret, "postgres")
        made = ("-U", OWNER, "-E", "UTF8", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync")
        self.as_postgres(self.bin / "initdb", "-D", data, *made)
        with open(data / "pg_hba.conf", "a") as file:
            file.write("host all all 198.18.0.0/16 scram-sha-256\n")
        listen = f"-p {self.ports[0]} -c listen_addresses={','.join(self.addresses)} -c fsync=off"
        control = (self.bin / "pg_ctl", "-D", data, "-s", "-w")
        redis = ("redis-server", "--port", self.ports[1], "--bind", *self.addresses, "--save", "")
        try:
            listen += " -c unix_socket_directories="
            self.as_postgres(*control, "-l", data / "log", "-o", listen, "start")
            argv = [str(word) for word in (*redis, "--protected-mode", "no", "--dir", self.folder)]
            with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as broker:
                try:
                    yield self
                finally:
                    broker.terminate()
        finally:
            subprocess.run(
                ["runuser", "-u", "postgres", "--", *map(str, control), "-m", "immediate", "stop"]
                if os.geteuid() == 0
                else [*map(str, control), "-m", "immediate", "stop"],
                cwd="/",
                capture_output=True,
            )

    def url(self, address, role, database=DATABASE):
        return f"postgresql://{role}:{role[10:]}-pass@{address}:{self.ports[0]}/{database}"

    def furnish(self):
        psql = ("psql", "-q", self.url(self.addresses[0], OWNER, "postgres"))
        run(
            *psql, "-c", f"create role {SITE} login password 'site-pass'", "-c", f"create database {DATABASE}"
        )


def settings(servers, folder, address, ring):
    """The environment of one machine: its own folders and address, the same servers and the same keys."""
    folder.mkdir()
    (folder / "keys.json").write_text(ring)
    ours = ("AFTERCARE_", "DATABASE_", "REDIS_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {
        "AFTERCARE_STATE": str(folder),
        "AFTERCARE_KEYS_FILE": str(folder / "keys.json"),
        "AFTERCARE_SECRET_KEY": "the same on every machine, and long enough to sign something with",
        "AFTERCARE_PLAIN_HTTP": "1",
        "DATABASE_URL": servers.url(address, SITE),
        "DATABASE_OWNER_URL": servers.url(address, OWNER),
        "REDIS_URL": f"redis://{address}:{servers.ports[1]}/0",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }


class Machine:
    """One of them, named m1, m2, …"""

    def __init__(self, name, place, servers, ring):
        self.name, self.place = name, place
        self.env = settings(servers, servers.folder / name, place.here, ring)

    @contextmanager
    def at_work(self):
        """A worker of one process, in a group of its own; killed whole at the end."""
        argv = [*self.place.inside(self.name), sys.executable, "-m", "celery", "-A", "config", "worker"]
        argv += ["-c", "1", "-l", "warning", "-n", f"{self.name}@aftercare"]
        with open(self.env["AFTERCARE_STATE"] + "/worker.log", "wb") as log:
            child = subprocess.Popen(
                argv, cwd=ROOT, env=self.env, start_new_session=True, stdout=log, stderr=log
            )
        try:
            yield child
        finally:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait(10)

    def command(self, *argv):
        return run(sys.executable, *argv, cwd=ROOT, env=self.env)


@contextmanager
def installation(folder, *, count):
    """Servers, tables, and so many machines at work: [Machine]."""
    ring = keys.fresh_keyring()
    with places(count) as made, Servers(folder, [place.here for place in made]).up() as servers:
        servers.furnish()
        machines = [Machine(f"m{n}", place, servers, ring) for n, place in enumerate(made, start=1)]
        machines[0].command("manage.py", "migrate", "-v", "0")
        with ExitStack() as stack:
            for machine in machines:
                stack.enter_context(machine.at_work())
            yield machines

"""A house of its own: a copy of its PostgreSQL, a Valkey, and real workers, beats and a site to harm."""

import ctypes
import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

DATABASE = "aftercare_chaos"
LEASE = 2
SITE = (
    "-w",
    "2",
    "--threads",
    "4",
    "--no-control-socket",
    "--graceful-timeout",
    "10",
    "--log-level",
    "warning",
)


def copied(state):
    """Make the state folder of a house from the running suite's: its cluster and its keys."""
    from config import embedded
    from config.embedded import postgres

    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True, mode=0o700)
    shutil.copytree(embedded.state_dir() / "keys", state / "keys")
    argv = [postgres.binaries() / "pg_basebackup", "-D", state / "pg18", "-c", "fast", "--no-sync"]
    copy = postgres.run([*argv, "-d", postgres.url(postgres.OWNER, "postgres")])
    assert copy.returncode == 0, copy.stdout


def visited(state, *argv, seconds=900):
    """Run a script of this folder in the house; its process, which has ended."""
    env = {k: v for k, v in os.environ.items() if k != "PYTEST_XDIST_WORKER"}
    env |= {"AFTERCARE_STATE": str(state), "AFTERCARE_DB": DATABASE, "AFTERCARE_PLAIN_HTTP": "1"}
    root = Path(__file__).resolve().parent.parent.parent
    env |= {"DJANGO_SETTINGS_MODULE": "config.settings"}
    house = {"cwd": root, "env": env, "text": True}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-m", *argv], **house, **pipes) as visitor:
        try:
            return subprocess.CompletedProcess(argv, *told(visitor, seconds))
        finally:
            if visitor.returncode is None or visitor.returncode < 0:
                visitor.kill()
                # It could not put the lights out: the next user of the servers is the last one, and does.
                last = "from config import embedded; embedded.use(lasting=False)"
                subprocess.run([sys.executable, "-c", last], **house, check=True)


def told(visitor, seconds):
    """Its (return code, output, complaints); one that takes too long is asked to end, and may tidy up."""
    try:
        out, err = visitor.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        visitor.terminate()
        out, err = visitor.communicate(timeout=30)
    return visitor.returncode, out, err


def die_with_parent(number):
    """Have the kernel send this process a signal when the one that made it ends, however that ends."""
    ctypes.CDLL(None).prctl(1, number)  # PR_SET_PDEATHSIG


def serve(kind, name, log, port, ahead):
    """What a child becomes: a worker, a beat or the site, in a group of its own that can be killed whole.

    Neither it nor its hands outlive the house, even where they stand frozen. Its clock, and theirs, may be so
    many seconds ahead of the true one.
    """
    import time_machine
    from celery.signals import worker_process_init

    from config.celery import app

    die_with_parent(signal.SIGKILL)
    worker_process_init.connect(lambda **_: die_with_parent(signal.SIGKILL), weak=False)
    os.setsid()
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)

    if ahead:
        time_machine.travel(time.time() + ahead).start()
    app.conf.beat_max_loop_interval = 1
    if kind == "web":
        from gunicorn.app import wsgiapp

        # Two of them may listen side by side, as in a deploy without a pause.
        sys.argv = ["gunicorn", "config.wsgi", "-b", f"127.0.0.1:{port}", "--reuse-port", *SITE]
        wsgiapp.run()
    elif kind == "beat":
        app.start(["beat", "-l", "warning", "--pidfile="])
    else:
        quiet = ["--without-gossip", "--without-mingle"]
        app.worker_main(["worker", "-c", "2", "-l", "warning", "-n", f"{name}@%h", *quiet])


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class House:
    """Servers that fall and rise, and staff that is killed and replaced."""

    def __init__(self, rng):
        from config.embedded import postgres, state, valkey

        self.rng, self.state = rng, state
        self.postgres, self.valkey = postgres.Postgres(lasting=False), valkey.Valkey()
        # Children are forked from one that has imported everything: a replacement costs no second start.
        self.nursery = multiprocessing.get_context("forkserver")
        self.nursery.set_forkserver_preload(["tests.chaos.staff"])
        self.staff, self.number = {"worker": [], "beat": [], "web": []}, 0
        self.port = free_port()

    def hire(self, kind, *, ahead=0):
        self.number += 1
        name = f"{kind}{self.number}"
        told = (kind, name, self.state.log_file(name), self.port, ahead)
        child = self.nursery.Process(target=serve, args=told)
        child.start()
        self.staff[kind].append(child)
        return child

    def kill(self, child):
        """The whole group at once, as when a machine goes."""
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except ProcessLookupError:
            child.kill()  # so young that it has no group yet
        child.join(10)
        for of_a_kind in self.staff.values():
            if child in of_a_kind:
                of_a_kind.remove(child)

    def retire(self, child, *, seconds):
        """Ask it to end, as a deploy does; False where it does not within so many seconds, and is killed."""
        child.terminate()
        child.join(seconds)
        ended = not child.is_alive()
        self.kill(child)
        return ended

    def one(self, kind):
        return self.rng.choice(self.staff[kind]) if self.staff[kind] else None

    def hand_of(self, worker):
        """A process of a worker's pool, or None where it has none yet."""
        with suppress(OSError):
            text = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text()
            if hands := [int(word) for word in text.split()]:
                return self.rng.choice(hands)
        return None

    def signal(self, worker, number):
        with suppress(ProcessLookupError):
            os.killpg(worker.pid, number)

    def everybody_out(self):
        for child in [child for of_a_kind in self.staff.values() for child in of_a_kind]:
            self.kill(child)

    def crash_postgres(self):
        """As `pg_ctl -m immediate` stops it: no word to anybody, recovery at the next start."""
        with suppress(OSError):
            os.kill(int((self.postgres.data / "postmaster.pid").read_text().split("\n")[0]), signal.SIGQUIT)
        until = time.monotonic() + 10
        while self.postgres.alive() and time.monotonic() < until:
            time.sleep(0.02)
        self.postgres.start()

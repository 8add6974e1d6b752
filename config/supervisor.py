"""What `demo` starts and watches: the web server, a worker and the beat; standard library only."""

import argparse
import contextlib
import ctypes
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

from config import embedded
from config.embedded import state
from config.embedded.postgres import check_root
from config.endings import Trouble

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
NEEDED = 500  # megabytes for the data of the demonstration and the logs of its servers
# Nothing new comes in, then nothing new is due, then what is begun is finished.
STOPPING = ("web", "beat", "worker")
GRACE = {"web": 15, "beat": 10, "worker": 60}


def parts(port):
    """Each part's command line. The worker comes up beside the web server, not before it."""
    web = ["gunicorn", "config.wsgi", "--bind", f"{HOST}:{port}", "--worker-class", "gthread"]
    web += [
        "--workers",
        "2",
        "--threads",
        "4",
        "--preload",
        "--graceful-timeout",
        "10",
        "--no-control-socket",
    ]
    celery = ["celery", "-A", "config", "--quiet"]
    return {
        "web": web,
        "worker": [*celery, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle"],
        "beat": [*celery, "beat", "-l", "INFO", "--pidfile="],
    }


# --- Before anything expensive -------------------------------------------------------------------------


def add_arguments(parser):
    parser.add_argument("--port", type=int, default=8000, help="port of the site on this machine (8000)")
    parser.add_argument("--borrowers", type=int, default=5000, help="size of the fictional portfolio (5000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another portfolio (1)")


def preflight(arguments):
    """Say at once what would go wrong after minutes."""
    parser = argparse.ArgumentParser(add_help=False)
    add_arguments(parser)
    if {"-h", "--help"} & set(arguments):
        return
    port = parser.parse_known_args(arguments)[0].port
    os.close(only_one())
    check_port(port)
    if not os.environ.get("DATABASE_URL"):
        check_root()
    free = shutil.disk_usage(embedded.state_dir()).free >> 20
    if free < NEEDED:
        raise Trouble(
            f"Only {free} MB are free at {embedded.state_dir()}; the demonstration needs {NEEDED} MB."
        )


def only_one():
    """Hold the right to be the demonstration of this state folder."""
    held = embedded.try_lock("demo")
    if held is None:
        url = running().get("url", "another address")
        raise Trouble(f"The demonstration already runs from {embedded.state_dir()}, at {url}.")
    return held


def running():
    """What the demonstration noted about itself; a note that outlives its lock is of one that was killed."""
    with contextlib.suppress(OSError, ValueError):
        return json.loads((embedded.state_dir() / "demo.json").read_text())
    return {}


def note(**facts):
    (state.folder() / "demo.json").write_text(json.dumps(facts))


def check_port(port):
    """Raise Trouble unless we can listen there."""
    if not 1 <= port <= 65535:
        raise Trouble(f"{port} is not a port; choose one with --port N, from 1024 to 65535.")
    # The web server of a killed demonstration needs a moment to notice.
    until = time.monotonic() + (10 if running() else 0)
    while error := listening_fails(port):
        if isinstance(error, PermissionError):
            raise Trouble(f"Port {port} is reserved for root; choose another one with --port N.")
        if time.monotonic() >= until:
            raise Trouble(f"Port {port} is taken by another program; choose another one with --port N.")
        time.sleep(0.2)


def listening_fails(port):
    with socket.socket() as attempt:
        # As the web server does it: a connection that is only fading away does not hold the port.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((HOST, port))
            attempt.listen()
        except OSError as error:
            return error
    return None


# --- Children ------------------------------------------------------------------------------------------


class Children:
    """Started in one order, stopped in another; each with a log, none reached by Ctrl-C."""

    def __init__(self):
        self.processes = {}
        self.starts: defaultdict[str, list[float]] = defaultdict(list)

    def start(self, name, argv):
        self.starts[name].append(time.monotonic())
        with open(state.log_file(name), "ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *argv],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )

    def starts_within(self, name, seconds):
        """How often a part was started lately."""
        return sum(began > time.monotonic() - seconds for began in self.starts[name])

    def dead(self):
        """The first that ended on its own, or None."""
        return next((name for name, child in self.processes.items() if child.poll() is not None), None)

    def stop(self, hurry):
        """In order, each within its grace; `hurry()` true ends all patience."""
        for name in STOPPING:
            if child := self.processes.get(name):
                stop(child, grace=GRACE[name], hurry=hurry)


def stop(child, *, grace, hurry):
    """Ask, wait, and take down what does not go, with all that it started."""
    if child.poll() is None:
        child.terminate()
    until = time.monotonic() + grace
    while child.poll() is None and time.monotonic() < until and not hurry():
        time.sleep(0.05)
    if child.returncode != 0:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def _die_with(parent):
    """On Linux a child hears of our end even when we are killed."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # loaded before the fork

    def ask():
        prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # we were already gone when it asked
            os._exit(1)

    return ask


def answers(port):
    """Whether the first page comes without an error of the server."""
    line = http.client.HTTPConnection(HOST, port, timeout=30)
    try:
        line.request("GET", "/")
        return line.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()

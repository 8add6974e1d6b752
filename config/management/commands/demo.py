"""The whole house on this machine with fictional data, until Ctrl-C."""

import contextlib
import json
import os
import signal
import sys
import threading
import time
import traceback

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils.timezone import now

from config import embedded, keys, supervisor
from config.embedded import state
from config.endings import explain
from servicing.actions import staff

PEOPLE = {
    "cs": "陈静",
    "cs_lead": "刘洋",
    "risk": "魏然",
    "risk_lead": "安娜",
    "privacy": "赵敏",
    "admin": "孙涛",
    "auditor": "周正",
}
FIRST_PAGE_WITHIN = 90  # seconds
# Days that the fictional loan core plays at first, and at most when it comes back.
DAYS, MISSED = 5, 31
STARTS, WITHIN = 5, 600  # so often within so many seconds a part is started, then it is given up


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser):
        supervisor.add_arguments(parser)

    def handle(self, *, port, borrowers, seed, **_options):
        # The children read these; a demonstration on this machine speaks plain HTTP.
        os.environ.update(AFTERCARE_STATE=str(embedded.state_dir()), AFTERCARE_PLAIN_HTTP="1")
        os.environ.setdefault("AFTERCARE_LENDER", "示例消费金融有限公司")
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
        self.stops, self.hurries, self.loading = 0, 0, None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        # Links of surveys lead back here.
        os.environ.setdefault("AFTERCARE_PUBLIC_AT", f"http://{supervisor.HOST}:{port}")
        held = supervisor.only_one()
        supervisor.check_port(port)
        supervisor.note(url=f"http://{supervisor.HOST}:{port}/")
        self.children = supervisor.Children()
        try:
            code = self._run(port, borrowers, seed)
        finally:
            self._stop()
            (embedded.state_dir() / "demo.json").unlink(missing_ok=True)
            os.close(held)
        sys.exit(code)

    def _run(self, port, borrowers, seed):
        began = time.monotonic()
        for step, words in (
            (embedded.use, "Starting PostgreSQL and Valkey …"),
            (migrate, "Bringing the tables up to date …"),
            (static_files, None),
            (lambda: self._start_parts(port), "Starting the web server, a worker and the beat …"),
            # Hashing seven passwords takes as long as the web server takes to start.
            (people, None),
        ):
            if self.stops:
                return 0
            if words:
                self._say(words)
            step()
        if not self._until_first_page(port):
            return self._why(port)
        self._welcome(port, time.monotonic() - began)
        self.loading = loading = Loading(borrowers, seed, say=self._say, stopped=lambda: self.stops)
        loading.start()
        while not self.stops and not self._broken(port) and not loading.failed:
            time.sleep(0.5)
        return self._why(port, loading)

    def _start_parts(self, port):
        for name, argv in supervisor.parts(port).items():
            self.children.start(name, argv)

    def _until_first_page(self, port):
        until = time.monotonic() + FIRST_PAGE_WITHIN
        while time.monotonic() < until and not self.stops and not self.children.dead():
            if supervisor.answers(port):
                return True
            time.sleep(0.1)
        return False

    def _broken(self, port):
        """The first part that is gone for good: one that died is started again, some times."""
        name = self.children.dead()
        if name and self.children.starts_within(name, WITHIN) < STARTS:
            self._say(f"The part `{name}` has died and is started again.")
            self.children.start(name, supervisor.parts(port)[name])
            name = None
        return name or next(iter(embedded.silent()), None)

    def _why(self, port, loading=None):
        """Say why we end, and the exit code."""
        if self.stops:
            return 0
        if loading and loading.failed:
            self._say(loading.failed)
        elif name := self._broken(port):
            self._say(f"The part `{name}` has died; its log is {state.log_file(name)}. Stopping the others.")
        else:
            log = state.log_file("web")
            self._say(f"The first page does not come; the web server's log is {log}. Stopping.")
        return 1

    def _stop(self):
        if self.children.processes:
            self._say("Stopping: web, beat, worker (it finishes what it began; Ctrl-C again to hurry) …")
        before = self.hurries
        self.children.stop(hurry=lambda: self.hurries > before)
        if self.loading:
            self.loading.join(timeout=10)
        connections.close_all()
        embedded.leave()
        self._say("Stopped.")

    def _asked_to_stop(self, number, _frame):
        self.stops += 1
        self.hurries += number == signal.SIGINT

    def _welcome(self, port, seconds):
        self._say(f"\n结清后管理 Aftercare   http://{supervisor.HOST}:{port}/   ({seconds:.0f} s)\n\n")
        for role in PEOPLE:
            self._say(f"  {role:<10} {password(role)}")
        self._say("\n  (sign-in name = role; Ctrl-C stops everything)\n\n")

    def _say(self, line):
        # A closed terminal must not keep us from stopping in order.
        with contextlib.suppress(OSError):
            self.stdout.write(line)
            self.stdout.flush()


class Loading(threading.Thread):
    """Loads the fictional portfolio while the site is already open; leaves at the next progress line."""

    def __init__(self, borrowers, seed, *, say, stopped):
        super().__init__(daemon=True)
        self.said_at = 0.0
        self.borrowers, self.seed, self.say, self.stopped, self.failed = borrowers, seed, say, stopped, ""

    def run(self):
        try:
            self._load()
        except Stopped:
            pass
        except Exception as error:
            if self.stopped():
                return  # the servers went away under it, as they were told to
            path = state.log_file("portfolio")
            with open(path, "a") as log:
                traceback.print_exc(file=log)
            self.failed = (
                explain(error) or f"The fictional portfolio could not be loaded; the reason is in {path}."
            )
        finally:
            connections.close_all()

    def _load(self):
        wanted = {"borrowers": self.borrowers, "seed": self.seed}
        done = embedded.state_dir() / "portfolio.json"
        from config import portfolio
        from config.portfolio import days

        if done.exists():
            if json.loads(done.read_text()) != wanted:
                self.say(
                    "  (The portfolio is the one loaded before; another one needs another AFTERCARE_STATE.)"
                )
            # The fictional core catches up with the days since.
            days.play(MISSED)
            return
        self.say("  Loading a fictional portfolio; the site is already open.")
        portfolio.load(**wanted, progress=self._progress)
        self.say("  A fictional loan core tells of the last days.")
        days.play(DAYS)
        # Written last: a load that was interrupted is taken up again by the next start.
        done.write_text(json.dumps(wanted))
        self.say("  The fictional portfolio is loaded.")

    def _progress(self, done, total, text):
        if self.stopped():
            raise Stopped
        if done >= total or time.monotonic() > self.said_at + 2:
            self.said_at = time.monotonic()
            self.say(f"  {text}: {done:,} of {total:,}")


class Stopped(Exception):
    """The person at the keyboard does not want to wait for the rest."""


def migrate():
    with state.locked("migrate"):
        call_command("migrate", verbosity=0)


def password(role):
    """Of this installation alone, kept beside its keys, so that the second start prints the same."""
    return keys.kept(state.folder("keys") / f"demo-{role}.password", staff.password)


def people():
    """One sign-in a role; who is there already keeps what has been changed since."""
    present = set(get_user_model().objects.values_list("username", flat=True))
    operator = staff.machine("operator")
    for role, name in PEOPLE.items():
        if role not in present:
            staff.join(username=role, name=name, role=role, password=password(role), by=operator, at=now())


def static_files():
    """Nothing to collect: over plain HTTP each file is served from where it is installed."""
    state.folder("static")

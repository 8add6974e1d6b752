"""Builds .venv from the hash-locked list and runs manage.py again inside it; standard library only."""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from config.endings import Trouble, is_full

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed"
LOG = VENV / "install.log"
RUN, DEV = ROOT / "config" / "requirements.lock", ROOT / "config" / "requirements-dev.lock"
# Installed size and the copy that pip unpacks on the way, rounded up.
NEEDED = {RUN: 600, DEV: 1800}
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
NO_PIP = (
    "This Python came without pip; on Debian and Ubuntu run `apt install python3-venv`, then start again."
)


def ensure(*, dev=False):
    """Return inside an environment that holds the whole list, installing it first if need be."""
    if os.name != "posix":
        raise Trouble("Aftercare runs on Linux and macOS; on Windows use WSL.")
    lock = DEV if dev else RUN
    if not installed(lock):
        with one_at_a_time() as held:
            if not installed(lock):  # somebody else may have done it while we waited
                install(lock, held)
    keep_bytecode()
    if not inside():
        sys.stdout.flush()
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606 - this is how we become the other Python


def keep_bytecode():
    """The installation compiled nothing, so what is imported has to be kept, or every start pays for it.

    Who forbids bytecode beside the sources gets it into .venv.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(VENV / "bytecode")
        sys.dont_write_bytecode = False


def inside():
    return Path(sys.prefix).resolve() == VENV.resolve()


def fingerprint(lock):
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def installed(lock):
    """The stamp is written last, so an interrupted installation never counts."""
    try:
        python, *hashes = STAMP.read_text().split()
    except (OSError, ValueError):
        return False
    # From outside we cannot know which Python .venv has; once inside we look again.
    same_python = python == VERSION or not inside()
    return PYTHON.exists() and same_python and fingerprint(lock) in hashes


@contextmanager
def one_at_a_time():
    """Hold the project folder itself, which exists before .venv does; yields the descriptor."""
    import fcntl

    held = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is installing the packages; waiting for it …")
            fcntl.flock(held, fcntl.LOCK_EX)
        yield held
    finally:
        os.close(held)


def install(lock, held):
    check_folder(NEEDED[lock])
    STAMP.unlink(missing_ok=True)
    make_venv()
    say("Installing the locked packages into .venv (only this once) …")
    with open(LOG, "wb") as log:
        # The installer shares our lock: if we are killed, a second start still waits for it.
        process = subprocess.Popen(installer(lock), stdout=log, stderr=log, pass_fds=[held], cwd=ROOT)
        follow(process)
    if process.returncode:
        raise Trouble(why_not(LOG.read_text(errors="replace")))
    # The longer list contains the shorter one.
    hashes = [fingerprint(one) for one in ((RUN, DEV) if lock == DEV else (RUN,))]
    fresh = STAMP.with_suffix(".new")
    fresh.write_text("\n".join([venv_version(), *hashes]))
    fresh.replace(STAMP)


def check_folder(megabytes):
    if not os.access(ROOT, os.W_OK):
        raise Trouble(f"{ROOT} cannot be written by this user, and .venv has to be made there.")
    free = shutil.disk_usage(ROOT).free >> 20
    if free < megabytes:
        raise Trouble(f"Only {free} MB are free at {ROOT}; the packages need {megabytes} MB.")


def make_venv():
    """A working .venv without pip: copying pip in would take longer than all the rest."""
    if inside() or venv_version() >= "3.11":
        return
    shutil.rmtree(VENV, ignore_errors=True)
    made = run(sys.executable, "-m", "venv", "--without-pip", VENV)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        full = is_full(made.stdout)
        raise Trouble("The disk is full; make room and start again." if full else NO_PIP)


def venv_version():
    """What .venv itself says it is, which may be another Python than this; empty if it does not run."""
    try:
        return run(PYTHON, "-c", "import sys; print('%d.%02d' % sys.version_info[:2])").stdout.strip()
    except OSError:
        return ""


def installer(lock):
    # The lists are complete and hashed: no resolving, no building, no compiling of what is never imported.
    rules = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", str(lock)]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", str(PYTHON), *rules]
    quick = ["--no-compile", "--progress-bar", "off", "--disable-pip-version-check", "--no-input"]
    return [*pip(), "install", *quick, *rules]


def pip():
    """The pip in .venv, or this Python's working on .venv from outside, or one unpacked into .venv."""
    if run(PYTHON, "-m", "pip", "--version").returncode == 0:
        return [str(PYTHON), "-m", "pip"]
    if not inside() and outer_pip() >= (22, 3):  # the first that takes --python
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    say("Unpacking pip …")
    if run(PYTHON, "-m", "ensurepip").returncode:
        if not inside():
            shutil.rmtree(VENV, ignore_errors=True)
        raise Trouble(NO_PIP)
    return [str(PYTHON), "-m", "pip"]


def outer_pip():
    try:
        return tuple(int(part) for part in metadata.version("pip").split(".")[:2])
    except (metadata.PackageNotFoundError, ValueError):
        return (0, 0)


def follow(process):
    """Count what the installer has done until it ends: one moving line, or a few lines in a file."""
    moving, shown, step = sys.stdout.isatty(), "", time.monotonic() + 3
    while process.poll() is None:
        time.sleep(0.1)
        line = progress()
        if moving and line != shown:
            print(f"\r  {line:<60}", end="", flush=True)
        elif not moving and time.monotonic() > step:
            say(f"  {line}")
            step = time.monotonic() + 5
        shown = line
    if moving:
        print(f"\r  {progress():<60}")


def progress():
    text = LOG.read_text(errors="replace")
    done = len(list(VENV.glob("lib/python*/site-packages/*.dist-info")))
    names = text.rpartition("Installing collected packages: ")[2].splitlines()[:1]
    if "Installing collected packages" in text:
        total = names[0].count(",") + 1
        return f"{min(done, total)} of {total} packages installed"
    found = text.count("\nCollecting ")
    return f"{found} packages fetched" if found else f"{done} packages installed"


def why_not(output):
    """The installer's last complaint, in our words where we know it."""
    if is_full(output):
        return f"The disk is full (at {ROOT} or in the temporary folder); make room and start again."
    if "DO NOT MATCH THE HASHES" in output or "Hash mismatch" in output:
        return "A package is not the one that was recorded (its hash differs), so it was not installed."
    errors = [line for line in output.splitlines() if "rror" in line] or output.splitlines() or ["no output"]
    return f"The packages could not be installed ({errors[-1].strip()}); all of the output is in {LOG}."


def run(*argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def say(line):
    print(line, flush=True)

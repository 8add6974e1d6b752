"""The state folder: one installation's data, secrets, sockets and logs, closed to everybody else."""

import fcntl
import hashlib
import importlib.util
import os
import stat
from contextlib import contextmanager
from pathlib import Path

from config.endings import Trouble

ROOT = Path(__file__).resolve().parent.parent.parent
# sun_path holds 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET = 100
ROTATE_AT = 20 << 20


def state_dir() -> Path:
    """AFTERCARE_STATE, or `var` in the project; several installations live side by side by this name."""
    return Path(os.environ.get("AFTERCARE_STATE") or ROOT / "var").expanduser().resolve()


def folder(name="") -> Path:
    """A folder inside the state folder (or itself), made for this user alone."""
    path = state_dir() / name
    try:
        state_dir().mkdir(parents=True, exist_ok=True, mode=0o700)
        path.mkdir(exist_ok=True, mode=0o700)
        if not os.access(path, os.W_OK) or path.stat().st_uid != os.geteuid():
            raise PermissionError
    except (PermissionError, FileExistsError, NotADirectoryError):
        raise Trouble(
            f"{path} is not a folder that this user owns and may write; AFTERCARE_STATE can name another."
        ) from None
    return path


def sockets() -> Path:
    """Where the sockets are: in the state folder, or in /tmp where that path is too long."""
    run = state_dir() / "run"
    if len(os.fsencode(run / ".s.PGSQL.5432.lock")) > LONGEST_SOCKET:
        # Not TMPDIR: two shells that differ in it must still meet.
        tag = hashlib.sha256(os.fsencode(state_dir())).hexdigest()[:16]
        run = Path(f"/tmp/aftercare-{os.getuid()}-{tag}")  # noqa: S108 - checked by private()
    return run


def private(path: Path) -> Path:
    """Make it for us alone, or make sure that it is: anybody can put a folder into /tmp."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to somebody else; remove it, or choose a shorter AFTERCARE_STATE.")
    path.chmod(0o700)
    return path


def package(name) -> Path:
    """An installed package's folder, found without importing it: of the servers' wheels only the files."""
    spec = importlib.util.find_spec(name)
    if not spec or not spec.origin:
        raise Trouble(f"The package {name} is not installed here: start with `python3 manage.py`.")
    return Path(spec.origin).parent


def log_file(name) -> Path:
    """A log's path; a log that has grown large is put aside first."""
    path = folder("logs") / f"{name}.log"
    if path.exists() and path.stat().st_size > ROTATE_AT:
        path.replace(path.with_suffix(".log.1"))
    return path


def ending_of(log: Path, start: int) -> str:
    """What a process wrote to its log since `start`."""
    with open(log, "rb") as file:
        file.seek(start)
        return file.read().decode(errors="replace")


def open_lock(name) -> int:
    # Python's descriptors are closed on exec, so no server or child ever holds a lock of ours.
    return os.open(folder() / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def try_lock(name) -> int | None:
    """Hold a lock until this process ends, or None if another process does."""
    held = open_lock(name)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return None
    return held


@contextmanager
def locked(name, *, waiting=lambda: None):
    """Hold a lock for a while; `waiting` is called if that takes patience."""
    held = try_lock(name)
    if held is None:
        waiting()
        held = open_lock(name)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(held)

"""The street to the loan core: whose keys we know, and the folder where deliveries are dropped."""

import base64
import binascii
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from django.conf import settings

from servicing.domain.feed.envelope import LARGEST

# A file that does not verify may still be on its way; after this long it is not.
STILL = 60  # seconds
SEAL = 1024  # bytes of the line beside a delivery


class Sender(NamedTuple):
    """A loan core as the keys file names it; `keys` is {id: 32 bytes of an Ed25519 public key}."""

    code: str
    name: str
    zone: str
    keys: dict[str, bytes]


class BadKeys(Exception):
    """The keys file cannot be read; says where."""


def senders() -> dict[str, Sender]:
    """Whom we listen to, read anew each time: a key that is taken out counts at once."""
    try:
        text = Path(settings.FEED_KEYS).read_text()
    except FileNotFoundError:
        return {}
    try:
        return {code: _sender(code, entry) for code, entry in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise BadKeys(f"{settings.FEED_KEYS} is not a keys file: {error}") from error


def _sender(code, entry):
    keys = {key: base64.b64decode(text, validate=True) for key, text in entry["keys"].items()}
    if any(len(key) != 32 for key in keys.values()):
        raise ValueError(f"a public key of {code} is not 32 bytes in base64")
    return Sender(code, entry.get("name", code)[:64], entry.get("zone", "Asia/Shanghai"), keys)


class Dropped(NamedTuple):
    """One delivery in the folder: its body, the line beside it, and whether it has been still for a while."""

    path: Path
    body: bytes
    seal: str
    is_still: bool


def inbox(source: str) -> Path:
    return Path(settings.FEED_FOLDER) / source / "in"


def dropped(source: str) -> Iterator[Dropped]:
    """The deliveries of a source that are complete, in the order of their names.

    A file is complete when its seal lies beside it as `<file>.sig`. A body that is too large is cut there.
    """
    folder = inbox(source)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in sorted(folder.glob("*.jsonl")):
        try:
            body, seal = read(path, LARGEST + 1), read(seal_of(path), SEAL)
            age = time.time() - max(path.lstat().st_mtime, seal_of(path).lstat().st_mtime)
        except OSError:
            continue  # no seal yet, or another worker has just taken it
        yield Dropped(path, body, seal.decode(errors="replace"), age > STILL)


def seal_of(path: Path) -> Path:
    return path.with_name(path.name + ".sig")


def read(path: Path, limit: int) -> bytes:
    """At most `limit` bytes of a plain file; a link or a pipe in the folder is nobody's delivery."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError("no plain file")
        with open(handle, "rb", closefd=False) as file:
            return file.read(limit)
    finally:
        os.close(handle)


def take_away(path: Path) -> None:
    """Delete a delivery whose messages are stored: it may hold the identity of people."""
    path.unlink(missing_ok=True)
    seal_of(path).unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Move a delivery that was refused out of the way, for a person to look at.

    Where the folders do not let us it stays, is refused again at the next look, and stops nothing else.
    """
    aside = path.parent.parent / "refused"
    with suppress(OSError):
        aside.mkdir(exist_ok=True, mode=0o700)
        for one in (path, seal_of(path)):
            if one.exists():
                one.replace(aside / one.name)


def clear(*, before: float) -> int:
    """Delete what was set aside before an instant (seconds since 1970); how many files.

    A folder in there is nobody's delivery: it stays for the person who made it.
    """
    found = [path for path in Path(settings.FEED_FOLDER).glob("*/refused/*") if not _is_folder(path)]
    old = [path for path in found if path.lstat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _is_folder(path):
    return path.is_dir() and not path.is_symlink()

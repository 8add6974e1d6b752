"""The street to the loan core: whose keys we know, and the folder where deliveries are dropped."""

import base64
import binascii
import json
import os
import stat
import time
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from servicing.domain.feed.envelope import LARGEST

# A file that does not verify may still be on its way; after this long it is not.
STILL = 60  # seconds
SEAL = 1024  # bytes of the line beside a delivery


class Sender(NamedTuple):
    """A loan core as the keys file names it; `keys` is {id: 32 bytes of an Ed25519 public key}, `first` the
    number of its first message.
    """

    code: str
    name: str
    zone: str
    keys: dict[str, bytes]
    first: int = 1


class BadKeys(Exception):
    """The keys file cannot be read; says where."""


def senders() -> dict[str, Sender]:
    """Whom we listen to, read anew each time: a key that is taken out counts at once."""
    try:
        text = Path(settings.FEED_KEYS).read_text()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadKeys(f"{settings.FEED_KEYS} cannot be read: {error}") from error
    try:
        return {code: _sender(code, entry) for code, entry in json.loads(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError, binascii.Error) as error:
        raise BadKeys(f"{settings.FEED_KEYS} is not a keys file: {error}") from error


def _sender(code, entry):
    keys = {key: base64.b64decode(text, validate=True) for key, text in entry["keys"].items()}
    if any(len(key) != 32 for key in keys.values()):
        raise ValueError(f"a public key of {code} is not 32 bytes in base64")
    zone, first = entry.get("zone", "Asia/Shanghai"), entry.get("first", 1)
    ZoneInfo(zone)  # raises KeyError for one that does not exist
    if type(first) is not int or not 1 <= first < 10**18:
        raise ValueError(f"the first number of {code} is no whole number from 1 on")
    return Sender(code, entry.get("name", code)[:64], zone, keys, first)


class Dropped(NamedTuple):
    """One delivery in the folder: its body, the line beside it, and whether it has been still for a while."""

    body: bytes
    seal: str
    is_still: bool


def inbox(source: str) -> Path:
    return Path(settings.FEED_FOLDER) / source / "in"


def waiting(source: str) -> list[Path]:
    """The files of a source's folder in the order of their names; raises OSError where it cannot be read."""
    folder = inbox(source)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")


def dropped(path: Path) -> Dropped | None:
    """The delivery in a file, or None while its seal does not lie beside it as `<file>.sig`.

    A body that is too large is cut there. Raises PermissionError.
    """
    try:
        body, seal = read(path, LARGEST + 1), read(seal_of(path), SEAL)
        age = time.time() - max(path.lstat().st_mtime, seal_of(path).lstat().st_mtime)
    except PermissionError:
        raise
    except OSError:
        return None  # no seal yet, no plain file, or another worker has just taken it
    return Dropped(body, seal.decode(errors="replace"), age > STILL)


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

    Raises OSError where the folders do not let us: it stays then, and is refused again at the next look.
    """
    aside = path.parent.parent / "refused"
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

"""Files that wait to be read: sealed on disk in frames, so that no disk ever holds them in plain text.

Each frame is bound to its file and its place in it: none can be swapped, moved or left out unnoticed.
"""

import io
import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from django.conf import settings

from servicing.domain.privacy import Keyring
from servicing.gateways.files.refusal import Refused

FRAME = 1 << 18
LENGTH = 4
TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Sealed:
    """A file of `size` bytes on our disk, known by a random token; what it was called is only ever a name."""

    ring: Keyring
    token: str
    size: int

    @property
    def path(self):
        return settings.UPLOADS / self.token

    def open(self):
        """A buffered, seekable stream of the bytes as they were sent; raises Refused where it is gone."""
        try:
            return io.BufferedReader(Frames(self), FRAME)
        except OSError as error:
            raise Refused("not_found") from error

    def remove(self):
        self.path.unlink(missing_ok=True)

    def passed(self, count):
        """So many of its bytes were read."""


@dataclass(frozen=True)
class Watched(Sealed):
    """A sealed file that tells how far its reader is."""

    tell: Callable

    def passed(self, count):
        self.tell(count)


class Writer:
    """Seals what is written; `close` gives the sealed file, `drop` removes it."""

    def __init__(self, ring):
        settings.UPLOADS.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.ring, self.token, self.size, self.rest, self.number = ring, secrets.token_hex(16), 0, b"", 0
        self.path = settings.UPLOADS / self.token
        self.out = os.fdopen(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def write(self, data):
        self.size += len(data)
        data = self.rest + data
        cut = len(data) - len(data) % FRAME
        for start in range(0, cut, FRAME):
            self.frame(data[start : start + FRAME])
        self.rest = data[cut:]

    def frame(self, data):
        blob = self.ring.lock(data, place=spot(self.token, self.number))
        self.out.write(len(blob).to_bytes(LENGTH, "big") + blob)
        self.number += 1

    def close(self):
        if self.rest:
            self.frame(self.rest)
        self.out.close()
        return Sealed(self.ring, self.token, self.size)

    def drop(self):
        self.out.close()
        self.path.unlink(missing_ok=True)


class Frames(io.RawIOBase):
    """The bytes of a sealed file. All frames but the last are of one length, so that any place is found."""

    def __init__(self, sealed):
        self.sealed, self.at, self.known, self.data = sealed, 0, -1, b""
        self.source = open(sealed.path, "rb")  # noqa: SIM115 - closed by close()
        self.step = LENGTH + int.from_bytes(self.source.read(LENGTH), "big")

    def readable(self):
        return True

    def seekable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.sealed.size}[whence]
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        if not 0 <= self.at < self.sealed.size:
            return 0
        number, start = divmod(self.at, FRAME)
        if number != self.known:
            self.data, self.known = self.frame(number), number
        part = self.data[start : start + len(buffer)]
        buffer[: len(part)] = part
        self.at += len(part)
        return len(part)

    def frame(self, number):
        self.source.seek(number * self.step)
        length = int.from_bytes(self.source.read(LENGTH), "big")
        try:
            data = self.sealed.ring.unlock(self.source.read(length), place=spot(self.sealed.token, number))
        except (InvalidTag, IndexError, UnicodeDecodeError, KeyError) as error:
            raise Refused("not_found") from error
        self.sealed.passed(len(data))
        return data

    def close(self):
        self.source.close()
        super().close()


def spot(token, number):
    return f"upload|{token}|{number}"


def seal(ring, blocks):
    """Seal blocks of bytes as one file; nothing stays where they break off."""
    writer = Writer(ring)
    try:
        for block in blocks:
            writer.write(block)
    except BaseException:
        writer.drop()
        raise
    return writer.close()


def clear(*, before, wanted=frozenset()):
    """Remove sealed files older than this instant that are not wanted by their token; how many."""
    count = 0
    for path in settings.UPLOADS.glob("*"):
        with suppress(FileNotFoundError):  # its own process was quicker
            is_ours = TOKEN.fullmatch(path.name) and path.name not in wanted
            if is_ours and path.stat().st_mtime < before.timestamp():
                path.unlink()
                count += 1
    return count

"""Bytes of a file as it was sent, unpacked, guarded, and turned into UTF-8 where they are something else."""

import codecs
import gzip
import io
import zlib

from servicing.gateways.files.refusal import Refused

# A loan book compresses about ten times; a bomb does a thousand times.
LARGEST, DENSEST, FIRST_LOOK = 4 << 30, 200, 1 << 20
BLOCK = 1 << 18


class Guarded(io.RawIOBase):
    """Unpacked bytes of a file, up to LARGEST and not denser than DENSEST."""

    def __init__(self, source, *, file, packed):
        self.file, self.count, self.source = file, 0, source
        self.bytes = gzip.GzipFile(fileobj=source) if packed else source

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            got = self.bytes.read(len(buffer))
        except (OSError, EOFError, zlib.error) as error:
            raise Refused("bad_gzip", file=self.file) from error
        buffer[: len(got)] = got
        self.count += len(got)
        if self.count > LARGEST:
            raise Refused("too_large", file=self.file)
        if self.count > FIRST_LOOK and self.count > DENSEST * max(self.source.tell(), 1):
            raise Refused("too_dense", file=self.file)
        return len(got)

    def skip(self, count):
        """Pass over unpacked bytes: at once where nothing is packed."""
        if self.bytes is self.source:
            self.source.seek(count)
            self.count = count
            return
        while self.count < count:
            if not self.read(min(BLOCK, count - self.count)):
                raise Refused("bad_gzip", file=self.file)

    def close(self):
        self.source.close()
        super().close()


class Recoded(io.RawIOBase):
    """Bytes of another encoding as UTF-8, strictly."""

    def __init__(self, source, encoding):
        self.source, self.rest = source, b""
        self.decoder = codecs.getincrementaldecoder(encoding)("strict")

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.rest:
            block = self.source.read(BLOCK)
            self.rest = self.decoder.decode(block, final=not block).encode()
            if not block:
                break
        part, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)

    def skip(self, count):
        while count > 0:
            got = len(self.read(min(BLOCK, count)))
            if not got:
                return
            count -= got

    def close(self):
        self.source.close()
        super().close()


def opened(sealed, *, file, packed, encoding="utf-8", skip=0):
    """A buffered stream of a sealed file's text in UTF-8, from `skip` bytes of that text on."""
    raw: io.RawIOBase = Guarded(sealed.open(), file=file, packed=packed)
    if encoding != "utf-8":
        raw = Recoded(raw, encoding)
    raw.skip(skip)  # type: ignore[attr-defined]  # both have it
    return io.BufferedReader(raw, BLOCK)

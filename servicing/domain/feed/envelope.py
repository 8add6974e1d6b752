"""What makes a delivery the core's own: one Ed25519 signature over who sent which numbers, and every byte."""

import base64
import binascii
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

# Another use of the same key never yields a signature that counts here.
PURPOSE = b"aftercare-feed-1"
SEAL = re.compile(r"([\w.-]{1,32}) (\d{1,18}) (\d{1,18}) ([A-Za-z0-9+/]{86}==)", re.ASCII)
# Bytes of one delivery, in a file and in a request alike: about 20,000 messages.
LARGEST = 4 << 20


class Forged(Exception):
    """A delivery that is not, byte for byte, what a known key signed for this source; says no more."""


class Seal(NamedTuple):
    """The line beside a delivery: `key first last signature`, separated by single blanks."""

    key: str
    first: int
    last: int
    signature: bytes

    @classmethod
    def read(cls, text: str) -> "Seal":
        """Raises Forged for anything that is not such a line."""
        found = SEAL.fullmatch(text.strip())
        if not found:
            raise Forged
        try:
            signature = base64.b64decode(found[4], validate=True)
        except binascii.Error:
            raise Forged from None
        seal = cls(found[1], int(found[2]), int(found[3]), signature)
        # Four bits of the last sign say nothing, and numbers may begin with noughts: one spelling is enough.
        if str(seal) != text.strip():
            raise Forged
        return seal

    def __str__(self):
        return f"{self.key} {self.first} {self.last} {base64.b64encode(self.signature).decode()}"


def signed(source: str, key: str, first: int, last: int, body: bytes) -> bytes:
    """The exact bytes that are signed: nothing of them can be moved into its neighbour."""
    return b"\n".join([PURPOSE, source.encode(), key.encode(), b"%d" % first, b"%d" % last, body])


def sign(private: Ed25519PrivateKey, *, source: str, key: str, first: int, last: int, body: bytes) -> Seal:
    """What the core writes beside a delivery."""
    return Seal(key, first, last, private.sign(signed(source, key, first, last, body)))


def check(seal: Seal, body: bytes, *, source: str, keys: dict[str, bytes]) -> None:
    """Raises Forged unless the key of that name among the source's own {id: 32 bytes} signed exactly this."""
    public = keys.get(seal.key)
    if public is None or len(body) > LARGEST:
        raise Forged
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(
            seal.signature, signed(source, seal.key, seal.first, seal.last, body)
        )
    except (InvalidSignature, ValueError):
        raise Forged from None

"""Who of those a campaign is for never hears of it, so that it can be measured against them.

A keyed hash decides: nobody can choose, nobody can tell beforehand, and the answer never changes. The
database works the same hash out for all at once.
"""

import hashlib
import hmac

BLOCK = 64  # bytes of a block of SHA-256
INNER, OUTER = 0x36, 0x5C


def message(borrower):
    return f"{borrower:d}".encode()


def is_held_out(key: bytes, borrower: int, percent: int) -> bool:
    """Whether a borrower belongs to the share that is held out of the campaign with this key."""
    drawn = int.from_bytes(hmac.new(key, message(borrower), hashlib.sha256).digest()[:4], "big")
    return drawn % 100 < percent


def pads(key: bytes) -> tuple[bytes, bytes]:
    """The two blocks with which HMAC begins (RFC 2104): of the inner and of the outer hash."""
    padded = key.ljust(BLOCK, b"\0")
    return bytes(b ^ INNER for b in padded), bytes(b ^ OUTER for b in padded)

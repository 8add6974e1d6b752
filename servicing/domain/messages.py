"""Messages that leave the house: their keys, the time between two tries, and how a request is signed."""

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

KEY = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
# Seconds before the second try; each later one waits four times as long.
FIRST_WAIT = 30
# A gateway that asks for more patience is asked again all the same.
LONGEST_WAIT = 3600


@dataclass(frozen=True)
class Letter:
    """What a gateway is given: the same key is the same message, however often it is given."""

    key: str
    kind: str
    to: str
    subject: str
    body: str


def one_line(text: str) -> str:
    """A text as a header holds it: on one line, without signs that control something."""
    return " ".join("".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in text).split())


def is_key(text: str) -> bool:
    """Whether a key can be the name of a file, a header and an address alike."""
    return KEY.fullmatch(text) is not None


def wait(attempts: int) -> int:
    """Seconds until the next try after so many that failed."""
    return min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)


def retry_after(text: str, *, now: datetime) -> int:
    """Seconds that a Retry-After header asks for, a number or a date; of anything else the first wait."""
    try:
        asked = int(text) if text.strip().isdigit() else (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError):
        asked = FIRST_WAIT
    return max(1, min(int(asked), LONGEST_WAIT))


def signature(secret: str, *, at: str, key: str, body: bytes) -> str:
    """HMAC-SHA256 over instant, key and body, each on a line of its own."""
    said = b"\n".join((at.encode(), key.encode(), body))
    return hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()

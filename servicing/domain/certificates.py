"""Numbers and codes of payoff certificates, written in digits that nobody misreads."""

import hmac
import unicodedata

from servicing.domain.archive import DIGITS

CODE_SIGNS = 10
# Odd, and neighbours differ by two: one wrong digit or two swapped ones always change the check sign.
WEIGHTS = range(3, 64, 2)
ALIKE = str.maketrans("OIL", "011")


def number(year: int, serial: int) -> str:
    """The number of a certificate: JQ, year, serial number, check sign."""
    digits = f"{year:04d}{serial:06d}"
    check = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False)) % len(DIGITS)
    return f"JQ-{year:04d}-{serial:06d}-{DIGITS[check]}"


def read_number(text: str) -> str | None:
    """A number as we write it, from however it was typed; None for one that we never gave."""
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())
    digits, check = signs[2:-1].translate(ALIKE), signs[-1:].translate(ALIKE)
    if (
        not signs.startswith("JQ")
        or not 10 <= len(digits) <= 22
        or not (digits.isascii() and digits.isdigit())
    ):
        return None
    found = number(int(digits[:4]), int(digits[4:]))
    # As it is written, too: a zero in front of the serial number moves all that the check sign weighs.
    return found if found.replace("-", "") == f"JQ{digits}{check}" else None


def code(digest: bytes) -> str:
    """Ten signs (50 bits) of a keyed digest."""
    bits = int.from_bytes(digest[:8], "big")
    return "".join(DIGITS[bits >> 5 * spot & 31] for spot in range(CODE_SIGNS))


def is_code(typed: str, expected: str) -> bool:
    """Whether somebody typed the expected code, in a time that says nothing about it."""
    signs = "".join(sign for sign in unicodedata.normalize("NFKC", typed).upper() if sign.isalnum())
    return hmac.compare_digest(signs.translate(ALIKE).encode(), expected.encode())

"""How a file that left the house names itself: a mark of signs that nobody sees, in cells of words."""

import hashlib
import re

# Four signs of no width, two bits each. None of them joins or breaks a word of Chinese or English.
SIGNS = "\u200b\u200c\u200d\u2060"
NUMBER, TAG = 32, 16
LENGTH = (NUMBER + TAG) // 2
RUN = re.compile(f"(?<![{SIGNS}])[{SIGNS}]{{{LENGTH}}}(?![{SIGNS}])")


def mark(number: int, tag: bytes) -> str:
    """24 signs that say a number below 2**32 and the two bytes that prove it."""
    bits = number << TAG | int.from_bytes(tag[:2], "big")
    return "".join(SIGNS[bits >> shift & 3] for shift in range(NUMBER + TAG - 2, -1, -2))


def marks(text: str) -> set[tuple[int, bytes]]:
    """Every (number, tag) that stands in a text, whatever became of the rest of it."""
    found = set()
    for run in RUN.findall(text):
        bits = 0
        for sign in run:
            bits = bits << 2 | SIGNS.index(sign)
        found.add((bits >> TAG, (bits & (1 << TAG) - 1).to_bytes(2, "big")))
    return found


def digest(ids) -> str:
    """64 hex digits of rows in their order, by which an approval names them."""
    return hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()

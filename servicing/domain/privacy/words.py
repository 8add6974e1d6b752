"""Free text as it is kept: what people wrote, without signs that no one can read and some programs obey."""

import unicodedata
from collections.abc import Iterator

from servicing.domain.privacy.free_text import blur

LOST = "\ufffd"
# No characters at all: XML, and so a workbook, cannot hold them.
NO_SIGNS = frozenset("\ufffe\uffff")
# Marks over and under one letter: no script has so many, and a tower of them hides what stands around it.
HIGHEST = 8
# Of the signs that control something, a line end and a tabulator are text.
STAY = frozenset("\n\t")


def tidy(text: str) -> str:
    """The text with line ends as ours, without control characters or towers of accents, and with a mark for
    what is half a sign.

    Marks of direction stay: some scripts need them, and every page isolates what customers wrote.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(readable(text)).strip()


def readable(text: str) -> Iterator[str]:
    """The signs of a text that somebody can read."""
    height = 0
    for sign in text:
        kind = unicodedata.category(sign)
        height = height + 1 if kind[0] == "M" else 0
        if kind == "Cs" or sign in NO_SIGNS:
            yield LOST
        elif height <= HIGHEST and (kind != "Cc" or sign in STAY):
            yield sign


def kept(text: str) -> str:
    """As it is stored: tidy, and with the numbers of people masked."""
    return blur(tidy(text))

"""Free text as it is kept: what people wrote, without signs that no one can read and some programs obey."""

import unicodedata

from servicing.domain.privacy import blur

LOST = "\ufffd"
# No characters at all: XML, and so a workbook, cannot hold them.
NONE = frozenset("\ufffe\uffff")
# Of the signs that control something, a line end and a tabulator are text.
STAY = frozenset("\n\t")


def tidy(text: str) -> str:
    """The text with line ends as ours, without control characters, and with a mark for what is half a sign.

    Marks of direction stay: some scripts need them, and every page isolates what customers wrote.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isprintable():
        return text.strip()
    return "".join(map(readable, text)).strip()


def readable(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cs" or sign in NONE:
        return LOST
    return "" if kind == "Cc" and sign not in STAY else sign


def kept(text: str) -> str:
    """As it is stored: tidy, and with the numbers of people masked."""
    return blur(tidy(text))

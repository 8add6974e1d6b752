"""Numbers of people in free text, in whatever groups and with whatever signs between they are typed."""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import add, ne

from servicing.domain.privacy.spelling import STAR, check_digit

# A chain: groups of digits with up to sixteen signs between them, seen or not, none of them a letter.
_CHAIN = re.compile(r"\d+X?(?:[\W_]{1,16}(?:\d+X?|X(?!\w)))*")
_GROUP = re.compile(r"\d+X?|X")
# No chain goes through what is masked already.
_MASKED = re.compile(r"(?<!\d)\d*+\*{4,}\d*+")
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_ADDRESS = rf"(?<![\d.])(?:{_OCTET}\.){{3}}{_OCTET}(?!\.?\d)"
# Days, times, amounts of money and addresses of machines.
_FIGURE = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)"
    r"|(?<!\d)(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:19|20)\d\d(?!\d)"
    r"|(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?![\d:])"
    r"|(?<![\d.])\d{1,12}\.\d{1,2}(?!\.?\d)"
    r"|(?<![\d.,])\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,2}(?!\.?\d)|(?![.,]?\d))"
    rf"|{_ADDRESS}"
)
# A number in one piece: a mobile number, with or without what is dialled before, or too long for a figure.
_PIECE = re.compile(r"\d{15,}X?|(?:(?:00)?86)?1\d{10}|01[3-9]\d{9}")
_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_TELEPHONE = re.compile(r"(?=((?:(?:00)?86|0)?1[3-9]\d{9}))")
_IDENTITY = re.compile(rf"(?=([1-9]\d{{5}}(?:18|19|20)\d\d{_DAY}\d{{3}}[\dX]))")
_OLDER = re.compile(rf"(?=([1-9]\d{{7}}{_DAY}\d{{3}}))")
_CARD = re.compile(r"(?=([3-9]\d{15,18}))")
# Where people break them. What is broken elsewhere has to have three groups or more.
_IDENTITY_CUTS, _OLDER_CUTS = frozenset({2, 3, 4, 6, 10, 12, 14, 17}), frozenset({2, 4, 6, 8, 10, 12})
_CARD_CUTS = ({4, 8, 12}, {4, 8, 12, 16}, {6})


class Chain:
    """Groups of digits near each other; a window is some of them, from `first` until before `end`."""

    def __init__(self, plain: str, span: tuple[int, int], figures: list[tuple[int, int]]):
        text = plain[slice(*span)]
        groups, gaps = _GROUP.findall(text), _GROUP.split(text)[1:-1]
        lengths = list(map(len, groups))
        self.digits = "".join(groups)
        self.offsets = list(accumulate(lengths, initial=0))
        self.at = dict(zip(self.offsets, range(len(self.offsets)), strict=True))
        self.places = list(map(add, self.offsets, accumulate(map(len, gaps), initial=span[0])))
        self.ends = list(map(add, self.places, lengths))
        self.gaps = [gap.strip() for gap in gaps]
        self.breaks = ["\n" in gap for gap in gaps]
        # How many gaps differ from the one before, up to each; and how many groups are of a figure.
        self.turns = list(accumulate(map(ne, self.gaps, self.gaps[1:]), initial=0))
        self.figured = [0] * (len(groups) + 1)
        self.splits = bytearray(len(groups) + 1)
        self.note(figures)

    def note(self, figures):
        """Note which groups are of days, times and amounts, and which gaps are inside one."""
        number = 0
        for first, end in figures:
            while number < len(self.places) and self.places[number] < first:
                number += 1
            inside = number
            while number < len(self.places) and self.places[number] < end:
                self.figured[number + 1] = 1
                self.splits[number] = number > inside
                number += 1
        self.figured = list(accumulate(self.figured))

    def cuts(self, first, end):
        """Where the digits of a window are broken."""
        return {offset - self.offsets[first] for offset in self.offsets[first + 1 : end]}

    def is_free(self, first, end):
        """Whether a window splits no figure, and holds none unless one sign stands throughout it."""
        if self.turns[end - 2] == self.turns[first]:
            return not (self.splits[first] or self.splits[end])
        return self.figured[first] == self.figured[end]

    def is_address(self, first, end):
        """Whether a window is the address of a machine."""
        is_dotted = end - first == 4 and {*self.gaps[first : end - 1]} == {"."}
        return is_dotted and bool(self.figured[end] - self.figured[first] == 4)

    def is_broken_at(self, first, end, places):
        """Whether a window is no part of figures and its digits are broken at some of these places only."""
        return end - first <= len(places) + 1 and self.cuts(first, end) <= places and self.is_free(first, end)

    def is_card_like(self, first, end):
        """Whether a window has the groups of a card, with only blanks and dashes between."""
        is_short = end - first < 6 and self.cuts(first, end) in _CARD_CUTS
        return is_short and {*self.gaps[first : end - 1]} <= {"", "-", "_"}

    def windows(self, pattern: re.Pattern) -> Iterator[tuple[int, int, str]]:
        """(first, end, digits) of two groups or more whose digits are what a pattern finds."""
        for found in pattern.finditer(self.digits):
            first, end = self.at.get(found.start()), self.at.get(found.end(1))
            if first is not None and end is not None and end - first > 1:
                yield first, end, found[1]


def telephones(chain):
    """Telephone numbers in two groups as people write them or over the end of a line, in more in any way."""
    for first, end, digits in chain.windows(_TELEPHONE):
        if end - first == 2:
            is_one = chain.breaks[first] or len(digits) - chain.cuts(first, end).pop() in (4, 8)
        else:
            is_one = chain.is_free(first, end) and not chain.is_address(first, end)
        if is_one:
            yield first, end


def identities(chain):
    """Identity numbers by their check digit, or by the places at which they are broken."""
    for first, end, digits in chain.windows(_IDENTITY):
        if check_digit(digits[:17]) == digits[17] or chain.is_broken_at(first, end, _IDENTITY_CUTS):
            yield first, end
    for first, end, _ in chain.windows(_OLDER):
        if chain.is_broken_at(first, end, _OLDER_CUTS):
            yield first, end


def cards(chain):
    """Cards as people write them with blanks and dashes, and in other groups by their check digit."""
    sums, at = card_sums(chain.digits), chain.at
    for found in _CARD.finditer(chain.digits):
        start, longest = found.span(1)
        if (first := at.get(start)) is None:
            continue
        for offset in range(start + 16, longest + 1):
            if (end := at.get(offset)) is None or end - first < 2:
                continue
            of_parity = sums[offset & 1]
            is_sound = (of_parity[offset] - of_parity[start]) % 10 == 0
            if (is_sound and end - first > 2 and chain.is_free(first, end)) or chain.is_card_like(first, end):
                yield first, end


# The value of a digit, and that of one which is doubled.
_ONES = bytes.maketrans(b"0123456789X", bytes([*range(10), 0]))
_TWOS = bytes.maketrans(b"0123456789X", bytes([0, 2, 4, 6, 8, 1, 3, 5, 7, 9, 0]))


def card_sums(digits):
    """Sums by ISO/IEC 7812 of what stands before each place, for cards that end at even and at odd ones."""
    signs = digits.encode()
    even, odd = bytearray(signs.translate(_TWOS)), bytearray(signs.translate(_ONES))
    even[1::2], odd[1::2] = odd[1::2], even[1::2]
    return list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))


def plain_signs(text: str) -> str:
    """The text with digits of all scripts as ours, sign for sign, and letters for what is masked already."""
    signs = {sign: unicodedata.digit(sign, None) for sign in set(text) if not sign.isascii()}
    table = {ord(sign): str(digit) for sign, digit in signs.items() if digit is not None}
    plain = text.translate(table | {ord(sign): "X" for sign in "xＸｘ"})
    return _MASKED.sub(lambda found: "a" * len(found[0]), plain)


def people(plain: str) -> Iterator[tuple[int, int]]:
    """Where in plain signs the number of a person stands."""
    figures = [found.span() for found in _FIGURE.finditer(plain)]
    begins = [first for first, _ in figures]
    for found in _CHAIN.finditer(plain):
        if found.end() - found.start() < 11:
            continue
        its = slice(bisect_left(begins, found.start()), bisect_left(begins, found.end()))
        chain = Chain(plain, found.span(), figures[its])
        for first, end in zip(chain.places, chain.ends, strict=True):
            if end - first > 10 and _PIECE.fullmatch(plain, first, end):
                yield first, end
        if len(chain.places) > 1 and len(chain.digits) > 10:
            for find in (telephones, identities, cards):
                for first, end in find(chain):
                    yield chain.places[first], chain.ends[end - 1]


def blur(text: str) -> str:
    """Free text with the numbers of people masked; everything else stays as it was typed."""
    text = text.strip()
    pieces, reached = [], 0
    for first, end in joined(sorted(people(plain_signs(text)))):
        pieces += [text[reached : first + 1], STAR * (end - first - 2), text[end - 1]]
        reached = end
    return "".join([*pieces, text[reached:]])


def joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted spans, those that overlap as one."""
    apart: list[tuple[int, int]] = []
    for first, end in spans:
        if apart and first < apart[-1][1]:
            first, end = apart[-1][0], max(end, apart.pop()[1])
        apart.append((first, end))
    return apart


def says_something(text: str) -> bool:
    """Whether a reason is more than blanks, dots and signs that nobody sees: ten letters, not all alike."""
    letters = [sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum()]
    return len(letters) >= 10 and len(set(letters)) >= 4

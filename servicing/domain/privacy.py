"""Masking, normalising and sealing of personal data. Plain Python: the keys are handed in."""

import base64
import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

FIELDS = ("name", "national_id", "phone")
REVEAL_REASONS = ("call", "verify", "case", "rights", "authority")
STAR = "*"
COMPOUND_SURNAMES = frozenset(
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶 "
    "太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 令狐".split()
)


def mask(field: str, text: str | None) -> str:
    """What may be shown without a reveal; an unknown field is all stars."""
    if not text:
        return ""
    if field == "name":
        return (text[:2] if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else text[:1]) + STAR * 2
    if field == "phone" and len(text) >= 11:
        return text[:3] + STAR * (len(text) - 7) + text[-4:]
    if field == "national_id" and len(text) >= 15:
        return text[:1] + STAR * (len(text) - 2) + text[-1:]
    return STAR * 4


# What is typed for the dot inside a name of another language.
DOTS = str.maketrans(dict.fromkeys("•‧・･∙⋅᛫", "·"))


def tidy(text: str) -> str:
    """A name as it was written, without blanks around it or doubled inside."""
    return re.sub(r"\s+", " ", text.strip())


def normal(field: str, text: str) -> str:
    """One spelling for all that mean the same: NFKC, no spaces or dashes, no +86, upper-case X, one dot."""
    if field == "name":
        return tidy(unicodedata.normalize("NFKC", text).translate(DOTS))
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"[\s\-‐-―−()]", "", text).upper()
    if field == "phone":
        text = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", text)
    return text


# Weights and check digits of GB 11643 (ISO 7064, MOD 11-2).
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"


def check_digit(seventeen: str) -> str:
    """The eighteenth character of an identity number (GB 11643)."""
    return CHECKS[sum(int(c) * w for c, w in zip(seventeen, WEIGHTS, strict=True)) % 11]


def canonical(field: str, text: str) -> str:
    """One text for one thing: `normal`, and an identity number of fifteen digits as its eighteen."""
    text = normal(field, text)
    if field == "national_id" and re.fullmatch(r"\d{15}", text, re.ASCII):
        text = f"{text[:6]}19{text[6:]}"
        text += check_digit(text)
    return text


def reference(text: str) -> str:
    """A borrower's reference as we write it, from however it was read aloud or typed."""
    text = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    text = text.translate(str.maketrans("OIL", "011"))
    return f"{text[:4]}-{text[4:]}" if len(text) == 8 else text


# What people put between the digits of a long number: blanks, seen or not, and dashes.
_BLANK = r"[^\S\n]|[\u200b-\u200d\u2060\ufeff]"
_GAP = rf"(?:{_BLANK}|[\-‐-―−_]){{1,5}}"
_MAY = rf"(?:{_GAP})?"
# A national id (18 or 15 digits), a mobile number, a bank card; in the groups in which people write them,
# so that days, amounts and loan numbers that stand side by side are not taken for one of them.
_NUMBERS = (
    r"\d{17}[\dXx]",
    r"\d{15,19}",
    rf"[1-9]\d(?:{_MAY}\d{{2}}){{2}}{_MAY}(?:18|19|20)\d\d(?:{_BLANK})?\d\d(?:{_BLANK})?\d\d{_MAY}\d{{3}}{_MAY}[\dXx]",
    rf"[1-9]\d\d{_GAP}\d{{3}}{_GAP}(?:18|19|20)\d\d(?:{_BLANK})?\d{{4}}{_GAP}\d{{3}}[\dXx]",
    rf"[1-9]\d{{5}}(?:-(?:18|19|20)\d\d-\d\d-\d\d-|{_GAP}\d{{6}}{_GAP})\d{{3}}[\dXx]?",
    r"(?:(?:00)?86)?1\d{10}",
    rf"(?:(?:00)?86\)?{_MAY})?1[3-9]\d[).]?{_MAY}\d{{4}}\.?{_MAY}\d{{4}}",
    rf"(?:(?:00)?86\)?{_MAY})?1[3-9]\d(?:{_GAP}\d{{3}}{_GAP}\d{{5}}|\d{_GAP}\d{{3}}{_GAP}\d{{4}}|\d{_GAP}\d{{4}}{_GAP}\d{{3}})",
    rf"1(?:{_GAP}\d){{10}}",
    rf"[3-9]\d{{3}}(?:{_GAP}\d{{4}}){{3}}(?:{_GAP}\d{{1,3}})?",
    rf"[3-9]\d{{5}}{_GAP}\d{{9,13}}",
)
NUMBERS = re.compile(rf"(?<!\d)(?:{'|'.join(_NUMBERS)})(?!\d)")


# Signs of the full width beside their plain ones, each for one, so that what is found keeps its place.
_PLAIN = str.maketrans("０１２３４５６７８９Ｘｘ－（）．／", "0123456789Xx-()./")


def plain_signs(text: str) -> str:
    """The text with digits of all scripts as ours and signs that nobody sees as blanks, each for one."""
    text = text.translate(_PLAIN)
    if text.isascii():
        return text
    return "".join(
        " " if unicodedata.category(sign) == "Cf" else str(unicodedata.decimal(sign, sign)) for sign in text
    )


# In whatever groups: an identity number is known by its day of birth and its check digit, a telephone or a
# card by one sign that stands in it twice or more, as in no amount, ratio or range.
_SIGN = r"[-‐-―−_/.·・]"
_ANY = rf"(?:{_BLANK}|{_SIGN}){{0,3}}"
_IDENTITY = re.compile(rf"(?<!\d)(?=([1-9](?:{_ANY}\d){{16}}{_ANY}[\dXx])(?!\d))")
_SIGNED = re.compile(rf"(?<!\d)\d+({_SIGN})\d+(?:\1\d+)+")
_TELEPHONE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_BORN = re.compile(r"\d{6}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")


def odd(text: str) -> Iterator[tuple[int, int]]:
    """Where in plain digits a number of a person stands in groups of somebody's own."""
    for found in _IDENTITY.finditer(text):
        digits = re.sub(r"[^\dXx]", "", found[1]).upper()
        if _BORN.fullmatch(digits[:17]) and check_digit(digits[:17]) == digits[17]:
            yield found.span(1)
    for found in _SIGNED.finditer(text):
        groups = [(group[0], found.start() + group.start()) for group in re.finditer(r"\d+", found[0])]
        if found[1] == "." and len(groups) == 4 and all(int(digits) < 256 for digits, _ in groups):
            continue  # the address of a machine
        yield from within(groups)


def within(groups: list[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Where in groups of one sign, (digits, place), some make a telephone or a card, but no part of a day."""
    days = [at for at in range(len(groups) - 2) if is_day([digits for digits, _ in groups[at : at + 3]])]
    inside = {at + 1 for at in days} | {at + 2 for at in days}
    for first in range(len(groups) - 2):
        if first in inside:
            continue
        digits = groups[first][0] + groups[first + 1][0]
        for latest in range(first + 2, len(groups)):
            digits += groups[latest][0]
            if len(digits) > 19:
                break
            if latest + 1 not in inside and (_TELEPHONE.fullmatch(digits) or is_card(digits)):
                yield groups[first][1], groups[latest][1] + len(groups[latest][0])


def is_day(groups: list[str]) -> bool:
    """Whether three groups are a year, a month and a day."""
    year, month, day = groups
    return bool(
        re.fullmatch(r"20\d\d", year)
        and re.fullmatch(r"0[1-9]|1[0-2]", month)
        and re.fullmatch(r"0[1-9]|[12]\d|3[01]", day)
    )


def is_card(digits: str) -> bool:
    """Whether a number may be that of a bank card (ISO/IEC 7812)."""
    if not 16 <= len(digits) <= 19 or digits[0] not in "3456789":
        return False
    doubled = [int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits))]
    total = sum(number - 9 * (number > 9) for number in doubled)
    return total % 10 == 0


def blur(text: str) -> str:
    """Free text with the numbers of people masked; everything else stays as it was typed."""
    text = text.strip()
    for find in (lambda plain: (found.span() for found in NUMBERS.finditer(plain)), odd):
        for first, end in find(plain_signs(text)):
            text = text[: first + 1] + STAR * (end - first - 2) + text[end - 1 :]
    return text


def says_something(text: str) -> bool:
    """Whether a reason is more than blanks, dots and signs that nobody sees: ten letters, not all alike."""
    letters = [sign for sign in unicodedata.normalize("NFKC", text) if sign.isalnum()]
    return len(letters) >= 10 and len(set(letters)) >= 4


@dataclass(frozen=True)
class Keyring:
    """AES-256-GCM keys by id, the one that writes, and the separate key of the blind index."""

    keys: dict[str, bytes]
    primary: str
    index_key: bytes

    @classmethod
    def of(cls, spec: dict) -> "Keyring":
        """From {"primary", "keys": {id: base64}, "index": base64}; raises ValueError for a bad length."""
        keys = {kid: base64.b64decode(text) for kid, text in spec["keys"].items()}
        ring = cls(keys, spec["primary"], base64.b64decode(spec["index"]))
        if ring.primary not in keys or any(len(key) != 32 for key in [*keys.values(), ring.index_key]):
            raise ValueError("a keyring needs its primary key, and keys of 32 bytes")
        return ring

    def marks(self) -> dict[str, bytes]:
        """By which each key is known again: {name: 32 bytes that say nothing about it}."""
        named = {f"field {kid}": key for kid, key in self.keys.items()} | {"index": self.index_key}
        return {name: hmac.new(key, b"mark", hashlib.sha256).digest() for name, key in named.items()}

    def seal(self, text: str, *, place: str) -> bytes:
        """Encrypt a text for one place ("table|column|row")."""
        return self.lock(text.encode(), place=place)

    def open(self, blob: bytes, *, place: str) -> str:
        """Decrypt a text; raises what `unlock` raises."""
        return self.unlock(blob, place=place).decode()

    def lock(self, data: bytes, *, place: str) -> bytes:
        """Encrypt bytes for one place: version, key id, nonce, ciphertext."""
        head = bytes([1, len(self.primary)]) + self.primary.encode()
        nonce = os.urandom(12)
        return head + nonce + AESGCM(self.keys[self.primary]).encrypt(nonce, data, head + place.encode())

    def unlock(self, blob: bytes, *, place: str) -> bytes:
        """Decrypt bytes; raises InvalidTag where they were moved elsewhere, KeyError for a lost key."""
        blob = bytes(blob)
        cut = 2 + blob[1]
        head, nonce = blob[:cut], blob[cut : cut + 12]
        key = self.keys[head[2:].decode()]
        return AESGCM(key).decrypt(nonce, blob[cut + 12 :], head + place.encode())

    def blind(self, field: str, text: str) -> bytes:
        """Sixteen bytes by which equal values are found without being read."""
        spelled = f"{field}\0{canonical(field, text)}".encode()
        return hmac.new(self.index_key, spelled, hashlib.sha256).digest()[:16]

    def sign(self, purpose: str, text: str) -> bytes:
        """A keyed digest for a purpose that is no field: whoever has not the key cannot make it."""
        return hmac.new(self.index_key, f"{purpose}\0{text}".encode(), hashlib.sha256).digest()


def place(table: str, column: str, row) -> str:
    """The authenticated address of a ciphertext: it opens nowhere else."""
    return f"{table}|{column}|{row}"

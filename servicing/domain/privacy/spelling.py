"""How personal data is spelled and what of it may be shown."""

import re
import unicodedata

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

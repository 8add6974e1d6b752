"""Short public names, to be read aloud: of a borrower, of what a customer said, of an objection."""

import re
import unicodedata

# Crockford's digits: nothing that is misheard or misread on the telephone.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


# Odd, hence a one-to-one shuffle of all seven-digit numbers.
FACTOR = 20_716_438_391


def reference(row_id: int) -> str:
    """A short name for a borrower to be read aloud: seven digits that hide the count, and a check digit.

    Different for all ids below 32**7.
    """
    return _shuffled(row_id, FACTOR)


def lettered(letter: str, row_id: int) -> str:
    """The same for something else, behind its letter and in another order: F-4K7Q-9ZC2."""
    return f"{letter}-{_shuffled(row_id, FACTOR * (2 * ord(letter) + 1))}"


def as_lettered(letter: str, text: str) -> str:
    """A name behind a letter as we write it, from however it was typed; "" for what is none."""
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    digits = plain[1:].translate(str.maketrans("OIL", "011"))
    if plain[:1] != letter or len(digits) != 8 or set(digits) - set(DIGITS):
        return ""
    values = [DIGITS.index(digit) for digit in digits]
    return f"{letter}-{digits[:4]}-{digits[4:]}" if _check(values[:7]) == values[7] else ""


def _shuffled(row_id, factor):
    number = row_id * factor % 32**7
    digits = [number >> (5 * place) & 31 for place in reversed(range(7))]
    text = "".join(DIGITS[digit] for digit in [*digits, _check(digits)])
    return f"{text[:4]}-{text[4:]}"


def _check(digits):
    return sum(digit * weight for digit, weight in zip(digits, (3, 5, 7, 11, 13, 17, 19), strict=True)) % 32

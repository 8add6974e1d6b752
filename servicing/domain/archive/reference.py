"""The short public name of a borrower."""

# Crockford's digits: nothing that is misheard or misread on the telephone.
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference(row_id: int) -> str:
    """A short name for a borrower to be read aloud: seven digits that hide the count, and a check digit.

    Different for all ids below 32**7.
    """
    # Odd, hence a one-to-one shuffle of all seven-digit numbers.
    number = row_id * 20_716_438_391 % 32**7
    digits = [number >> (5 * place) & 31 for place in reversed(range(7))]
    check = sum(digit * weight for digit, weight in zip(digits, (3, 5, 7, 11, 13, 17, 19), strict=True)) % 32
    text = "".join(DIGITS[digit] for digit in [*digits, check])
    return f"{text[:4]}-{text[4:]}"

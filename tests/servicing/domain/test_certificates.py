"""Numbers and codes that survive being read aloud and typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain import certificates
from servicing.domain.archive import DIGITS

YEARS, SERIALS = st.integers(2000, 2999), st.integers(1, 10**9)


def test_a_number_reads_like_this():
    assert certificates.number(2026, 123) == "JQ-2026-000123-0"


@given(YEARS, SERIALS)
def test_a_number_is_read_however_it_is_typed(year, serial):
    number = certificates.number(year, serial)
    for typed in (number.lower(), number.replace("-", " "), f" {number} ", number.replace("0", "o")):
        assert certificates.read_number(typed) == number


@given(YEARS, SERIALS, st.data())
def test_one_wrong_digit_or_two_swapped_ones_are_found(year, serial, data):
    number = certificates.number(year, serial).replace("-", "")
    spot = data.draw(st.integers(2, len(number) - 2))
    wrong = data.draw(st.sampled_from(sorted(set("0123456789") - {number[spot]})))
    assert certificates.read_number(number[:spot] + wrong + number[spot + 1 :]) is None
    before, after = number[spot - 1], number[spot]
    if spot > 2 and before != after:
        assert certificates.read_number(number[: spot - 1] + after + before + number[spot + 1 :]) is None


@given(st.text(max_size=30))
def test_whatever_is_typed_is_no_error(text):
    found = certificates.read_number(text)
    assert found is None or certificates.read_number(found) == found
    assert not certificates.is_code(text, "0" * 11)


@given(st.binary(min_size=32, max_size=32))
def test_a_code_has_ten_plain_signs(digest):
    code = certificates.code(digest)
    assert len(code) == 10
    assert set(code) <= set(DIGITS)
    assert certificates.is_code(f"{code[:5]}-{code[5:]}".lower(), code)


@pytest.mark.parametrize(
    "typed", ["", "JQ", "JQ-2026--T", "K-2026-000123-T", "JQ-2026-000123-T" * 3, "JQ-2000-050000000-X"]
)
def test_what_is_no_number_is_none(typed):
    assert certificates.read_number(typed) is None

"""Short names behind a letter: different for each row, and read however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.archive import DIGITS, as_lettered, lettered


@given(st.integers(1, 32**7 - 1), st.sampled_from("FY"))
def test_a_name_is_read_as_it_was_written(row_id, letter):
    name = lettered(letter, row_id)
    assert len(name) == 11
    assert as_lettered(letter, name.lower().replace("-", " ")) == name


@given(st.integers(1, 32**7 - 1), st.integers(2, 10), st.sampled_from(DIGITS))
def test_one_wrong_digit_is_never_another_name(row_id, place, digit):
    name = lettered("F", row_id)
    wrong = name[:place] + digit + name[place + 1 :]
    assert as_lettered("F", wrong) in ("", name)


def test_names_of_different_rows_differ():
    assert len({lettered("F", row_id) for row_id in range(2000)}) == 2000


@pytest.mark.parametrize("text", ["", "F", "F-1234", "Y-0000-0000", "F-UUUU-UUUU", "你好"])
def test_what_is_no_name_is_none(text):
    assert as_lettered("F", text) == ""

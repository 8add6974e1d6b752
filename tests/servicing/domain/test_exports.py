import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.exports import LENGTH, SIGNS, digest, mark, marks


@given(st.integers(0, 2**32 - 1), st.binary(min_size=2, max_size=2))
def test_a_mark_says_its_number(number, tag):
    assert len(mark(number, tag)) == LENGTH
    assert marks(f"early{mark(number, tag)},late") == {(number, tag)}


@given(st.text(alphabet=SIGNS + "ab", max_size=60))
def test_what_is_no_whole_mark_says_nothing(text):
    whole = [run for run in text.replace("a", "b").split("b") if len(run) == LENGTH]
    assert len(marks(text)) <= len(whole)


def test_nobody_sees_a_mark():
    assert mark(7, b"ok").strip() == mark(7, b"ok")
    assert not mark(7, b"ok").isprintable()


@pytest.mark.parametrize(("one", "other"), [([1, 2], [2, 1]), ([1, 2], [12]), ([1], [1, 1]), ([], [0])])
def test_other_rows_have_another_digest(one, other):
    assert digest(one) != digest(other)


def test_a_piece_of_thirty_percent_names_its_file_always():
    draw = random.Random(7)
    for number in range(1, 101):
        lines = [f"L{row},kind{mark(number, bytes([number, 1]))}" for row in range(40)]
        piece = "\n".join(draw.sample(lines, 12))
        assert marks(piece) == {(number, bytes([number, 1]))}

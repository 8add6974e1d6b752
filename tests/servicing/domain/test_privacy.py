import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.privacy import Keyring, blur, mask, normal, place

RING = Keyring(keys={"k1": b"1" * 32}, primary="k1", index_key=b"i" * 32)
ROTATED = Keyring(keys={"k1": b"1" * 32, "k2": b"2" * 32}, primary="k2", index_key=b"i" * 32)
HERE = place("servicing_borrower", "phone_cipher", 7)


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("name", "张三丰", "张**"),
        ("name", "欧阳修", "欧阳**"),
        ("name", "欧阳", "欧**"),
        ("name", "Ada", "A**"),
        ("phone", "13812345678", "138****5678"),
        ("phone", "12345", "****"),
        ("national_id", "99000019900101123X", "9****************X"),
        ("national_id", "123", "****"),
        ("address", "somewhere", "****"),
        ("name", "", ""),
        ("phone", None, ""),
    ],
)
def test_what_may_be_shown(field, text, shown):
    assert mask(field, text) == shown


@pytest.mark.parametrize(
    ("field", "text", "spelled"),
    [
        ("phone", "+86 138 1234 5678", "13812345678"),
        ("phone", "0086-138-1234-5678", "13812345678"),
        ("phone", "１３８１２３４５６７８", "13812345678"),
        ("phone", "8613812345678", "13812345678"),
        ("phone", "86123456", "86123456"),
        ("national_id", " 99000019900101123x ", "99000019900101123X"),
        ("national_id", "９９００００ 19900101 123ｘ", "99000019900101123X"),
        ("name", " 张　三 ", "张 三"),
    ],
)
def test_one_spelling_for_all_that_mean_the_same(field, text, spelled):
    assert normal(field, text) == spelled
    assert RING.blind(field, text) == RING.blind(field, spelled)


@given(st.text())
def test_what_is_sealed_opens_again(text):
    assert RING.open(RING.seal(text, place=HERE), place=HERE) == text


def test_a_ciphertext_moved_to_another_row_does_not_open():
    sealed = RING.seal("13812345678", place=HERE)
    with pytest.raises(InvalidTag):
        RING.open(sealed, place=place("servicing_borrower", "phone_cipher", 8))


def test_two_seals_of_one_text_differ():
    assert RING.seal("x", place=HERE) != RING.seal("x", place=HERE)


def test_an_old_key_still_reads_after_rotation():
    assert ROTATED.open(RING.seal("x", place=HERE), place=HERE) == "x"
    assert ROTATED.seal("x", place=HERE)[2:4] == b"k2"


def test_equal_values_of_different_fields_have_different_indexes():
    assert RING.blind("phone", "1") != RING.blind("national_id", "1")


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring.of({"primary": "k1", "keys": {"k1": "YWJj"}, "index": "YWJj"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("call 13812345678 back", "call 1*********8 back"),
        ("id 11010519491231002X，当面核对", "id 1****************X，当面核对"),
        ("loan L0001025 of 2026-11-23, 1,200.00", "loan L0001025 of 2026-11-23, 1,200.00"),
        ("two\nlines", "two\nlines"),
    ],
)
def test_numbers_of_people_do_not_stay_in_free_text(typed, kept):
    assert blur(typed) == kept

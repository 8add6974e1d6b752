"""Free text as it is kept: readable, whole signs, no numbers of people."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.privacy import words
from tests.hostile import TEXTS


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u0007\u001b[31mb\u0000", "a[31mb"),
        ("\ud800x\udc00", "\ufffdx\ufffd"),
        ("\tscarcely\t", "scarcely"),
        ("שלום \u202eabc", "שלום \u202eabc"),
        ("请打 138\u00001380\u00070000", "请打 1*********0"),
        ("<b>{{ 7*7 }}</b>", "<b>{{ 7*7 }}</b>"),
        ("\u0000\u0007", ""),
        ("Z" + "\u0300" * 9 + "e\u0301", "Z" + "\u0300" * 8 + "e\u0301"),
        ("བསྒྲུབས་ འ་ ḝ̃ שָׁ", "བསྒྲུབས་ འ་ ḝ̃ שָׁ"),
    ],
)
def test_what_is_kept(text, kept):
    assert words.kept(text) == kept


@given(st.one_of(st.sampled_from(TEXTS), st.text(st.characters(categories=["L", "Cc", "Cf", "Cs", "N"]))))
def test_whatever_comes_can_be_stored_and_is_kept_once(text):
    kept = words.kept(text)
    assert kept.encode().decode() == kept
    controls = {sign for sign in kept if unicodedata.category(sign) in ("Cc", "Cs")}
    assert controls <= words.STAY
    assert words.kept(kept) == kept

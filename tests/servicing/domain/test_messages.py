"""Keys, waits and signatures of messages, as tables of hits and near misses."""

from datetime import UTC, datetime

import pytest

from servicing.domain.messages import is_key, retry_after, signature, wait

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("certificate-12-2026-11-23", True),
        ("a" * 80, True),
        ("a" * 81, False),
        ("", False),
        ("../passwd", False),
        (".hidden", False),
        ("a/b", False),
        ("A", False),
        ("a\n", False),
        ("问", False),
    ],
)
def test_a_key_can_be_the_name_of_a_file_and_a_header(text, fits):
    assert is_key(text) is fits


def test_each_try_waits_longer_and_none_for_ever():
    assert [wait(attempts) for attempts in (1, 2, 3, 4, 9)] == [30, 120, 480, 1920, 3600]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 1),
        ("99999", 3600),
        ("Mon, 23 Nov 2026 04:02:00 GMT", 120),
        ("Mon, 23 Nov 2026 03:00:00 GMT", 1),
        ("Mon, 23 Nov 2026 04:02:00 -0000", 30),
        ("", 30),
        ("soon", 30),
        ("-5", 30),
    ],
)
def test_the_other_side_asks_for_patience_in_either_spelling(header, seconds):
    assert retry_after(header, now=NOW) == seconds


def test_a_signature_covers_instant_key_and_body():
    signed = signature("s", at="1", key="k", body=b"b")
    others = [("t", "1", "k", b"b"), ("s", "2", "k", b"b"), ("s", "1", "l", b"b"), ("s", "1", "k", b"c")]
    assert len({signed, *(signature(s, at=at, key=key, body=body) for s, at, key, body in others)}) == 5

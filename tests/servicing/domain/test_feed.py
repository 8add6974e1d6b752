"""Seals, lines and days of the feed: what is not exactly right is refused, whatever it is."""

import json
from base64 import b64decode
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.feed.days import day_of, last_expected, missing
from servicing.domain.feed.envelope import Forged, Seal, check, sign
from servicing.domain.feed.messages import Malformed, Message, parse
from servicing.domain.feed.reading import closed, opened, payment
from servicing.domain.intake.layout import Problem

PRIVATE = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
KEYS = {"k1": PRIVATE.public_key().public_bytes_raw()}
LINE = {
    "sequence": 1,
    "kind": "payment.made",
    "at": "2026-11-23T10:00:00+08:00",
    "loan": "L1",
    "amount": 1.10,
}
BODY = json.dumps(LINE).encode() + b"\n"
SEAL = sign(PRIVATE, source="core", key="k1", first=1, last=1, body=BODY)


def test_what_was_signed_passes():
    check(Seal.read(str(SEAL)), BODY, source="core", keys=KEYS)


@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_no_single_byte_of_a_body_can_change(spot, change):
    altered = bytearray(BODY)
    altered[spot] ^= change
    with pytest.raises(Forged):
        check(SEAL, bytes(altered), source="core", keys=KEYS)


@given(st.integers(0, len(str(SEAL)) - 1), st.characters(max_codepoint=255))
def test_no_single_character_of_a_seal_can_change(spot, sign_of_another):
    text = str(SEAL)
    altered = text[:spot] + sign_of_another + text[spot + 1 :]
    if altered.strip() == text:
        return
    with pytest.raises(Forged):
        check(Seal.read(altered), BODY, source="core", keys=KEYS)


def test_a_seal_has_one_spelling():
    text = str(SEAL)
    last = text.rstrip("=")[-1]
    unused = text.rstrip("=")[:-1] + chr(ord(last) + 1) + "=="
    assert b64decode(unused.split()[-1]) == SEAL.signature
    for other in (unused, text.replace(" 1 ", " 01 ", 1)):
        with pytest.raises(Forged):
            Seal.read(other)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_either_messages_or_refused(body):
    try:
        found = parse(body, first=1, last=1)
    except Malformed:
        return
    assert [message.sequence for message in found] == [1]


values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARTS = ("borrower", "terms", "instalments", "guarantors", "payment_id", "amount", "day", "totals", "origin")


@given(st.dictionaries(st.sampled_from(PARTS), values, max_size=4))
def test_whatever_a_message_says_it_is_read_or_refused_with_its_field(data):
    body = json.dumps({"sequence": 1, "kind": "a.b", "at": "2026-11-23T10:00:00Z", "loan": "L1"} | data)
    try:
        (message,) = parse(body.encode() + b"\n", first=1, last=1)
    except Malformed:
        return
    for read in (opened, payment, lambda message, zone: closed(message)):
        with suppress(Problem):
            read(message, zone="UTC")


def nested(depth, *, shape="[]"):
    """A message with so many lists or objects inside each other, itself included."""
    opens, closes = ("[", "]") if shape == "[]" else ('{"a":', "}")
    inner = opens * (depth - 1) + '""' + closes * (depth - 1)
    return json.dumps(LINE | {"amount": "@"}).replace('"@"', inner).encode() + b"\n"


def test_the_first_ten_faults_are_named_and_none_after_a_number_that_is_off():
    def spoilt(*lines):
        body = b"".join(json.dumps(LINE | {"sequence": n} | more).encode() + b"\n" for n, more in lines)
        with pytest.raises(Malformed) as refused:
            parse(body, first=1, last=len(lines))
        return refused.value.faults

    bad = {"kind": "?"}
    assert spoilt((1, {}), (2, bad), (3, {}), (4, {"at": ""})) == [(2, "bad_kind"), (4, "bad_at")]
    assert spoilt((1, bad), (3, {}), (3, bad)) == [(1, "bad_kind"), (2, "not_as_signed")]
    assert len(spoilt(*((n, bad) for n in range(1, 13)))) == 10


@pytest.mark.parametrize("shape", ["[]", "{}"])
@pytest.mark.parametrize("depth", [9, 100, 859, 900, 959, 1000, 5000, 100_000])
def test_what_lies_too_deep_is_refused_before_anything_walks_through_it(depth, shape):
    with pytest.raises(Malformed, match="not_json"):
        parse(nested(depth, shape=shape), first=1, last=1)


@pytest.mark.parametrize("shape", ["[]", "{}"])
@pytest.mark.parametrize("depth", [1, 4, 8])
def test_what_is_not_deep_is_read(depth, shape):
    (message,) = parse(nested(depth, shape=shape), first=1, last=1)
    assert message.canonical()


def test_numbers_keep_their_digits():
    (message,) = parse(BODY, first=1, last=1)
    assert message.data == {"amount": "1.1"}
    (message,) = parse(BODY.replace(b"1.1", b"0.10"), first=1, last=1)
    assert message.data == {"amount": "0.10"}


@pytest.mark.parametrize(("first", "last"), [(1, 2), (2, 2), (0, 0), (2, 1)])
def test_a_body_holds_exactly_the_numbers_of_its_seal(first, last):
    with pytest.raises(Malformed):
        parse(BODY, first=first, last=last)


def test_the_content_is_the_same_in_any_spelling():
    (one,) = parse(BODY, first=1, last=1)
    (two,) = parse(json.dumps(dict(reversed(LINE.items())), indent=None).encode() + b"\n", first=1, last=1)
    assert one.canonical() == two.canonical()
    assert one.canonical() != Message(*one[:4], {"amount": "1.10"}).canonical()


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, tzinfo=UTC), date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, tzinfo=UTC), date(2026, 11, 24)),
    ],
)
def test_an_instant_falls_on_the_day_of_its_source(at, day):
    assert day_of(at, zone="Asia/Shanghai") == day


HOURS = [
    (15, 24, date(2026, 11, 21)),
    (16, 24, date(2026, 11, 22)),
    (17, 2, date(2026, 11, 22)),
    (18, 2, date(2026, 11, 23)),
]


@pytest.mark.parametrize(("hour", "hours", "last"), HOURS)
def test_a_day_must_be_closed_some_hours_after_its_end(hour, hours, last):
    now = datetime(2026, 11, 23, hour, tzinfo=UTC)
    assert last_expected(now, zone="Asia/Shanghai", hours=hours) == last


def test_days_that_nobody_closed():
    first, last = date(2026, 10, 30), date(2026, 11, 2)
    assert missing({date(2026, 10, 31)}, first=first, last=last) == [first, date(2026, 11, 1), last]
    assert missing(set(), first=last, last=first) == []

"""Neutral cases at the shell: the documented example, and every way to be told what is wrong."""

import io
import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.archive.reading import Wrong, load
from servicing.domain.archive.report import check

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = (ROOT / "docs" / "loan_check.md").read_text(encoding="utf-8")
EXAMPLE, ANSWER = re.findall(r"```json\n(.*?)```", DOCUMENT, re.S)[:2]


def a_case(**changes):
    """The documented case with some names changed; None takes a name away."""
    case = json.loads(EXAMPLE) | changes
    return {name: value for name, value in case.items() if value is not None}


def terms(**changes):
    return a_case(terms=json.loads(EXAMPLE)["terms"] | changes)


def events(*rows):
    return a_case(events=[{"on": "2026-03-01"} | row for row in rows])


def test_the_documented_example_is_true():
    assert check(load(EXAMPLE)) == json.loads(ANSWER)


def test_the_command_prints_what_the_domain_says(capsys, tmp_path):
    file = tmp_path / "case.json"
    file.write_bytes(b"\xef\xbb\xbf" + f"[{EXAMPLE}]".encode())
    call_command("loan_check", str(file))
    assert json.loads(capsys.readouterr().out) == [json.loads(ANSWER)]


@pytest.mark.parametrize(("text", "code"), [(EXAMPLE, 0), ('{"terms": 3}', 2)])
def test_the_shell_needs_no_servers(tmp_path, text, code):
    done = subprocess.run(
        [sys.executable, "manage.py", "loan_check", "-"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "AFTERCARE_STATE": str(tmp_path)},
        input=text,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code, done.stderr
    assert not list(tmp_path.rglob("PG_VERSION"))
    if code:
        assert done.stderr == "terms: must be an object\n"
    else:
        assert json.loads(done.stdout) == json.loads(ANSWER)


LATER = {"kind": "payment", "amount": 1, "id": "a", "on": "2026-04-01"}
# What is wrong, and the sentence that says where.
WRONG = [
    ([3], "[0]: must be an object"),
    (a_case(terms=None), "terms: is missing"),
    (a_case(extra=1), "extra: is not known here"),
    (a_case(name=3), "name: must be a text"),
    (terms(principal=None), "terms.principal: must be a number"),
    (terms(principal="0"), "terms.principal: must lie between 0.01 and 1000000000000"),
    (terms(principal="1.001"), "terms.principal: must have at most 2 decimals"),
    (terms(principal=True), "terms.principal: must be a number"),
    (terms(principal="NaN"), "terms.principal: must be a number"),
    (terms(annual_rate="1e999999"), "terms.annual_rate: must lie between 0 and 10"),
    (terms(method="balloon"), "terms.method: 'balloon' is none of equal_instalments, "),
    (terms(instalments=1.5), "terms.instalments: must be a whole number from 1 to 600"),
    (terms(instalments=True), "terms.instalments: must be a whole number"),
    (terms(disbursed_on="2026-02-30"), "terms.disbursed_on: must be a day like 2026-01-31"),
    (terms(first_due_on="2026-01-15"), "terms.first_due_on: must be after the loan was paid out"),
    (terms(every_months=1, every_days=30), "terms.every_days: stands beside every_months"),
    (terms(due_day=3), "terms: no schedule can keep this: the first due date does not fall on day 3"),
    (terms(principal="0.05", instalments=12), "terms: no schedule can keep this: "),
    (terms(grace_of={"x": 3}), "terms.grace_of.x: is no number of an instalment"),
    (a_case(conventions={"order": "x"}), "conventions: order: 'x' is none of interest_first"),
    (a_case(events={}), "events: must be a list"),
    (events({"kind": "gift"}), "events[0].kind: 'gift' is none of "),
    (events({"kind": "payment"}), "events[0].amount: is missing"),
    (events({"kind": "write_off", "amount": 1}), "events[0].amount: is not known here"),
    (events({"kind": "write_off", "on": "2025-01-01"}), "events[0].on: is before the loan was paid out"),
    (events({"kind": "pause", "until": "2026-02-01"}), "events[0].until: is before the pause begins"),
    (events({"kind": "prepayment", "amount": 1, "origin": "refund"}), "events[0].origin: money"),
    (events({"kind": "reversal", "of": "z"}), "events[0].of: there is no money with the id 'z'"),
    (events(*[{"kind": "payment", "amount": 1, "id": "a"}] * 2), "events: the same id stands twice"),
    (
        events({"kind": "reversal", "of": "a"}, LATER),
        "events[0].of: came after its reversal",
    ),
    (
        events({"kind": "restructuring", "annual_rate": 0, "instalments": 2, "first_due_on": "2026-03-01"}),
        "events[0].first_due_on: must be after the restructuring",
    ),
    (a_case(as_of=["2026-1-1"]), "as_of[0]: must be a day like"),
    (a_case(as_of=["2026-01-14"]), "as_of[0]: is before the loan was paid out"),
    (a_case(as_of=[{"from": "2026-03-02", "to": "2026-03-01"}]), "as_of[0]: ends before it begins"),
    (a_case(as_of=[{"from": "2026-03-02", "to": "2190-03-01"}]), "a case has at most 5000"),
    (a_case(limits={"special_mention": 1}), "limits.substandard: is missing"),
    (
        a_case(limits={"special_mention": 9, "substandard": 8, "doubtful": 271, "loss": 361}),
        "limits: must rise from class to class",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("value", "words"), WRONG)
def test_bad_input_is_answered_with_its_place(value, words):
    with pytest.raises(Wrong) as error:
        check(load(json.dumps(value)))
    assert str(error.value).startswith(words)
    assert "\n" not in str(error.value)


# Texts that are no JSON, or no JSON that means one thing.
TEXTS = ["", "{", "[NaN]", '{"a": 1, "a": 2}', "[" * 100_000, "9" * 5000, '"x"', "null"]


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_no_case_ends_in_one_sentence(monkeypatch, capsys, text):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert 0 < len(refused("-", capsys)) < 200


def refused(file, capsys):
    """What the command says of a file that it cannot take."""
    with pytest.raises(SystemExit) as ended:
        call_command("loan_check", file)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"), [(b"\xff\xfe{", "is not UTF-8 at byte 1"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, capsys, content, words):
    file = tmp_path / "case.json"
    if content:
        file.write_bytes(content)
    said = refused(str(file), capsys)
    assert words in said
    assert str(file) in said


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from(["2026-01-31", "0.01", "payment", "equal_principal", "9999-12-31", "1e12"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(st.data())
def test_whatever_stands_in_a_case_there_is_an_answer_or_a_sentence(data):
    """One spot of the documented case is replaced by anything."""
    case = json.loads(EXAMPLE)
    spot, name = case, data.draw(st.sampled_from(sorted(case)))
    while isinstance(spot[name], dict | list) and spot[name] and data.draw(st.booleans()):
        spot = spot[name]
        names = sorted(spot) if isinstance(spot, dict) else range(len(spot))
        name = data.draw(st.sampled_from(names))
    spot[name] = data.draw(anything)
    with suppress(Wrong):
        json.dumps(check(load(json.dumps(case))))

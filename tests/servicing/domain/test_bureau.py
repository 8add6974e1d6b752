"""Objections: three endings, each with findings and a reply; how far an open one is."""

from datetime import date, timedelta

import pytest

from servicing.domain.bureau import ENDINGS, refusal, stage

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("status", "ending", "findings", "reply", "wrong"),
    [
        *(("open", ending, "found", "told", None) for ending in ENDINGS),
        ("corrected", "no_error", "found", "told", "closed"),
        ("open", "open", "found", "told", "ending"),
        ("open", "corrected", " ", "told", "findings"),
        ("open", "corrected", "found", "", "reply"),
    ],
)
def test_an_ending_needs_findings_and_a_reply(status, ending, findings, reply, wrong):
    assert refusal(status, ending, findings, reply) == wrong


@pytest.mark.parametrize(
    ("age", "found"),
    [
        (0, "fresh"),
        (9, "fresh"),
        (10, "pressing"),
        (14, "pressing"),
        (15, "alarm"),
        (20, "alarm"),
        (21, "overdue"),
    ],
)
def test_an_open_objection_presses_then_alarms(age, found):
    due_on = DAY + timedelta(days=20)
    on = DAY + timedelta(days=age)
    assert stage(on, received_on=DAY, due_on=due_on, pressing=10, alarm=15) == found

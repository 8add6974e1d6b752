import pytest

from reviews.domain.cases import REASONS, objection
from reviews.models import Decision


@pytest.mark.parametrize(
    ("verdict", "reason", "note", "wrong"),
    [
        ("dismiss", "explained", "", None),
        ("dismiss", "minor", "", None),
        ("dismiss", "pattern", "", "reason"),
        ("watch", "pattern", "again after two weeks", None),
        ("watch", "pattern", "  ", "note"),
        ("watch", "minor", "again", "reason"),
        ("punish", "minor", "again", "verdict"),
    ],
)
def test_a_reason_belongs_to_its_verdict_and_watching_needs_a_note(verdict, reason, note, wrong):
    assert objection(verdict, reason, note) == wrong


def test_the_table_knows_exactly_the_words_of_the_model():
    assert set(REASONS) == set(Decision.Verdict.values)
    assert {reason for reasons in REASONS.values() for reason in reasons} == set(Decision.Reason.values)

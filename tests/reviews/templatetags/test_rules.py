import pytest
from django.utils import translation

from reviews.domain.features import FEATURES
from reviews.domain.rules import Condition
from reviews.templatetags import rules


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def test_every_unit_has_words():
    assert {feature.unit for feature in FEATURES} == set(rules.UNITS)


@pytest.mark.parametrize(
    ("conditions", "sentence"),
    [
        ([Condition("worst_dpd", ">=", 31)], "Worst days past due is at least 31 days."),
        (
            [{"feature": "quickest_return", "op": "<=", "threshold": 7}],
            "Fewest days from payoff to the next loan is at most 7 days.",
        ),
        (
            [Condition("late_share", ">=", 50), Condition("settled_loans", ">=", 3)],
            "Share of loans settled late is at least 50% and settled loans is at least 3 loans.",
        ),
    ],
)
def test_a_rule_reads_as_one_sentence(conditions, sentence):
    assert rules.sentence(conditions) == sentence


def test_evidence_stands_then_beside_now():
    part = {"feature": "last_days_late", "op": ">=", "threshold": 8}
    evidence = {"conditions": [part], "values": {"last_days_late": 8}}
    latest = {"conditions": [part], "values": {"last_days_late": 20}}
    (row,) = rules.evidence_rows({"evidence": evidence, "latest": latest})
    assert (row["then"], row["now"], row["has_changed"]) == ("8 days", "20 days", True)
    assert row["asked"] == "Days late at the last payoff is at least 8 days"


@pytest.mark.parametrize(
    ("code", "value", "words"),
    [
        ("quickest_return", None, "never"),
        ("quickest_return", 1, "1 day"),
        ("late_share", 50, "50%"),
        ("old", 3, "3"),
        ("inquiries_30", None, "not known"),
        ("balance_elsewhere", 12_345, "¥12,345"),
        ("inquirers_90", 2, "2 lenders"),
    ],
)
def test_values_carry_their_unit(code, value, words):
    assert rules.feature_value(value, code) == words

"""What an answer becomes: only the customer says that something is a complaint."""

import pytest

from feedback.domain.surveys import kind_of


@pytest.mark.parametrize(
    ("score", "words", "is_complaint", "kind"),
    [
        (5, "", False, None),
        (1, " \n", False, None),
        (5, "quick", False, "praise"),
        (4, "quick", False, "praise"),
        (3, "slow", False, "suggestion"),
        (1, "slow", False, "suggestion"),
        (1, "slow", True, "complaint"),
        (5, "slow", True, "complaint"),
        (1, "", True, None),
    ],
)
def test_the_kind_of_an_answer(score, words, is_complaint, kind):
    assert kind_of(score, words, is_complaint=is_complaint) == kind

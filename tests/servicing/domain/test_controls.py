import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.domain.controls import close_pairs, digest
from servicing.domain.staff import RIGHTS, ROLES, TEAMS

WORDS = st.dictionaries(
    st.text(max_size=5), st.one_of(st.integers(), st.text(max_size=8), st.none()), max_size=5
)


@given(WORDS)
def test_the_order_of_words_changes_no_digest(shown):
    assert digest(shown) == digest(dict(reversed(shown.items())))


@given(WORDS, WORDS)
def test_other_words_have_another_digest(one, other):
    assert (digest(one) == digest(other)) is (one == other)


@pytest.mark.parametrize(
    ("approved", "found"),
    [
        ({("ana", "wei"): 9, ("ana", "bo"): 1}, [("ana", "wei", 9, 10)]),
        ({("ana", "wei"): 8, ("ana", "bo"): 2}, []),  # exactly 80 percent is not more than 80
        ({("ana", "wei"): 4}, []),  # too few to say anything
        ({("ana", "wei"): 5}, [("ana", "wei", 5, 5)]),
        ({("ana", "wei"): 5, ("pei", "max"): 6}, [("pei", "max", 6, 6), ("ana", "wei", 5, 5)]),
        ({}, []),
    ],
)
def test_pairs_that_agree_too_often(approved, found):
    assert close_pairs(approved, percent=80, least=5) == found


def test_only_leads_have_a_team_and_belong_to_it():
    assert set(TEAMS) == RIGHTS["deputy.appoint"]
    assert all(lead in team and team <= set(ROLES) for lead, team in TEAMS.items())

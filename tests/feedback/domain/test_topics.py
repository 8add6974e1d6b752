"""What a text is about, added up by hand and by scikit-learn."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.domain import topics
from feedback.gateways import learning
from tests.feedback.said import LABELLED

SIZES = {"words": 500, "shared": 3}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Late fee, late fee!", ["late", "fee", "late fee", "late", "fee late", "fee", "late fee"]),
        ("扣款", ["扣", "款", "扣款"]),
        ("扣错款", ["扣", "错", "款", "扣错", "错款", "扣错款"]),
        ("ＡＰＰ闪退app", ["app", "闪", "退", "闪退", "app"]),
        ("138 0000 ****", []),
        ("", []),
    ],
)
def test_words_of_any_script_are_counted_and_numbers_never(text, found):
    assert topics.grams(text) == found


def test_weights_are_added_up_as_on_paper():
    learned = topics.Learned(("a", "b"), (0.0, 0.5), {"fee": [2.0, 1.0, -1.0], "late": [2.0, 3.0, 0.0]})
    assert topics.scores(learned, "fee") == [1.0, -0.5]
    # Two words of one size share a length of one; a word that is not known says nothing.
    assert topics.scores(learned, "late or fee") == pytest.approx([4 / 2**0.5, 0.5 - 1 / 2**0.5])
    assert topics.suggested(learned, "fee") == "a"
    assert (topics.topic(learned, "nothing"), topics.suggested(learned, "nothing")) == ("b", "")


@pytest.fixture(scope="module", params=[2, 3])
def model(request):
    """Of two topics and of three, which scikit-learn keeps in different ways."""
    names = sorted({topic for _, topic, _ in LABELLED})[: request.param]
    rows = [row for row in LABELLED if row[1] in names]
    return learning.fitted([text for text, *_ in rows], [topic for _, topic, _ in rows], **SIZES)


WORDS = sorted({gram for text, *_ in LABELLED for gram in topics.grams(text)})
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))


@given(text=TEXTS)
def test_plain_sums_say_what_scikit_learn_says(model, text):
    learned = topics.Learned.of_json(learning.learned(model).as_json())
    assert topics.topic(learned, text) == model.predict([text])[0]


def test_a_trial_is_read_topic_by_topic():
    trial = {"topics": ["a", "b"], "confusion": [[8, 2], [4, 6]]}
    told = [(line.name, line.count, line.said, line.right, line.others) for line in topics.lines(trial)]
    assert told == [("a", 10, 12, 8, 4), ("b", 10, 8, 6, 2)]
    assert topics.precision(trial, "b") == 0.75
    assert topics.precision({"topics": ["a", "b"], "confusion": [[1, 0], [1, 0]]}, "b") is None


def test_the_same_words_count_once():
    rows = [("扣款 错了", "a", 1), ("扣款  错了！", "b", 2), ("???", "a", 3), ("else", "a", 4)]
    assert topics.apart(rows) == [rows[0], rows[3]]


def test_what_was_not_seen_is_what_is_counted():
    """Topics drawn by lot cannot be told from words: who looked at the answers would seem to know them."""
    texts = [f"text {n} of {n * 7 % 11} and {chr(97 + n % 26) * 3}" for n in range(200)]
    lots = ["a" if n * n % 7 in (1, 2) else "b" for n in range(200)]
    trial = learning.tried(texts, lots, list(range(200)), **SIZES)
    assert trial.accuracy < 0.75
    assert sum(map(sum, trial.confusion)) == 200


SITE = """
import sys, django
django.setup()
import config.urls, config.celery, feedback.actions.topics
from django.urls import get_resolver
get_resolver().url_patterns
sys.exit("sklearn" in sys.modules)
"""


def test_web_and_workers_never_load_what_learns():
    env = {"DJANGO_SETTINGS_MODULE": "config.settings", "PATH": "/usr/bin:/bin"}
    assert subprocess.run([sys.executable, "-c", SITE], env=env, check=False).returncode == 0

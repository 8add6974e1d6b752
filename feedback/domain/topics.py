"""What a text is about, read off the weights that a model has learned: plain sums, so that anybody may add
them up by hand.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from math import log, sqrt

from servicing.domain.privacy import blur

# Chinese runs without blanks; a word of any other script ends where its letters end. Digits are about people.
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|(?:(?![{_HAN}])[^\W\d_])+")
_SIZES = (1, 2, 3)
# Signs of the name of a topic.
LONGEST = 32


def is_name(text: str) -> bool:
    """Whether a topic may be called so: in a few signs that can be seen, and by nobody's number."""
    return 0 < len(text) <= LONGEST and text.isprintable() and blur(text) == text


def grams(text: str) -> list[str]:
    """What is counted of a text: words, pairs of words, and of Chinese one to three signs in a row."""
    found: list[str] = []
    before = ""
    for run in _RUN.findall(unicodedata.normalize("NFKC", text).lower()):
        if _is_han(run):
            found += [run[at : at + size] for size in _SIZES for at in range(len(run) - size + 1)]
            before = ""
        else:
            found += [run, f"{before} {run}"] if before else [run]
            before = run
    return found


def _is_han(run):
    return re.match(f"[{_HAN}]", run) is not None


@dataclass(frozen=True)
class Learned:
    """What a model knows: the topics, what each begins with, and {gram: (how rare it is, its weight for each
    topic)}.
    """

    topics: tuple[str, ...]
    begins: tuple[float, ...]
    grams: dict[str, list[float]]

    def as_json(self):
        return {"topics": list(self.topics), "begins": list(self.begins), "grams": self.grams}

    @classmethod
    def of_json(cls, found):
        return cls(tuple(found["topics"]), tuple(found["begins"]), found["grams"])


def scores(learned: Learned, text: str) -> list[float]:
    """How much speaks for each topic; the repeated word counts less each time, and long texts no more than
    short ones.
    """
    known = {gram: count for gram, count in Counter(grams(text)).items() if gram in learned.grams}
    sizes = {gram: (1 + log(count)) * learned.grams[gram][0] for gram, count in known.items()}
    length = sqrt(sum(size * size for size in sizes.values())) or 1.0
    sums = list(learned.begins)
    for gram, size in sizes.items():
        for number, weight in enumerate(learned.grams[gram][1:]):
            sums[number] += weight * size / length
    return sums


def topic(learned: Learned, text: str) -> str:
    """The topic for which most speaks."""
    found = scores(learned, text)
    return learned.topics[found.index(max(found))]


def suggested(learned: Learned, text: str) -> str:
    """The topic to suggest; none for a text of which the model knows no word."""
    return topic(learned, text) if any(gram in learned.grams for gram in grams(text)) else ""


def apart(rows):
    """Rows of (words, ...) without those whose words came before, however they are spaced or spelt: a text
    that is learned and tried as well would flatter the trial.
    """
    first: dict[tuple, tuple] = {}
    for row in rows:
        first.setdefault(tuple(grams(row[0])), row)
    first.pop((), None)
    return list(first.values())


class Line:
    """How one topic did in a trial: of `count` texts `right` were found, and `said` were called so."""

    def __init__(self, name, row, column, number):
        self.name, self.row, self.number = name, row, number
        self.count, self.said, self.right = sum(row), sum(column), row[number]

    @property
    def others(self):
        return self.said - self.right


def lines(trial) -> list[Line]:
    """A trial topic by topic; `confusion[i][j]` texts of topic i were called j."""
    confusion = trial["confusion"]
    columns = list(zip(*confusion, strict=True))
    return [
        Line(name, row, column, number)
        for number, (name, row, column) in enumerate(zip(trial["topics"], confusion, columns, strict=True))
    ]


def precision(trial, name) -> float | None:
    """How often a topic was right in a trial where it was named; None where it never was."""
    line = next(line for line in lines(trial) if line.name == name)
    return line.right / line.said if line.said else None

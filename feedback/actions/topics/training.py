"""Learning topics from what people decided; refused where there is too little to learn from."""

from collections import Counter
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from feedback.domain.topics import Learned, apart
from feedback.gateways import learning
from feedback.models import Response, TopicModel
from servicing.actions import ledger, periods


class TooLittle(Exception):
    """Fewer than two topics have enough responses that share words; `counts` is {topic: how many there are},
    `least` how many it takes.
    """

    def __init__(self, counts, least):
        super().__init__("too_little")
        self.counts, self.least = counts, least


class Learnt(NamedTuple):
    """What came of it: what is known now, how the method did on unseen texts, and what was too rare."""

    learned: Learned
    trial: learning.Trial
    left_out: dict[str, int]
    size: int


def labelled(*, on):
    """[(words, topic, whose)] of the newest responses whose topic a person decided."""
    most = periods.value("topic.most", on=on)
    rows = Response.objects.labelled(on=on).values_list("words", "topic", "borrower_id", "pk")[:most]
    return [(words, topic, f"b{person}" if person else f"r{pk}") for words, topic, person, pk in rows]


def learn(rows, *, on):
    """Learn from rows of (words, topic, whose); raises TooLittle. The same words count once."""
    least = periods.value("topic.least", on=on)
    sizes = {"words": periods.value("topic.grams", on=on), "shared": periods.value("topic.shared", on=on)}
    rows = apart(rows)
    counts = Counter(topic for _, topic, _ in rows)
    # A fold needs voices of several people.
    people = Counter(topic for topic, _ in {(topic, whose) for _, topic, whose in rows})
    enough = {topic for topic in counts if min(counts[topic], people[topic]) >= least}
    if len(enough) < 2:
        raise TooLittle(dict(counts), least)
    taken = [row for row in rows if row[1] in enough]
    texts, topics, whose = (list(column) for column in zip(*taken, strict=True))
    try:
        trial = learning.tried(texts, topics, whose, **sizes)
    except learning.NothingShared:
        raise TooLittle(dict(counts), least) from None
    left_out = {topic: count for topic, count in counts.items() if topic not in enough}
    return Learnt(learning.learned(learning.fitted(texts, topics, **sizes)), trial, left_out, len(texts))


def train(*, by, at):
    """Learn from the lender's own feedback, and suggest by it from now on; raises TooLittle."""
    on = timezone.localdate(at)
    return keep(learn(labelled(on=on), on=on), by=by, at=at)


@transaction.atomic
def keep(learnt, *, by, at):
    trial = learnt.trial
    model = TopicModel.objects.create(
        trained_by=by,
        trained_at=at,
        responses=learnt.size,
        accuracy=trial.accuracy,
        low=trial.low,
        high=trial.high,
        macro_f1=trial.macro_f1,
        baseline=trial.baseline,
        trial={"topics": trial.topics, "confusion": trial.confusion},
        left_out=learnt.left_out,
        learned=learnt.learned.as_json(),
    )
    detail = {"responses": learnt.size, "accuracy": round(trial.accuracy, 3), "topics": len(trial.topics)}
    ledger.record(what="topics.trained", target=model, by=by, at=at, detail=detail)
    return model

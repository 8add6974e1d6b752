"""A topic is suggested by what was learned, and decided by a person."""

from functools import lru_cache
from typing import NamedTuple

from django.db import transaction

from feedback.actions.topics.refusal import NotAllowed
from feedback.domain import topics
from feedback.models import Response, Topic, TopicModel
from servicing.actions import ledger


class Suggestion(NamedTuple):
    """A topic, the model that says so, and how often it was right in its trial when it said so, None where
    it never did.
    """

    topic: str
    model: TopicModel
    right: float | None


def suggest(words):
    """What the newest model would call these words; None where it knows nothing to say."""
    model = TopicModel.objects.newest()
    if model is None or not model.suggests:
        return None
    name = topics.suggested(learned(model.pk), words)
    if not name or not Topic.objects.offered().filter(name=name).exists():
        return None
    return Suggestion(name, model, topics.precision(model.trial, name))


@lru_cache(2)
def learned(pk):
    """What a model knows; a row of them never changes."""
    return topics.Learned.of_json(TopicModel.objects.values_list("learned", flat=True).get(pk=pk))


@transaction.atomic
def decide(*, response, topic, by, at):
    """Say what a response is about; raises NotAllowed ("right", "unknown")."""
    if not by.may("topic.decide"):
        raise NotAllowed("right")
    if not topics.is_name(topic) or not Topic.objects.offered().filter(name=topic).exists():
        raise NotAllowed("unknown")
    response = Response.objects.select_for_update().get(pk=response.pk)
    if response.topic == topic:
        return response
    found, before = suggest(response.words), response.topic
    response.topic, response.topic_by, response.topic_at = topic, by, at
    response.topic_suggested = found.topic if found else ""
    response.save(update_fields=["topic", "topic_by", "topic_at", "topic_suggested"])
    detail = {"topic": topic} | ({"before": before} if before else {})
    if found:
        detail |= {"suggested": found.topic, "model": found.model.pk}
    ledger.record(what="response.topic_decided", target=response, by=by, at=at, detail=detail)
    return response

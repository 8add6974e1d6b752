"""The lender's list of topics: words are added and retired, never lost."""

from django.db import IntegrityError, transaction

from feedback.actions.topics.refusal import NotAllowed
from feedback.domain.topics import is_name
from feedback.models import Topic
from servicing.actions import ledger


@transaction.atomic
def add(*, name, by, at):
    """A new word of the list; raises NotAllowed ("right", "name", "there")."""
    if not by.may("topic.manage"):
        raise NotAllowed("right")
    name = name.strip()
    if not is_name(name):
        raise NotAllowed("name")
    try:
        with transaction.atomic():
            topic = Topic.objects.create(name=name, added_by=by, added_at=at)
    except IntegrityError:
        raise NotAllowed("there") from None
    ledger.record(what="topic.added", target=topic, by=by, at=at, detail={"topic": name})
    return topic


def retire(*, topic, by, at):
    """Offer a topic no more; responses keep it."""
    return turn(topic, retired_at=at, what="topic.retired", by=by, at=at)


def bring_back(*, topic, by, at):
    """Offer a retired topic again."""
    return turn(topic, retired_at=None, what="topic.brought_back", by=by, at=at)


@transaction.atomic
def turn(topic, *, retired_at, what, by, at):
    if not by.may("topic.manage"):
        raise NotAllowed("right")
    topic = Topic.objects.select_for_update().get(pk=topic.pk)
    if (topic.retired_at is None) == (retired_at is None):
        return topic  # somebody was faster
    topic.retired_at = retired_at
    topic.save(update_fields=["retired_at"])
    ledger.record(what=what, target=topic, by=by, at=at, detail={"topic": topic.name})
    return topic

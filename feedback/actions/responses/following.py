"""What was promised is done in working time, and what the bureau desk decides is answered."""

from django.db import transaction
from django.utils import timezone

from feedback.actions.responses.handling import NotAllowed, answered, held
from feedback.models import FollowUp, Response
from servicing.actions import ledger, periods
from servicing.domain.privacy import kept


@transaction.atomic
def promise(*, response, words, days=None, key="", by, at):
    """Promise something about it within so many working days, a setting where none are named; the same form
    with the same words is one promise.

    Raises NotAllowed as `held` does, "words", "days".
    """
    row = held(response, by=by)
    if not kept(words):
        raise NotAllowed("words")
    if days is not None and not 1 <= days <= 60:
        raise NotAllowed("days")
    said = {"words": kept(words)[:200], "key": key}
    if key and (there := row.follow_ups.filter(**said).first()):
        return there
    return promised(row, **said, days=days, by=by, at=at)


def promised(response, *, words="", kind=FollowUp.Kind.PROMISE, days, key="", by, at):
    on = timezone.localdate(at)
    due_on = periods.due(on, days=days or periods.value("followup.days", on=on))
    owner = response.owner or by
    row = FollowUp.objects.create(
        response=response, kind=kind, words=words, due_on=due_on, owner=owner, made_at=at, key=key
    )
    detail = {"due_on": due_on.isoformat(), "to": owner.pk}
    ledger.record(what="response.promised", target=response, by=by, at=at, detail=detail)
    return row


@transaction.atomic
def done(*, follow_up, by, at):
    """It is done; twice is once. Raises NotAllowed ("right", "owner")."""
    if not by.may("response.answer"):
        raise NotAllowed("right")
    if follow_up.owner_id != by.pk and not by.may("response.steer"):
        raise NotAllowed("owner")
    if FollowUp.objects.filter(pk=follow_up.pk, done_at=None).update(done_at=at, done_by=by):
        ledger.record(what="response.kept", target=follow_up.response, by=by, at=at)


def follow_objections(*, at, limit=200):
    """Answer each response whose objection has ended with the reply of its record; how many."""
    ended = Response.objects.unresolved().exclude(objection=None).exclude(objection__status="open")
    return sum(_follow(pk, at=at) for pk in ended.order_by("pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def _follow(pk, *, at):
    rows = Response.objects.select_for_update(of=("self",), skip_locked=True)
    rows = rows.select_related("objection__closed_by")
    row = rows.filter(pk=pk, status=Response.Status.OPEN).first()
    if row is None or row.objection is None:
        return False
    answered(row, row.objection.reply, by=row.objection.closed_by, at=at)
    return True

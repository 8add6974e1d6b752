"""An improvement is begun, handed over, fixed and dropped by people; each change leaves its entry."""

from django.db import transaction
from django.utils import timezone

from feedback.actions.improvements.counting import hits, signatures_of
from feedback.domain import improvements
from feedback.domain.improvements import NotAllowed
from feedback.models import Improvement
from servicing.actions import ledger
from servicing.domain.privacy import kept, says_something

# Weeks before a fix from which it is reckoned how long to wait.
LOOK_BACK = 8


@transaction.atomic
def begin(*, obstacle, title, kind, cause, change, owner, fall, by, at, planned_on=None):
    """A new improvement of an obstacle: what is changed, by whom, and the fall in percent that is planned."""
    if not by.may("improvement.steer"):
        raise NotAllowed("right")
    title, change = kept(title), kept(change)
    if not (title and change):
        raise NotAllowed("words")
    if not owner.may("obstacle.name"):
        raise NotAllowed("owner")
    improvement = Improvement.objects.create(
        obstacle=obstacle, title=title, kind=kind, cause=cause, change=change, owner=owner, fall=fall,
        planned_on=planned_on, began_by=by, began_at=at, changed_at=at,
    )  # fmt: skip
    detail = {"obstacle": obstacle.pk, "kind": kind, "cause": cause, "fall": fall, "owner": owner.username}
    ledger.record(what="improvement.begun", target=improvement, by=by, at=at, detail=detail)
    return improvement


@transaction.atomic
def hand_over(*, improvement, owner, by, at):
    """Somebody else looks after it."""
    improvement = steered(improvement, by=by)
    if improvement.status == Improvement.Status.DROPPED or not owner.may("obstacle.name"):
        raise NotAllowed("owner")
    before, improvement.owner, improvement.changed_at = improvement.owner.username, owner, at
    improvement.save(update_fields=["owner", "changed_at"])
    detail = {"from": before, "to": owner.username}
    ledger.record(what="improvement.handed_over", target=improvement, by=by, at=at, detail=detail)
    return improvement


@transaction.atomic
def fix(*, improvement, fixed_on, by, at):
    """The change is in force since a day; when it is judged follows from what was before that day."""
    improvement = steered(improvement, by=by)
    status = improvements.after(improvement.status, "fix")
    if fixed_on > timezone.localdate(at) or (improvement.fixed_on and fixed_on <= improvement.fixed_on):
        raise NotAllowed("day")
    improvement.status, improvement.fixed_on, improvement.changed_at = status, fixed_on, at
    improvement.weeks = improvements.weeks_needed(
        a_week(improvement, fixed_on, on=timezone.localdate(at)), improvement.fall
    )
    improvement.save(update_fields=["status", "fixed_on", "weeks", "changed_at"])
    detail = {"fixed_on": fixed_on.isoformat(), "weeks": improvement.weeks}
    ledger.record(what="improvement.fixed", target=improvement, by=by, at=at, detail=detail)
    return improvement


def a_week(improvement, fixed_on, *, on):
    """How often a week it was met in the last weeks before the fix."""
    before, _after = improvements.windows(fixed_on, LOOK_BACK)
    found = hits(signatures_of(improvement.obstacle), before, on=on)
    return len(found) / LOOK_BACK


@transaction.atomic
def drop(*, improvement, reason, by, at):
    """Nothing more is done or measured; the reason stays in the trail."""
    improvement = steered(improvement, by=by)
    if not says_something(reason):
        raise NotAllowed("reason")
    before, improvement.status = improvement.status, improvements.after(improvement.status, "drop")
    improvement.changed_at = at
    improvement.save(update_fields=["status", "changed_at"])
    detail = {"from": before, "reason": kept(reason)}
    ledger.record(what="improvement.dropped", target=improvement, by=by, at=at, detail=detail)
    return improvement


def steered(improvement, *, by):
    """The improvement, held, for who steers; NotAllowed for others."""
    if not by.may("improvement.steer"):
        raise NotAllowed("right")
    rows = Improvement.objects.select_for_update(of=("self",)).select_related("owner", "obstacle")
    return rows.get(pk=improvement.pk)

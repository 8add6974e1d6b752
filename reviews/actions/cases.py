"""A person takes the most pressing case, sees its evidence, and decides or gives it back."""

import hashlib
import json

from django.db import IntegrityError, transaction
from django.utils import timezone

from reviews.actions import recheck
from reviews.actions.alerts import NotAllowed
from reviews.domain import cases as judgement
from reviews.models import Alert, Case, Decision
from servicing.actions import ledger, periods
from servicing.domain.privacy import blur
from servicing.models import Staff


class Changed(Exception):
    """The evidence is no longer what the page showed; look again."""


class AlreadyDecided(Exception):
    """Somebody was faster: `by` whom and `at` what instant."""

    def __init__(self, decision):
        super().__init__(decision.pk)
        self.by, self.at = decision.by, decision.at


def seen(case):
    """The evidence of a case at this moment."""
    return evidence(case, newest=_standing_of(case.borrower))


def evidence(case, *, newest):
    """The alerts of a case as plain JSON, oldest first: what a page shows and a decision freezes.

    `true_on` is the last day of which what an alert says is known to be true. What has not changed since is
    as true on the day of the newest judgement; what fires no more, or is not judged, on the day of its own.
    """
    columns = ("id", "rule", "rule_version", "status", "severity", "evidence", "latest")
    judged_on = newest and newest.as_of.isoformat()
    return [
        row
        | {"true_on": judged_on if judged_on and row["status"] != "closed" else row["latest"].get("as_of")}
        for row in case.alerts.order_by("pk").values(*columns)
    ]


def _standing_of(borrower):
    """The newest judgement that stands; None for none, and while processing is restricted."""
    is_kept = borrower.restrictions.in_force(on=timezone.localdate()).exists()
    return None if is_kept else recheck.standing_of(borrower)


def digest(shown):
    """64 hex digits that change whenever anything in `seen(case)` does."""
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def take_next(*, by, at):
    """The oldest case the person already has, else the first in line, now theirs; None for an empty queue."""
    if not by.may("case.decide"):
        raise NotAllowed("right")
    # Two clicks of one person would otherwise take two cases.
    Staff.objects.select_for_update().get(pk=by.pk)
    if mine := Case.objects.owned_by(by).order_by("taken_at", "pk").first():
        return mine
    case = Case.objects.unowned().in_line().select_for_update(skip_locked=True).first()
    if case is not None:
        case.owner, case.taken_at = by, at
        case.save(update_fields=["owner", "taken_at"])
        ledger.record(what="case.taken", target=case, by=by, at=at)
    return case


# Whoever asks to be judged by a person waits behind nothing that a machine found.
ASKED = 90


@transaction.atomic
def ask_for_person(*, borrower, reference, by, at):
    """Open a review by a person because the borrower asks for it, or join the open one.

    `reference` is that of what the borrower said. It counts among the cases that the team takes in a day.
    """
    case = _open_for_person(borrower, at=at)
    ledger.record(what="case.asked", target=case, by=by, at=at, detail={"reference": reference})
    return case


def _open_for_person(borrower, *, at):
    """The open case of the group, locked, so that nobody decides it without what joins it now."""
    asked = Case.objects.unresolved().filter(borrower=borrower, group=Case.Group.HUMAN)
    if there := asked.select_for_update(of=("self",)).first():
        return there
    on = timezone.localdate(at)
    due_on = periods.due(on, days=periods.value("case.due", on=on))
    try:
        with transaction.atomic():
            return Case.objects.create(
                borrower=borrower, group=Case.Group.HUMAN, priority=ASKED,
                opened_at=at, opened_on=on, due_on=due_on,
            )  # fmt: skip
    except IntegrityError:
        # Somebody asked at the same moment.
        return asked.select_for_update(of=("self",)).get()


def _held(case, by, *, instead=None):
    """The locked row of an open case of the person's own; of anybody's, who has the right `instead`."""
    held = Case.objects.select_for_update().get(pk=case.pk)
    if held.status == Case.Status.CLOSED:
        raise AlreadyDecided(Decision.objects.select_related("by").get(case=held))
    if not by.may("case.decide"):
        raise NotAllowed("right")
    may_instead = instead is not None and held.owner_id is not None and by.may(instead)
    if held.owner_id != by.pk and not may_instead:
        raise NotAllowed("owner")
    return held


@transaction.atomic
def give_back(*, case, by, at):
    """Put a case back in line, an own one or as the lead; raises NotAllowed, AlreadyDecided."""
    held = _held(case, by, instead="case.return")
    owner = held.owner_id
    held.owner = held.taken_at = None
    held.save(update_fields=["owner", "taken_at"])
    ledger.record(what="case.given_back", target=held, by=by, at=at, detail={"owner": owner})
    return held


@transaction.atomic
def decide(*, case, verdict, reason, note, seen_digest, by, at):
    """Close an own case with a verdict, freeze what was seen, and take its alerts as answered.

    Raises NotAllowed ("right", "owner", "verdict", "reason", "note"), Changed, AlreadyDecided.
    """
    held = _held(case, by)
    if objection := judgement.objection(verdict, reason, note):
        raise NotAllowed(objection)
    # Locked in the order of their ids, like everywhere, so that a recheck waits or is waited for.
    answered = list(held.alerts.filter(status=Alert.Status.OPEN).order_by("pk").select_for_update())
    shown = seen(held)
    if digest(shown) != seen_digest:
        raise Changed
    for alert in answered:
        alert.status, alert.answered_severity = Alert.Status.ANSWERED, alert.severity
    Alert.objects.bulk_update(answered, ["status", "answered_severity"])
    decision = Decision.objects.create(
        case=held, verdict=verdict, reason=reason, note=blur(note), seen=shown, by=by, at=at
    )
    held.status, held.closed_at = Case.Status.CLOSED, at
    held.save(update_fields=["status", "closed_at"])
    ledger.record(
        what="case.decided",
        target=held,
        by=by,
        at=at,
        detail={"verdict": verdict, "reason": reason, "alerts": len(answered), "digest": seen_digest},
    )
    return decision

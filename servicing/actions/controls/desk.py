"""One person proposes, another one decides about exactly what was shown, within one working day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.module_loading import import_string

from servicing.actions import ledger, periods
from servicing.domain import controls
from servicing.domain.privacy import blur, says_something
from servicing.domain.staff import RIGHTS, TEAMS
from servicing.models import Approval, Deputy


class NotAllowed(Exception):
    """A verb that needs another right, another person or another moment; the message is a code."""


class Changed(Exception):
    """What was shown is no longer how it is."""


class AlreadyDecided(Exception):
    """Somebody was faster: `by` whom (None where it lapsed) and `at` what instant."""

    def __init__(self, approval):
        super().__init__(approval.status)
        self.by, self.at = approval.decided_by, approval.decided_at


@dataclass(frozen=True)
class Kind:
    """What may be proposed: the two rights, its words, and the verb that runs when it is approved.

    `act(approval=, by=, at=)` runs in the transaction of the approval and may refuse it with NotAllowed.
    `now(approval)` is what would be shown at this moment, where that can change, and `lock(approval)` holds
    its subject until commit, so that nobody changes it between the look and the act; `refusals` are the words
    of what `act` alone refuses. A `guarded` kind shows rows: its `shown` names the right without which nobody
    looks at them, whoever the desk asks.
    """

    code: str
    words: str | Promise
    proposes: str
    approves: str
    act: Callable[..., object]
    now: Callable[[Approval], dict] | None = None
    guarded: bool = False
    refusals: Mapping[str, str | Promise] = field(default_factory=dict)
    lock: Callable[[Approval], object] | None = None

    def visible(self, person, approval):
        """Whether a person may look at what is shown; a guarded proposal without a right is for nobody."""
        return not self.guarded or approval.shown.get("right") in rights_of(person)


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by code, as settings.APPROVALS lists them."""
    return {kind.code: kind for kind in map(import_string, settings.APPROVALS)}


def rights_of(person):
    """All that a person may, as of now."""
    return [right for right in RIGHTS if person.may(right)]


def leads_of(person, *, on):
    """The people for whom this person approves on a day, as long as both are of one team."""
    posts = Deputy.objects.in_force(on=on).filter(deputy=person).select_related("person__role")
    return [post.person for post in posts if person.role_code in TEAMS.get(post.person.role_code, ())]


def authority(person, right, *, on, proposer, leads=None):
    """Whose right lets this person decide: the own one, or that of somebody they stand in for; or None.

    Nobody decides for the proposer, neither the proposer nor the proposer's deputy.
    """
    if person.pk == proposer.pk or not person.is_active:
        return None
    if person.may(right):
        return person
    leads = leads_of(person, on=on) if leads is None else leads
    return next((lead for lead in leads if lead.pk != proposer.pk and lead.may(right)), None)


def decider(person, approval, *, on, leads=None):
    """`authority` over one proposal: nobody decides about rows that they, or the lead, may not look at."""
    kind = kinds()[approval.kind]
    whose = authority(person, kind.approves, on=on, proposer=approval.proposed_by, leads=leads)
    if whose is None or not (kind.visible(person, approval) and kind.visible(whose, approval)):
        return None
    return whose


def waiting_for(person, *, at):
    """What waits for this person, first to lapse first."""
    on, known = timezone.localdate(at), kinds()
    leads = leads_of(person, on=on)
    rows = Approval.objects.waiting(at=at).for_desk_page().order_by("lapses_at", "pk")
    return [row for row in rows.filter(kind__in=known) if decider(person, row, on=on, leads=leads)]


def visible_to(person, *, on):
    """What a person proposed, decided or may decide; everything for who oversees the desk."""
    if person.may("approval.oversee"):
        return Approval.objects.all()
    who = [person, *leads_of(person, on=on)]
    deciding = [kind for kind in kinds().values() if any(one.may(kind.approves) for one in who)]
    own = Q(proposed_by=person) | Q(decided_by=person)
    plain = Q(kind__in=[kind.code for kind in deciding if not kind.guarded])
    guarded = Q(kind__in=[kind.code for kind in deciding if kind.guarded], shown__right__in=rights_of(person))
    return Approval.objects.filter(own | plain | guarded)


def shown_now(approval):
    """What would be shown at this moment."""
    now = kinds()[approval.kind].now
    return approval.shown if now is None else now(approval)


def still_shown(approval, *, now=None):
    """Whether what was shown is how it is; `now` is what would be shown, for whoever has asked already."""
    is_whole = controls.digest(approval.shown) == approval.digest
    return is_whole and (now or shown_now(approval)) == approval.shown


@transaction.atomic
def propose(*, kind, subject, shown, purpose, by, at):
    """Ask for a second person: `shown` is exactly what that person will see, as JSON, masked.

    The same proposal of the same person is made once. Raises NotAllowed ("right", or "waits" where another
    proposal about this subject waits).
    """
    if not by.may(kinds()[kind].proposes):
        raise NotAllowed("right")
    digest, on = controls.digest(shown), timezone.localdate(at)
    _lapse(Approval.objects.filter(kind=kind, subject=subject), by=by, at=at)
    approval, is_new = Approval.objects.get_or_create(
        kind=kind,
        subject=subject,
        status=Approval.Status.WAITING,
        defaults={
            "shown": shown,
            "digest": digest,
            "purpose": blur(purpose)[:200],
            "proposed_by": by,
            "proposed_at": at,
            "lapses_at": lapse_of(at, on=on),
        },
    )
    if is_new:
        detail = {"kind": kind, "subject": subject, "digest": digest}
        ledger.record(what="approval.proposed", target=approval, by=by, at=at, detail=detail)
    elif (approval.digest, approval.proposed_by_id) != (digest, by.pk):
        raise NotAllowed("waits")
    return approval


def lapse_of(at, *, on):
    """The same time of day one working day later (a setting). What is proposed on a day off holds to the
    end of that working day, so that whoever comes to work has all of it.
    """
    day = periods.due(on, days=periods.value("approval.days", on=on))
    until = timezone.localtime(at).time() if periods.is_workday(on) else time.max
    return timezone.make_aware(datetime.combine(day, until))


def _held(approval):
    """The locked row of what waits; raises AlreadyDecided."""
    held = Approval.objects.select_for_update(of=("self",)).select_related("proposed_by").get(pk=approval.pk)
    if held.status != Approval.Status.WAITING:
        raise AlreadyDecided(held)
    return held


def _decidable(approval, *, by, at):
    """(locked row, whose right is used); raises NotAllowed ("second_person", "right", "lapsed")."""
    held = _held(approval)
    if held.proposed_by_id == by.pk:
        raise NotAllowed("second_person")
    whose = decider(by, held, on=timezone.localdate(at))
    if whose is None:
        raise NotAllowed("right")
    if held.lapses_at < at:
        raise NotAllowed("lapsed")
    return held, whose


def _decide(held, status, *, by, at, whose=None, reason=""):
    held.status, held.decided_by, held.decided_at, held.reason = status, by, at, reason
    held.deputy_for = whose if whose is not None and whose.pk != by.pk else None
    held.save(update_fields=["status", "decided_by", "decided_at", "reason", "deputy_for"])
    detail = {
        "kind": held.kind,
        "subject": held.subject,
        "digest": held.digest,
        "proposer": held.proposed_by_id,
    }
    if held.deputy_for:
        detail["deputy_for"] = held.deputy_for_id
    ledger.record(what=f"approval.{status.value}", target=held, by=by, at=at, detail=detail)
    return held


@transaction.atomic
def approve(*, approval, digest, by, at):
    """Approve what was shown, known by its digest, and do it.

    Raises NotAllowed ("second_person", "right", "lapsed", or what the verb refuses), Changed, AlreadyDecided.
    """
    held, whose = _decidable(approval, by=by, at=at)
    kind = kinds()[held.kind]
    if kind.lock is not None:
        kind.lock(held)
    if held.digest != digest or not still_shown(held):
        raise Changed
    _decide(held, Approval.Status.APPROVED, by=by, at=at, whose=whose)
    kind.act(approval=held, by=by, at=at)
    return held


@transaction.atomic
def refuse(*, approval, reason, by, at):
    """Refuse with a reason; raises what `approve` does, and NotAllowed("reason") where it says nothing."""
    held, whose = _decidable(approval, by=by, at=at)
    if not says_something(reason):
        raise NotAllowed("reason")
    return _decide(held, Approval.Status.REFUSED, by=by, at=at, whose=whose, reason=blur(reason)[:200])


@transaction.atomic
def withdraw(*, approval, by, at):
    """Take the own proposal back; raises NotAllowed, AlreadyDecided."""
    held = _held(approval)
    if held.proposed_by_id != by.pk:
        raise NotAllowed("right")
    return _decide(held, Approval.Status.WITHDRAWN, by=by, at=at)


@transaction.atomic
def lapse(*, by, at):
    """Mark what waited too long; how many."""
    return _lapse(Approval.objects.all(), by=by, at=at)


def _lapse(rows, *, by, at):
    overdue = rows.overdue(at=at).select_for_update(skip_locked=True).order_by("pk")
    lapsed = list(overdue.values_list("pk", flat=True))
    if lapsed:
        Approval.objects.filter(pk__in=lapsed).update(status=Approval.Status.LAPSED, decided_at=at)
        ledger.record(what="approval.lapsed", by=by, at=at, detail={"approvals": lapsed})
    return len(lapsed)

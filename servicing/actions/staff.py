"""People come, go and are unlocked; machines exist so that each act has somebody who did it."""

import secrets

from axes.utils import reset
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger
from servicing.domain.privacy import blur
from servicing.domain.staff import ROLES
from servicing.models import Deputy, SavedView, Staff

VIEWS = 30


class NotAllowed(Exception):
    """A view that is not kept; the message is a code."""


def machine(name):
    """The account that acts for the house: `clock` for the schedule, `operator` for the shell."""
    return Staff.objects.get_or_create(
        username=name, defaults={"name": name, "is_machine": True, "is_active": False}
    )[0]


@transaction.atomic
def join(*, username, name, role, password, by, at):
    """Add a person with a role; raises ValueError for a role outside the table."""
    if role not in ROLES:
        raise ValueError(role)
    person = Staff(username=username, name=name, role=Group.objects.get(name=role))
    person.set_password(password)
    person.save()
    ledger.record(what="staff.joined", target=person, by=by, at=at, detail={"role": role})
    return person


@transaction.atomic
def grant(*, person, role, by, at, detail=None):
    """Give a person another role, or with "" none; `detail` says on what ground.

    Who stands in for whom ends with the role of either: the days were promised within a team.
    """
    if role and role not in ROLES:
        raise ValueError(role)
    before = person.role_code
    person.role = Group.objects.get(name=role) if role else None
    person.save(update_fields=["role"])
    change = {"from": before, "to": role}
    ledger.record(what="staff.role_granted", target=person, by=by, at=at, detail=change | (detail or {}))
    for post in Deputy.objects.about(person).current(on=timezone.localdate(at)):
        post.recalled_at = at
        post.save(update_fields=["recalled_at"])
        ended = {"deputy": post.deputy_id}
        ledger.record(what="deputy.recalled", target=post.person, by=by, at=at, detail=ended)


@transaction.atomic
def set_password(*, person, password, by, at):
    """Give a person another password; sessions that the old one opened end at their next request."""
    person.set_password(password)
    person.save(update_fields=["password"])
    ledger.record(what="staff.password_set", target=person, by=by, at=at)


@transaction.atomic
def unlock(*, person, by, at):
    """Forget the failed sign-ins of a person."""
    reset(username=person.username)
    ledger.record(what="staff.unlocked", target=person, by=by, at=at)


def password():
    """A fresh password of 20 readable characters."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(5)) for _ in range(4))


@transaction.atomic
def note(*, what, person, at):
    """Leave a sign-in or a sign-out in the trail."""
    ledger.record(what=what, target=person, by=person, at=at)


@transaction.atomic
def save_view(*, view, name, query, is_default, is_shared, by, at):
    """Keep the filters and order of a list under a name; the same name replaces what it stood for.

    `query` has been cleaned by the list. Raises NotAllowed ("right" to share, or "too_many").
    """
    if is_shared and not by.may("view.share"):
        raise NotAllowed("right")
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    own, name = SavedView.objects.filter(person=by, view=view), blur(name)[:40]
    if own.exclude(name=name).count() >= VIEWS:
        raise NotAllowed("too_many")
    if is_default:
        own.update(is_default=False)
    kept, _ = SavedView.objects.update_or_create(
        person=by,
        view=view,
        name=name,
        defaults={"query": query, "is_default": is_default, "is_shared": is_shared},
    )
    ledger.record(what="view.saved", target=kept, by=by, at=at, detail={"view": view, "shared": is_shared})
    return kept


@transaction.atomic
def forget_view(*, kept, by, at):
    """Delete an own view; raises NotAllowed for that of somebody else."""
    if kept.person_id != by.pk:
        raise NotAllowed("right")
    ledger.record(what="view.deleted", target=kept, by=by, at=at, detail={"view": kept.view})
    kept.delete()

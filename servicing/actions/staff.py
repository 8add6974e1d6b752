"""People come, go and are unlocked; machines exist so that each act has somebody who did it."""

import secrets

from axes.utils import reset
from django.contrib.auth.models import Group
from django.db import transaction

from servicing.actions import ledger
from servicing.domain.staff import ROLES
from servicing.models import Staff


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

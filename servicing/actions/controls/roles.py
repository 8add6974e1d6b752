"""A role is proposed by an administrator and granted by the privacy officer."""

from django.utils.translation import gettext_lazy as _

from servicing.actions import staff
from servicing.actions.controls.desk import Kind, NotAllowed, propose
from servicing.models import Staff


def shown(person, role):
    """What the second person sees: who, the role now and the role proposed ("" for none)."""
    return {
        "about": f"{person} ({person.username})",
        "person": person.pk,
        "before": person.role_code,
        "after": role,
    }


def propose_role(*, person, role, purpose, by, at):
    """Ask that a person be given a role; raises NotAllowed ("right", "waits", "own", "same")."""
    if person.pk == by.pk or person.is_machine:
        raise NotAllowed("own")
    if person.role_code == role:
        raise NotAllowed("same")
    return propose(
        kind="role",
        subject=f"staff:{person.pk}",
        shown=shown(person, role),
        purpose=purpose,
        by=by,
        at=at,
    )


def person_of(approval):
    """The locked row of whoever a proposal is about."""
    return Staff.objects.select_for_update(of=("self",)).get(pk=approval.shown["person"])


def grant(*, approval, by, at):
    person = person_of(approval)
    if person.pk == by.pk:
        raise NotAllowed("own")
    staff.grant(person=person, role=approval.shown["after"], by=by, at=at, detail={"approval": approval.pk})


def now(approval):
    return shown(Staff.objects.get(pk=approval.shown["person"]), approval.shown["after"])


ROLE = Kind("role", _("role of a person"), "role.propose", "role.approve", grant, now, lock=person_of)

"""A lead who is away names somebody of the own team to approve instead."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.controls.desk import NotAllowed, decider
from servicing.domain.staff import TEAMS
from servicing.models import Deputy, Staff


def candidates(person):
    """Who may stand in for a person: everybody else of the team who can sign in."""
    team = Staff.objects.filter(role__name__in=TEAMS.get(person.role_code, ()), is_active=True)
    return team.exclude(pk=person.pk).order_by("name")


@transaction.atomic
def appoint(*, person, deputy, from_on, to_on, by, at):
    """Let `deputy` approve in the place of `person` on these days, both included.

    Raises NotAllowed: "right" for anybody but the lead, "deputy" for somebody outside the team, "days" for
    days that are past or too many (a setting), "overlap" where another deputy is named for some of them.
    """
    if by.pk != person.pk or not by.may("deputy.appoint"):
        raise NotAllowed("right")
    if not candidates(person).filter(pk=deputy.pk).exists():
        raise NotAllowed("deputy")
    today = timezone.localdate(at)
    longest = timedelta(days=periods.value("deputy.days", on=today))
    if not (today <= from_on <= to_on < from_on + longest):
        raise NotAllowed("days")
    # Two requests at once would both find the days free.
    Staff.objects.select_for_update(no_key=True).get(pk=person.pk)
    others = Deputy.objects.filter(person=person, recalled_at=None)
    if others.filter(from_on__lte=to_on, to_on__gte=from_on).exists():
        raise NotAllowed("overlap")
    post = Deputy.objects.create(person=person, deputy=deputy, from_on=from_on, to_on=to_on, by=by, at=at)
    detail = {"deputy": deputy.pk, "from_on": from_on.isoformat(), "to_on": to_on.isoformat()}
    ledger.record(what="deputy.appointed", target=person, by=by, at=at, detail=detail)
    return post


@transaction.atomic
def recall(*, post, by, at):
    """End it at once; the lead, the deputy, and who oversees approvals may. Twice is once."""
    if by.pk not in (post.person_id, post.deputy_id) and not by.may("approval.oversee"):
        raise NotAllowed("right")
    if Deputy.objects.filter(pk=post.pk, recalled_at=None).update(recalled_at=at):
        detail = {"deputy": post.deputy_id}
        ledger.record(what="deputy.recalled", target=post.person, by=by, at=at, detail=detail)


def deciders(approval, *, on):
    """The people who may decide about a proposal on a day."""
    people = Staff.objects.filter(is_active=True, is_machine=False).order_by("name", "pk")
    return [person for person in people.select_related("role") if decider(person, approval, on=on)]

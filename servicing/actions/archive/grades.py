"""The class of a loan: by its days past due, or as a person has said, until a day."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.actions.archive.holding import held
from servicing.domain import archive
from servicing.domain.privacy import blur, says_something
from servicing.models import ClassOverride, Loan


class NotAllowed(Exception):
    """A class that nobody may set so; the message is a code that the page puts into words."""


def limits(*, on):
    """The first day past due of each class but normal, as the settings say on a day."""
    return {code: periods.value(f"class.{code}", on=on) for code in archive.CLASSES[1:]}


def grade_of(loan, *, dpd, on):
    """(class, override or None) of a loan so many days past due on a day; a settled loan is in no class:
    (None, None).
    """
    if loan.status == Loan.Status.SETTLED:
        return None, None
    override = ClassOverride.objects.in_force(on=on).filter(loan=loan).first()
    if override:
        return override.grade, override
    return archive.grade(dpd, limits=limits(on=on)), None


@transaction.atomic
def override(*, loan, grade, reason, until_on, by, at):
    """Say another class of a loan than its days say, up to and on a day; the newest word counts.

    The same word again changes nothing. Raises NotAllowed ("right", "grade", "reason", "until", "settled").
    """
    if not by.may("class.override"):
        raise NotAllowed("right")
    from_on = timezone.localdate(at)
    if grade not in archive.CLASSES:
        raise NotAllowed("grade")
    if not says_something(reason):
        raise NotAllowed("reason")
    if until_on < from_on:
        raise NotAllowed("until")
    loan = held(loan)
    if loan.status == Loan.Status.SETTLED:
        raise NotAllowed("settled")
    said = {"grade": grade, "reason": blur(reason), "until_on": until_on, "by": by}
    there = ClassOverride.objects.in_force(on=from_on).filter(loan=loan).first()
    if there and all(getattr(there, name) == value for name, value in said.items()):
        return there
    row = ClassOverride.objects.create(loan=loan, from_on=from_on, at=at, **said)
    detail = {"grade": grade, "until": until_on.isoformat(), "reason": row.reason}
    ledger.record(what="class.overridden", target=loan, by=by, at=at, detail=detail)
    return row

"""A borrower's word on advertising: yes is asked for apart, no takes effect at once and is kept for ever."""

from django.db import transaction
from django.utils import timezone

from servicing.actions import calls, ledger, messages
from servicing.models import Borrower, Consent, OptOut
from servicing.models.marketing import marketable

Purpose = Consent.Purpose


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


def may_be_marketed(ids, *, on):
    """Those of these borrowers (ids) who may be advertised to on a day."""
    return set(marketable(on=on).filter(pk__in=list(ids)).values_list("pk", flat=True))


def may_be_profiled(ids, *, on):
    """Those of them to whom what is offered may also be chosen by what is known of each."""
    return set(marketable(on=on, profiled=True).filter(pk__in=list(ids)).values_list("pk", flat=True))


@transaction.atomic
def opt_in(*, borrower, basis, with_profiling, by, at):
    """Note that a borrower wants to hear of offers, chosen by what is known of them or the same for all.

    It ends an earlier no. The same word again changes nothing. Raises NotAllowed ("right",
    "restricted" of whom nothing new may be done with the data, "unknown" where a caller who was not verified
    takes a no back).
    """
    if not by.may("consent.record"):
        raise NotAllowed("right")
    _number, (borrower, *_others) = held(borrower)
    if borrower.restrictions.in_force(on=timezone.localdate(at)).exists():
        raise NotAllowed("restricted")
    noes = OptOut.objects.in_force().about(borrower).filter(purpose=OptOut.Purpose.MARKETING)
    is_call = basis == Consent.Basis.PHONE
    if is_call and noes.exists() and not calls.standing(borrower, by=by, at=at).is_known:
        raise NotAllowed("unknown")
    ended = noes.update(ended_at=at)
    changed = _say(borrower, Purpose.MARKETING, basis=basis, by=by, at=at)
    if with_profiling:
        changed |= _say(borrower, Purpose.PROFILING, basis=basis, by=by, at=at)
    else:
        changed |= _unsay(borrower, [Purpose.PROFILING], at=at)
    if changed or ended:
        detail = {"basis": basis, "profiling": with_profiling}
        ledger.record(what="marketing.opted_in", target=borrower, by=by, at=at, detail=detail)


@transaction.atomic
def opt_out(*, borrower, basis, by, at, purpose=OptOut.Purpose.MARKETING):
    """Note a no to advertising or to surveys, also for everybody else with the same number.

    What waits to be sent is withdrawn in the same transaction. Twice is once. Raises NotAllowed ("right").
    """
    if not (by.may("consent.record") or by.is_machine):
        raise NotAllowed("right")
    number, everybody = held(borrower)
    borrower = everybody[0]
    is_marketing = purpose == OptOut.Purpose.MARKETING
    for one in everybody:
        messages.withdraw(
            borrower=one, purpose="marketing" if is_marketing else "service", why="opted_out",
            kind=None if is_marketing else purpose, by=by, at=at,
        )  # fmt: skip
    if is_marketing:
        _unsay(borrower, [Purpose.MARKETING, Purpose.PROFILING], at=at)
    there = OptOut.objects.in_force().filter(borrower=borrower, purpose=purpose).first()
    if there and (number is None or bytes(there.phone_index or b"") == number):
        return there
    if there:
        # The number has changed since: the old one keeps its no, without the borrower.
        there.borrower = None
        there.save(update_fields=["borrower"])
    said = OptOut.objects.create(
        borrower=borrower, purpose=purpose, phone_index=number, basis=basis, by=by, at=at
    )
    detail = {"purpose": purpose, "basis": basis}
    ledger.record(what="marketing.opted_out", target=borrower, by=by, at=at, detail=detail)
    return said


def held(borrower):
    """(the hash of the number, the borrower and all others with it, locked in the order of their ids)."""
    number = Borrower.objects.values_list("phone_index", flat=True).get(pk=borrower.pk)
    rows = Borrower.objects.filter(pk=borrower.pk)
    if number is not None:
        rows |= Borrower.objects.filter(phone_index=bytes(number))
    found = {one.pk: one for one in rows.select_for_update(no_key=True).order_by("pk")}
    mine = found.pop(borrower.pk)
    return mine.phone_index and bytes(mine.phone_index), [mine, *found.values()]


def _say(borrower, purpose, *, basis, by, at):
    """Whether it is news that the borrower allows this."""
    on = timezone.localdate(at)
    newest = Consent.objects.newest(borrower, purpose)
    if newest and newest.holds(on=on):
        return False
    Consent.objects.create(borrower=borrower, purpose=purpose, basis=basis, given_on=on, by=by, at=at)
    return True


def _unsay(borrower, purposes, *, at):
    """Whether it is news that the borrower allows this no longer."""
    standing = Consent.objects.filter(borrower=borrower, purpose__in=purposes, withdrawn_on=None)
    return standing.update(withdrawn_on=timezone.localdate(at)) > 0

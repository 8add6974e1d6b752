"""A changed phone number: noted in a call, and in force once somebody else has called it back."""

import re
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from servicing.actions import calls, ledger, periods, privacy
from servicing.domain.privacy import REVEAL_REASONS, mask, normal, place
from servicing.models import Borrower, PhoneChange

TABLE = "servicing_phonechange"


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


def waiting(borrower):
    """The number that waits to be confirmed, or None."""
    rows = PhoneChange.objects.filter(borrower=borrower, status=PhoneChange.Status.WAITING)
    return rows.select_related("borrower", "noted_by").first()


def _plain(change):
    return privacy.keyring().open(change.phone_cipher, place=place(TABLE, "phone_cipher", change.pk))


def _is_restricted(borrower, *, at):
    return borrower.restrictions.in_force(on=timezone.localdate(at)).exists()


def masked(change):
    return mask("phone", _plain(change))


@transaction.atomic
def note(*, borrower, phone, by, at):
    """Note a new number that a known caller names; it replaces one that waits, and not yet the one on file.

    Raises NotAllowed ("right", "restricted", "unknown" for a caller who was not verified
    by what this person could not know, "phone", "same").
    """
    if not by.may("phone.note"):
        raise NotAllowed("right")
    if _is_restricted(borrower, at=at):
        raise NotAllowed("restricted")
    # The lock of the borrower makes one of two numbers the newer one.
    borrower = Borrower.objects.held(borrower.pk)
    if not calls.is_known_by_ear(borrower, by=by, at=at):
        raise NotAllowed("unknown")
    phone = normal("phone", phone)
    if not re.fullmatch(r"1\d{10}", phone, re.ASCII):
        raise NotAllowed("phone")
    if privacy.matches(borrower, "phone", phone):
        raise NotAllowed("same")
    if there := waiting(borrower):
        _drop(there, by=by, at=at)
    (row_id,) = privacy.reserve(1, table=TABLE)
    sealed = privacy.keyring().seal(phone, place=place(TABLE, "phone_cipher", row_id))
    change = PhoneChange.objects.create(
        pk=row_id, borrower=borrower, phone_cipher=sealed, noted_by=by, noted_at=at
    )
    ledger.record(what="phone.noted", target=borrower, by=by, at=at)
    return change


def show(*, change, by, at):
    """The number for whoever calls it back: written into the trail and counted as a reveal before.

    Raises privacy.NotAllowed ("right", "restricted", "budget").
    """
    if not (by.may("phone.confirm") and by.may("reveal.phone")):
        raise privacy.NotAllowed("right")
    if _is_restricted(change.borrower, at=at):
        raise privacy.NotAllowed("restricted")
    detail = {"field": "new_phone", "reason": REVEAL_REASONS[1]}
    with transaction.atomic(durable=True):
        began = privacy.day_began(at)
        privacy.spend(change.borrower, detail=detail, by=by, at=at, day_began_at=began)
    return _plain(change)


@transaction.atomic
def confirm(*, change, by, at):
    """Put it in force after the call back: the index moves with it, and the number of before is gone.

    Raises NotAllowed ("right", "restricted", "second_person", "unknown" where whoever answered was not
    verified, "over").
    """
    if not by.may("phone.confirm"):
        raise NotAllowed("right")
    if _is_restricted(change.borrower, at=at):
        raise NotAllowed("restricted")
    borrower = Borrower.objects.held(change.borrower_id)
    held = PhoneChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if held.status != PhoneChange.Status.WAITING:
        raise NotAllowed("over")
    if held.noted_by_id == by.pk:
        raise NotAllowed("second_person")
    if not calls.is_known_by_ear(borrower, by=by, at=at):
        raise NotAllowed("unknown")
    sealed = privacy.seal(borrower.pk, phone=_plain(held))
    borrower.phone_cipher, borrower.phone_index = sealed["phone_cipher"], sealed["phone_index"]
    borrower.save(update_fields=["phone_cipher", "phone_index"])
    _end(held, PhoneChange.Status.CONFIRMED, by=by, at=at)
    ledger.record(what="phone.confirmed", target=borrower, by=by, at=at, detail={"from": held.noted_by_id})
    return borrower


@transaction.atomic
def drop(*, change, by, at):
    """Forget a number that was not the borrower's; twice is once. Raises NotAllowed ("right")."""
    if not by.may("phone.note"):
        raise NotAllowed("right")
    held = PhoneChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
    if held.status == PhoneChange.Status.WAITING:
        _drop(held, by=by, at=at)


def _drop(held, *, by, at):
    _end(held, PhoneChange.Status.DROPPED, by=by, at=at)
    ledger.record(what="phone.dropped", target=held.borrower, by=by, at=at)


def _end(held, status, *, by, at):
    held.status, held.ended_by, held.ended_at, held.phone_cipher = status, by, at, None
    held.save(update_fields=["status", "ended_by", "ended_at", "phone_cipher"])


@transaction.atomic
def lapse(*, by, at):
    """Forget numbers that nobody confirmed in time; how many."""
    age = timedelta(days=periods.value("phone.wait", on=timezone.localdate(at)))
    rows = PhoneChange.objects.filter(status=PhoneChange.Status.WAITING, noted_at__lt=at - age)
    lapsed = list(rows.select_for_update(of=("self",), skip_locked=True).select_related("borrower"))
    for held in lapsed:
        _drop(held, by=by, at=at)
    return len(lapsed)

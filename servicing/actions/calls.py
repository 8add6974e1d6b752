"""Verify without showing: what a caller says is compared, and only whether it fits comes back."""

from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from servicing.actions import ledger, periods, privacy
from servicing.domain import calls
from servicing.domain.privacy import FIELDS
from servicing.models import Borrower, Call, LedgerEntry


class NotAllowed(Exception):
    """A comparison that is refused; the message is a code that the page puts into words."""


@dataclass(frozen=True)
class Standing:
    """How a call stands: what fitted in it, how many tries are left in it and for this borrower today, how
    often somebody tried before it today, and whether the caller is known.
    """

    matched: frozenset
    left: int
    before: int
    is_known: bool


def _current(borrower, *, by, at):
    """The call that this person is in with this borrower; one that lasted too long is another one."""
    lasts = timedelta(minutes=periods.value("caller.minutes", on=timezone.localdate(at)))
    rows = Call.objects.filter(borrower=borrower, by=by, began_at__gt=at - lasts)
    return rows.order_by("-began_at", "-pk").first()


def _on_file(borrower):
    return {field for field in FIELDS if getattr(borrower, f"{field}_cipher") is not None}


def standing(borrower, *, by, at):
    call, on = _current(borrower, by=by, at=at), timezone.localdate(at)
    tried = call.tries if call else 0
    everybodys = Call.objects.of_day(borrower, at=at).aggregate(tries=Sum("tries", default=0))["tries"]
    matched = frozenset(call.matched if call else ())
    in_call, in_day = (periods.value(code, on=on) for code in ("caller.tries", "caller.daily"))
    left = max(min(in_call - tried, in_day - everybodys), 0)
    return Standing(matched, left, everybodys - tried, calls.is_known(set(matched), _on_file(borrower)))


@transaction.atomic
def verify(*, borrower, said, by, at):
    """Compare {field: what the caller says}: {field: True, False, or None where nothing is on file}.

    Raises NotAllowed ("right", "nothing" where nothing was said, "tries" where this call has used them up, or
    all calls of a day about this borrower together).
    """
    if not by.may("caller.verify"):
        raise NotAllowed("right")
    said = {field: text for field, text in said.items() if field in FIELDS and text.strip()}
    if not said:
        raise NotAllowed("nothing")
    # The row lock makes the count and the try one step for two requests, whoever of us they come from.
    Borrower.objects.held(borrower.pk)
    if standing(borrower, by=by, at=at).left == 0:
        raise NotAllowed("tries")
    call = _current(borrower, by=by, at=at) or Call(borrower=borrower, by=by, began_at=at)
    found = {field: privacy.matches(borrower, field, text) for field, text in said.items()}
    fitted = sorted(field for field, fits in found.items() if fits)
    call.tries, call.matched = call.tries + 1, sorted({*call.matched, *fitted})
    call.save()
    detail = {"fields": sorted(said), "matched": fitted, "attempt": call.tries}
    ledger.record(what="caller.verified", target=borrower, by=by, at=at, detail=detail)
    return found


def is_known_by_ear(borrower, *, by, at):
    """Whether the caller is known by what this person had not seen or typed before today."""
    mine = LedgerEntry.objects.about(borrower).filter(by=by, at__gte=privacy.day_began(at))
    shown = mine.filter(what="borrower.revealed").values_list("detail__field", flat=True)
    sought = mine.filter(what="borrower.searched").values_list("detail__by", flat=True)
    heard = set(standing(borrower, by=by, at=at).matched) - {*shown, *sought}
    return calls.is_known(heard, _on_file(borrower))

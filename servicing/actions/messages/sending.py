"""A message is claimed, given to the gateway and marked, each step committed by itself.

The claim is committed before anything leaves, so a killed worker leaves a claim that runs out. Where the
gateway knows a key again, the message is given to it once more under the same key; where it does not, nobody
can say whether it left, and a person settles it. A claim lives shorter than the minute within which a no has
to take effect, and looks for one under the same lock under which it is written.
"""

import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from servicing.actions import ledger, periods, privacy
from servicing.actions.messages.queueing import refusal, spot
from servicing.domain.messages import Letter, wait
from servicing.gateways import messages as gateways
from servicing.models import Message
from servicing.models.messages import BUSY

Status = Message.Status
# What makes up for the time between a claim and the sending of it; whoever is later leaves it alone.
BEGINS_WITHIN = 0.5
# A sending that is not over by then is cut off, before somebody else may take the claim over.
ENDS_WITHIN = 0.9


@dataclass(frozen=True)
class Claim:
    """A message that this process alone may send, begun before `until` and over at `ends` of
    time.monotonic().
    """

    message: Message
    letter: Letter
    until: float
    ends: float


def dispatch(*, by, at, until=None):
    """Send what waits until nothing does, or until an instant of time.monotonic(); how many left."""
    gateway, began, sent = gateways.chosen(), time.monotonic(), 0
    if gateway is None:
        return 0
    while until is None or time.monotonic() < until:
        now = at + timedelta(seconds=time.monotonic() - began)
        message, claim = take(gateway, by=by, at=now)
        if message is None:
            break
        if claim and time.monotonic() < claim.until:
            sent += give(gateway, claim, by=by, at=now)
    return sent


@transaction.atomic(durable=True)
def take(gateway, *, by, at):
    """(the next message or None, the claim to send it): none where it has ended some other way instead."""
    # The lock is on the borrower alone; who sends to the same one right now is passed over.
    rows = Message.objects.to_send().select_related("borrower")
    found = rows.select_for_update(of=("borrower",), skip_locked=True, no_key=True).first()
    if found is None:
        return None, None
    # Until the lock came somebody else may have taken it.
    message = rows.select_for_update(of=("self",), no_key=True).filter(pk=found.pk).first()
    if message is None:
        return found, None
    on = timezone.localdate(at)
    if ended := ending(message, gateway, on=on):
        end(message, *ended, by=by, at=at)
        return message, None
    return message, claimed(message, gateway, on=on)


def ending(message, gateway, *, on):
    """(status, why) of a message that is not sent any more; None of one that is."""
    is_stale = message.status == Status.SENDING
    if is_stale and not (gateway.repeats and message.gateway == gateway.code):
        return Status.UNKNOWN, "cut_off"
    if is_stale and message.why:
        return Status.WITHDRAWN, message.why
    if why := refusal(message.borrower, purpose=message.purpose, kind=message.kind, on=on):
        return (Status.FAILED if why == "no_phone" else Status.WITHDRAWN), why
    for name in settings.MESSAGE_STOPS:
        if why := import_string(name)(message, on=on):
            return Status.WITHDRAWN, why
    if message.attempts >= periods.value("message.attempts", on=on):
        # Whoever was sending it for the last time is gone, and may have had it taken.
        return (Status.UNKNOWN, "cut_off") if is_stale else (Status.FAILED, "attempts")
    return None


def claimed(message, gateway, *, on):
    """Write the claim down, and read whom it goes to and what it says."""
    life, began = periods.value("message.lease", on=on), time.monotonic()
    message.attempts += 1
    Message.objects.filter(pk=message.pk).update(
        status=Status.SENDING, gateway=gateway.code, attempts=message.attempts, why="", next_at=None,
        leased_until=Now() + timedelta(seconds=life),
    )  # fmt: skip
    letter = Letter(
        key=message.key,
        kind=message.kind,
        to=privacy.plain(message.borrower, "phone"),
        subject=message.subject,
        body=privacy.keyring().open(message.body, place=spot(message.key)),
    )
    return Claim(message, letter, began + life * BEGINS_WITHIN, began + life * ENDS_WITHIN)


def give(gateway, claim, *, by, at):
    """Send it, outside any transaction, and say how that went; True where it left."""
    try:
        gateway.send(claim.letter, until=claim.ends, still=lambda: still(claim))
    except gateways.NotKnown as trouble:
        settle(claim, Status.UNKNOWN, str(trouble), by=by, at=at)
        return False
    except gateways.NotSent as trouble:
        not_sent(claim, trouble, by=by, at=at)
        return False
    settle(claim, Status.SENT, "", by=by, at=at)
    return True


def still(claim):
    """Whether it may leave even now: the claim is ours, and nobody has said no since."""
    return unsettled(claim).filter(why="", leased_until__gt=Now()).exists()


@transaction.atomic
def settle(claim, status, why, *, by, at):
    """How it ended, unless somebody has taken the claim over."""
    if held := mine(claim):
        end(held, status, why, by=by, at=at)


@transaction.atomic
def not_sent(claim, trouble, *, by, at):
    """Back into the line for later, or to a person once it was tried often enough."""
    message = mine(claim)
    if message is None:
        return
    # A gateway that asks for patience, or does not know us, has not failed this message.
    spared = trouble.wait is not None
    rounds = message.rounds + (trouble.code == BUSY)
    if message.why:
        end(message, Status.WITHDRAWN, message.why, by=by, at=at)
    elif trouble.is_final or is_tired(message, rounds, spared=spared, on=timezone.localdate(at)):
        end(message, Status.FAILED, trouble.code, by=by, at=at)
    else:
        later = Now() + timedelta(seconds=trouble.wait or wait(message.attempts))
        Message.objects.filter(pk=message.pk).update(
            status=Status.QUEUED, why=trouble.code, attempts=message.attempts - spared, rounds=rounds,
            next_at=later, leased_until=None,
        )  # fmt: skip


def is_tired(message, rounds, *, spared, on):
    """Whether it was tried, or put off, as often as the settings allow."""
    if spared:
        return rounds >= periods.value("message.rounds", on=on)
    return message.attempts >= periods.value("message.attempts", on=on)


def mine(claim):
    """The message, its row locked, for as long as this claim is the one that counts."""
    return unsettled(claim).select_for_update(no_key=True).first()


def unsettled(claim):
    return Message.objects.filter(pk=claim.message.pk, status=Status.SENDING, attempts=claim.message.attempts)


def end(message, status, why, *, by, at):
    """Sent, withdrawn, failed or not known, with its trace; words that are not needed any more are gone."""
    message.status, message.why, message.leased_until = status, why, None
    message.sent_at = at if status == Status.SENT else None
    if status in (Status.SENT, Status.WITHDRAWN):
        message.body = None
    message.save(update_fields=["status", "why", "leased_until", "sent_at", "body"])
    detail = {"message": message.pk, "kind": message.kind, "attempts": message.attempts}
    detail |= {"reason": why} if why else {}
    ledger.record(
        what=f"message.{Status(status).value}", target=message.borrower, by=by, at=at, detail=detail
    )

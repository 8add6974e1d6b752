"""Which verb of the archive each kind of message calls; each returns the amount that its total counts."""

from servicing.actions import archive
from servicing.actions.archive.holding import Differs, Unknown, known
from servicing.actions.feed import totals
from servicing.domain.feed import reading
from servicing.domain.feed.days import day_of
from servicing.domain.intake import dates, fields
from servicing.domain.intake.layout import Problem
from servicing.models import Loan, PayoffStep

UNKNOWN = {"loan": "no_loan", "payment": "no_payment", "guarantor": "no_guarantor"}
STEPS = {"mandate.revoked": PayoffStep.Kind.MANDATE, "reminders.recalled": PayoffStep.Kind.REMINDERS}


def apply(message, *, feed, by, at):
    """Do what a message says; raises Problem, Unknown or Differs, having changed nothing."""
    do = VERBS.get(message.kind)
    if do is None:
        raise Problem("kind", "unknown_kind")
    return do(message, feed, {"by": by, "at": at})


def loan_of(message, feed):
    loan = (
        known(feed.pk, message.loan) or Loan.objects.filter(source=feed.pk, external_id=message.loan).first()
    )
    if loan is None:
        raise Unknown("loan")
    return loan


def on(message, feed):
    return day_of(message.at, zone=feed.source.zone)


def today(message, feed, who):
    """The newest day of which the message may tell: a clock that is a little ahead may have reached it."""
    return day_of(max(message.at, who["at"]), zone=feed.source.zone)


def opened(message, feed, who):
    borrower, loan = reading.opened(message, zone=feed.source.zone)
    dates.borrower(borrower, today=today(message, feed, who))
    archive.open_loan(source=feed.source, facts=(loan, borrower), **who)
    return loan.principal


def replanned(message, feed, who):
    dues, from_on, reason = reading.replanned(message)
    archive.replan(loan=loan_of(message, feed), dues=dues, from_on=from_on, reason=reason, **who)


def paid(message, feed, who):
    facts = reading.payment(message, zone=feed.source.zone)
    archive.pay(loan=loan_of(message, feed), paid=facts, **who)
    return facts.amount


def reversed_(message, feed, who):
    key, amount = reading.reversed_payment(message)
    row = archive.reverse(loan=loan_of(message, feed), external_id=key, on=on(message, feed), **who)
    if row.amount != amount:
        raise Differs("amount")
    if message.at < row.paid_at:
        raise Problem("at", "before_payment")
    return amount


def written_off(message, feed, who):
    reading.plain(message)
    archive.write_off(loan=loan_of(message, feed), on=on(message, feed), **who)


def paused(message, feed, who):
    data = reading.plain(message, "starts_on", "ends_on", "reason")
    starts_on, ends_on = fields.day(data, "starts_on"), fields.day(data, "ends_on")
    if ends_on < starts_on:
        raise Problem("ends_on", "not_allowed")
    reason = fields.code(data, "reason", is_required=False)
    archive.pause(loan=loan_of(message, feed), starts_on=starts_on, ends_on=ends_on, reason=reason, **who)


def reminded(message, feed, who):
    data = reading.plain(message, "reminder_id", "channel")
    archive.remind(
        loan=loan_of(message, feed),
        external_id=fields.text(data, "reminder_id"),
        sent_at=message.at,
        channel=fields.code(data, "channel"),
        **who,
    )


def stepped(message, feed, who):
    """A step of the payoff; before the payoff there is none, and a person will find it open."""
    reading.plain(message)
    archive.step_done(loan=loan_of(message, feed), kind=STEPS[message.kind], on=on(message, feed), **who)


def released(message, feed, who):
    key = fields.text(reading.plain(message, "guarantor_id"), "guarantor_id")
    archive.release_guarantor(
        loan=loan_of(message, feed), external_id=key, on=on(message, feed), **who
    )  # fmt: skip


def closed(message, feed, who):
    day, declared = reading.closed(message)
    dates.happened("day", day, today=today(message, feed, who))
    totals.close(feed, day, declared, at=who["at"])


VERBS = {
    "loan.opened": opened,
    "loan.replanned": replanned,
    "loan.written_off": written_off,
    "loan.paused": paused,
    "payment.made": paid,
    "payment.refunded": paid,
    "payment.failed": paid,
    "payment.reversed": reversed_,
    "reminder.sent": reminded,
    "mandate.revoked": stepped,
    "reminders.recalled": stepped,
    "guarantor.released": released,
    "day.closed": closed,
}

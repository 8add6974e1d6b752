"""Whom an obstacle met on which days, and how many tried: what rates are made of."""

from collections import Counter

from django.db.models import Sum

from feedback.models import ChannelDay, Measurement, Signature
from feedback.models.improvements.obstacles import failures, voices


def signatures_of(obstacle):
    """Those by which the rate is measured: failures where there are any, for what fails is counted whole,
    while few who are hurt speak.
    """
    known = list(obstacle.signatures.all())
    return [row for row in known if row.side == Signature.Side.FAILURES] or known


def unit_of(signatures):
    return Measurement.Unit(signatures[0].side) if signatures else Measurement.Unit.FAILURES


def hits(signatures, window, *, on):
    """Distinct (customer, day) in a window; an unknown voice is a customer of its own."""
    if unit_of(signatures) == Measurement.Unit.FAILURES:
        rows = failures(signatures, on=on).filter(paid_on__range=window)
        return set(rows.values_list("borrower", "paid_on"))
    rows = voices(signatures, on=on).filter(received_on__range=window)
    found = rows.values_list("pk", "borrower", "received_on")
    return {(borrower or -pk, day) for pk, borrower, day in found}


def tries(signatures, window):
    """How many customers tried on each day of a window: through the channels of the failures, or through any.

    Who tried through two channels on a day counts twice.
    """
    rows = ChannelDay.objects.between(*window)
    if unit_of(signatures) == Measurement.Unit.FAILURES:
        rows = rows.filter(channel__in={row.channel for row in signatures})
    return Counter(dict(rows.values_list("day").annotate(number=Sum("customers"))))

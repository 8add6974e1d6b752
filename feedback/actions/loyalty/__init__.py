"""Verbs of loyalty: tiers, campaigns, their draws and offers, holds, and what a campaign changed."""

from feedback.actions.loyalty import campaigns, drawing, holds, measuring, offers, sending, tiers
from feedback.actions.loyalty.forgetting import forget, may_forget
from feedback.actions.loyalty.sending import stops

__all__ = [
    "campaigns",
    "drawing",
    "forget",
    "holds",
    "may_forget",
    "measuring",
    "offers",
    "sending",
    "stops",
    "tiers",
    "work",
]


def work(*, on, by, at):
    """What the clock asks for, each found by looking: judge, draw, let offers expire, send, measure."""
    tiers.judge(on=on, by=by, at=at)
    drawing.draw_all(on=on, by=by, at=at)
    offers.expire(on=on, by=by, at=at)
    sending.send_due(on=on, by=by, at=at)
    measuring.measure_due(on=on, by=by, at=at)

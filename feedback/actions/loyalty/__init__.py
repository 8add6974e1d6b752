"""Verbs of loyalty: tiers, campaigns, their draws and offers, holds, and what a campaign changed."""

from feedback.actions.loyalty import campaigns, drawing, holds, measuring, offers, tiers

__all__ = ["campaigns", "drawing", "holds", "measuring", "offers", "tiers", "work"]


def work(*, on, by, at):
    """What the clock asks for: judge tiers, draw, let offers expire, measure. Each is found by looking."""
    tiers.judge(on=on, by=by, at=at)
    drawing.draw_all(on=on, by=by, at=at)
    offers.expire(on=on, by=by, at=at)
    measuring.measure_due(on=on, by=by, at=at)

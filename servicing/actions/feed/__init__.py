"""The loan core's feed: deliveries are taken in, applied in order and once, and reconciled day by day."""

from servicing.actions.feed.applying import work
from servicing.actions.feed.health import Trouble, states, troubles
from servicing.actions.feed.mending import NotAllowed, accept, keep, retry, skip
from servicing.actions.feed.receiving import Refused, collect, deliver, is_throttled, tidy
from servicing.actions.feed.totals import expect

__all__ = [
    "NotAllowed",
    "Refused",
    "Trouble",
    "accept",
    "collect",
    "deliver",
    "expect",
    "is_throttled",
    "keep",
    "retry",
    "skip",
    "states",
    "tidy",
    "troubles",
    "work",
]

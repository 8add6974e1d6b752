"""The loan core's feed: deliveries are taken in, applied in order and once, and reconciled day by day."""

from servicing.actions.feed.applying import work
from servicing.actions.feed.folders import collect
from servicing.actions.feed.health import Trouble, doors, of_loan, states, troubles
from servicing.actions.feed.mending import NotAllowed, accept, keep, pass_over, retry, skip
from servicing.actions.feed.receiving import Refused, deliver, tidy
from servicing.actions.feed.totals import expect
from servicing.gateways.feed import BadKeys

__all__ = [
    "BadKeys",
    "NotAllowed",
    "Refused",
    "Trouble",
    "accept",
    "collect",
    "deliver",
    "doors",
    "expect",
    "keep",
    "of_loan",
    "pass_over",
    "retry",
    "skip",
    "states",
    "tidy",
    "troubles",
    "work",
]

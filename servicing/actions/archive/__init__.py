"""Loans end here: one by one at payoff, or many at once when they come in."""

from servicing.actions.archive.arrivals import take
from servicing.actions.archive.histories import rebuild_lapsed, roll_up, stamp
from servicing.actions.archive.payoff import settle_loan

__all__ = ["rebuild_lapsed", "roll_up", "settle_loan", "stamp", "take"]

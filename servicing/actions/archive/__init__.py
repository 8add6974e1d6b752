"""Loans live and end here: one fact at a time, or many loans at once when they come in."""

from servicing.actions.archive.arrivals import name_products, take
from servicing.actions.archive.changes import (
    pause,
    pay,
    release_guarantor,
    remind,
    replan,
    reverse,
    write_off,
)
from servicing.actions.archive.histories import rebuild_lapsed, roll_up, stamp, together
from servicing.actions.archive.holding import Differs, Unknown
from servicing.actions.archive.knowledge import note_arrears
from servicing.actions.archive.opening import Added, extend, open_loan, retract
from servicing.actions.archive.payoff import settle_loan
from servicing.actions.archive.people import all_told_again, compared, empty_again
from servicing.actions.archive.steps import NotAllowed, step_done

__all__ = [
    "Added",
    "Differs",
    "NotAllowed",
    "Unknown",
    "all_told_again",
    "compared",
    "empty_again",
    "extend",
    "name_products",
    "note_arrears",
    "open_loan",
    "pause",
    "pay",
    "rebuild_lapsed",
    "release_guarantor",
    "remind",
    "replan",
    "retract",
    "reverse",
    "roll_up",
    "settle_loan",
    "stamp",
    "step_done",
    "take",
    "together",
    "write_off",
]

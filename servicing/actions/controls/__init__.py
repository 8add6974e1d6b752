"""The desk: what one person proposes, another decides, and who stands in for whom."""

from servicing.actions.controls.deputies import appoint, candidates, recall
from servicing.actions.controls.desk import (
    AlreadyDecided,
    Changed,
    Kind,
    NotAllowed,
    approve,
    authority,
    decider,
    kinds,
    lapse,
    leads_of,
    propose,
    refuse,
    still_shown,
    visible_to,
    waiting_for,
    withdraw,
)

__all__ = [
    "AlreadyDecided",
    "Changed",
    "Kind",
    "NotAllowed",
    "appoint",
    "approve",
    "authority",
    "candidates",
    "decider",
    "kinds",
    "lapse",
    "leads_of",
    "propose",
    "recall",
    "refuse",
    "still_shown",
    "visible_to",
    "waiting_for",
    "withdraw",
]

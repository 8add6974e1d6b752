"""What may become of an improvement: people begin, fix and drop it; only a measurement calls it proven."""

MOVES = {
    ("open", "fix"): "fixed",
    ("open", "drop"): "dropped",
    ("fixed", "drop"): "dropped",
    # What was not proven, or made it worse, stays open: something else may be changed.
    ("not_proven", "fix"): "fixed",
    ("not_proven", "drop"): "dropped",
    ("worse", "fix"): "fixed",
    ("worse", "drop"): "dropped",
}
VERDICTS = ("proven", "not_proven", "worse")
MEASURED = frozenset({"fixed", *VERDICTS})


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


def after(status: str, act: str) -> str:
    """The status that an act of a person leads to; NotAllowed where it leads nowhere."""
    try:
        return MOVES[status, act]
    except KeyError:
        raise NotAllowed("status") from None


def may(status: str, act: str) -> bool:
    """Whether an act of a person leads anywhere from a status."""
    return (status, act) in MOVES

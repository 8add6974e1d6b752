"""The five classes of loans (五级分类) by days past due."""

from collections.abc import Mapping

NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS = (
    "normal",
    "special_mention",
    "substandard",
    "doubtful",
    "loss",
)
CLASSES = (NORMAL, SPECIAL_MENTION, SUBSTANDARD, DOUBTFUL, LOSS)


def grade(dpd: int, *, limits: Mapping[str, int], override=None, on=None) -> str:
    """The class of a loan `dpd` days past due; `limits` gives the first day of each class but normal.

    `override` is (class, last day) as decided by a person; it holds up to and on that day, so `on` is needed.
    """
    if override and on <= override[1]:
        return override[0]
    reached = [code for code in CLASSES[1:] if dpd >= limits[code]]
    return reached[-1] if reached else NORMAL

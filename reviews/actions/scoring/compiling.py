"""Compiles a scorecard to SQL over the features, and says where a borrower's points come from."""

from reviews.actions import rules
from reviews.domain.scoring import Scale, Scorecard, check
from reviews.models import Edition


def score(card: Scorecard | None) -> str:
    """The sum of all points as an integer; null where no card is in force."""
    if card is None:
        return "null::integer"
    return " + ".join([f"({check(card).base:d})", *map(points, card.scales)])


def band(card: Scorecard | None, score: str) -> str:
    """The number of the band in which a score lies; null where there is none."""
    return banded(card and card.bounds, score)


def banded(bounds, score):
    if bounds is None:
        return "null::smallint"
    low, middle = bounds
    return (
        f"(case when {score} <= {low:d} then 0 when {score} <= {middle:d} then 1 "
        f"when {score} is not null then 2 end)::smallint"
    )


def spans() -> tuple[tuple[int, tuple[int, int] | None], ...]:
    """Of each stretch of editions with the same bounds of bands the last edition, and those bounds."""
    found: list[tuple[int, tuple[int, int] | None]] = []
    for number, listed in Edition.objects.order_by("number").values_list("number", "card__bounds"):
        bounds = (listed[0], listed[1]) if listed else None
        if found and found[-1][1] == bounds:
            found.pop()
        found.append((number, bounds))
    return tuple(found)


def band_then(spans, score: str, edition: str) -> str:
    """The same by the card that gave the score, known by its edition: another card has other bounds."""
    branches = "".join(f" when {edition} <= {last:d} then {banded(bounds, score)}" for last, bounds in spans)
    return f"case{branches} end"


def points(scale: Scale) -> str:
    """A CASE over one feature: not known, then the bins in rising order."""
    *bins, last = scale.bins
    branches = "".join(f" when {scale.feature} <= {each.upper:d} then {each.points:d}" for each in bins)
    return f"case when {scale.feature} is null then {scale.missing:d}{branches} else {last.points:d} end"


def explained(snapshot):
    """Where the points of a snapshot come from, by the card that gave them; None where no card did.

    {"score", "band", "card", "points"}: points as the card's `points` has them, of those that are not 0.
    """
    card = rules.of(snapshot.edition).card if snapshot else None
    if card is None or snapshot.score is None:
        return None
    given = card.points(snapshot.figures())
    return {
        "score": snapshot.score,
        "band": card.band(snapshot.score),
        "card": card,
        "points": [row for row in given if row[2]],
    }

"""Compiles a scorecard to SQL over the features, and says where a borrower's points come from."""

from reviews.domain.scoring import Scale, Scorecard, check


def score(card: Scorecard | None) -> str:
    """The sum of all points as an integer; null where no card is in force."""
    if card is None:
        return "null::integer"
    return " + ".join([f"({check(card).base:d})", *map(points, card.scales)])


def points(scale: Scale) -> str:
    """A CASE over one feature: not known, then the bins in rising order."""
    *bins, last = scale.bins
    branches = "".join(f" when {scale.feature} <= {each.upper:d} then {each.points:d}" for each in bins)
    return f"case when {scale.feature} is null then {scale.missing:d}{branches} else {last.points:d} end"

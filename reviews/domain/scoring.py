"""A scorecard as data: points for the bin in which each feature lies; more points, more to look at."""

from dataclasses import dataclass

from reviews.domain.literals import BadRule, known, whole

# Beyond these nobody could explain a score.
POINTS = range(-1000, 1001)
BINS = range(1, 13)
KINDS = ("expert", "trained")
BANDS = ("low", "middle", "high")


@dataclass(frozen=True)
class Bin:
    """Values up to `upper`, itself included, that lie in no bin before; None for all that are larger."""

    upper: int | None
    points: int


@dataclass(frozen=True)
class Scale:
    """The bins of one feature in rising order, and the points where the feature is not known."""

    feature: str
    missing: int
    bins: tuple[Bin, ...]

    def points(self, value) -> int:
        if value is None:
            return self.missing
        return next(each.points for each in self.bins if each.upper is None or value <= each.upper)


@dataclass(frozen=True)
class Scorecard:
    """`bounds` are the largest scores of the low and of the middle band."""

    number: int
    kind: str
    base: int
    scales: tuple[Scale, ...]
    bounds: tuple[int, ...]

    def turns(self, feature) -> set[int]:
        """The values at which its points change, as the feature rises to them."""
        mine = (scale for scale in self.scales if scale.feature == feature)
        return {each.upper + 1 for scale in mine for each in scale.bins if each.upper is not None}

    def score(self, values) -> int:
        return self.base + sum(scale.points(values[scale.feature]) for scale in self.scales)

    def points(self, values) -> list[tuple[str, int | None, int]]:
        """Why a score is what it is: (feature, value, points), the most points first."""
        found = [(s.feature, values[s.feature], s.points(values[s.feature])) for s in self.scales]
        return sorted(found, key=lambda each: -each[2])

    def band(self, score) -> str:
        low, middle = self.bounds
        return BANDS[(score > low) + (score > middle)]


def read(bins) -> tuple[Scale, ...]:
    """Scales from {feature: {"missing": points, "bins": [[upper or null, points], ...]}}; else BadRule."""
    if not isinstance(bins, dict):
        raise BadRule("form", bins)
    scales = []
    for feature, scale in bins.items():
        if not isinstance(scale, dict) or scale.keys() != {"missing", "bins"}:
            raise BadRule("form", scale)
        if not isinstance(scale["bins"], list):
            raise BadRule("form", scale["bins"])
        for each in scale["bins"]:
            if not isinstance(each, list) or len(each) != 2:
                raise BadRule("form", each)
        scales.append(Scale(feature, scale["missing"], tuple(Bin(*each) for each in scale["bins"])))
    return tuple(scales)


def written(scales) -> dict:
    """Scales as JSON."""
    return {s.feature: {"missing": s.missing, "bins": [[b.upper, b.points] for b in s.bins]} for s in scales}


def check(card: Scorecard) -> Scorecard:
    """The card itself, once all names and numbers in it are harmless and each value has a bin."""
    if card.kind not in KINDS:
        raise BadRule("kind", card.kind)
    whole(card.number, name="version")
    whole(card.base, name="points", among=POINTS)
    for bound in card.bounds:
        whole(bound, name="bounds")
    if len(card.bounds) != len(BANDS) - 1 or list(card.bounds) != sorted(card.bounds):
        raise BadRule("bounds", card.bounds)
    if not card.scales:
        raise BadRule("scales", 0)
    if len({scale.feature for scale in card.scales}) < len(card.scales):
        raise BadRule("twice", card.scales[0].feature)
    for scale in card.scales:
        check_scale(scale)
    return card


def check_scale(scale):
    known(scale.feature)
    whole(len(scale.bins), name="bins", among=BINS)
    for points in (scale.missing, *(each.points for each in scale.bins)):
        whole(points, name="points", among=POINTS)
    *uppers, last = [each.upper for each in scale.bins]
    for upper in uppers:
        whole(upper, name="bins")
    if last is not None or uppers != sorted(set(uppers)):
        raise BadRule("bins", scale.feature)

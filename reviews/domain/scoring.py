"""A scorecard as data: points for the bin in which each feature lies; more points, more to look at."""

from dataclasses import dataclass

from reviews.domain.features import BY_CODE as FEATURES
from reviews.domain.literals import BadRule, is_whole

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

    def up_to(self, upper) -> int:
        """The points of the values just up to an edge; None is beyond all of them."""
        return self.bins[-1].points if upper is None else self.points(upper)


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
    for trouble in troubles(card):
        raise trouble
    return card


def troubles(card: Scorecard):
    """All that is wrong with a card, each a BadRule with its place: (feature, row, which number)."""
    if card.kind not in KINDS:
        yield BadRule("kind", card.kind)
    if not is_whole(card.number):
        yield BadRule("version", card.number)
    if not is_whole(card.base, among=POINTS):
        yield BadRule("points", card.base, ("base",))
    yield from of_bounds(card.bounds)
    if not card.scales:
        yield BadRule("scales", 0)
    seen = set()
    for scale in card.scales:
        if not isinstance(scale.feature, str) or scale.feature not in FEATURES:
            yield BadRule("feature", scale.feature, (scale.feature, "feature"))
        elif scale.feature in seen:
            yield BadRule("twice", scale.feature, (scale.feature, "feature"))
        seen.add(scale.feature)
        yield from of_scale(scale)


def of_bounds(bounds):
    if len(bounds) != len(BANDS) - 1:
        yield BadRule("bounds", bounds)
        return
    wrong = [(bound, band) for bound, band in zip(bounds, BANDS, strict=False) if not is_whole(bound)]
    yield from (BadRule("bound", bound, (band,)) for bound, band in wrong)
    low, middle = bounds
    if not wrong and low > middle:
        yield BadRule("bounds", middle, (BANDS[1],))


def of_scale(scale):
    """Bins lie one after the other: each begins where the one before ends, and the last has no end."""
    if not is_whole(scale.missing, among=POINTS):
        yield BadRule("points", scale.missing, (scale.feature, "missing"))
    if len(scale.bins) not in BINS:
        yield BadRule("bins", len(scale.bins), (scale.feature, "feature"))
    below = None
    for row, each in enumerate(scale.bins, start=1):
        if not is_whole(each.points, among=POINTS):
            yield BadRule("points", each.points, (scale.feature, row, "points"))
        place, is_last = (scale.feature, row, "upper"), row == len(scale.bins)
        if is_last and each.upper is not None:
            yield BadRule("gap", each.upper, place)
        elif not is_last and not is_whole(each.upper):
            yield BadRule("limit", each.upper, place)
        elif not is_last and below is not None and each.upper <= below:
            yield BadRule("overlap", below, place)
        below = each.upper if is_whole(each.upper) else below


def beside(was: Scale | None, now: Scale | None) -> list[tuple[int | None, int | None, int | None]]:
    """Two versions of a scale, cut where either changes: (upper, points, points).

    None are the points where there is no scale.
    """
    bins = [each for scale in (was, now) if scale for each in scale.bins]
    uppers = [*sorted({each.upper for each in bins if each.upper is not None}), None]
    return [(upper, was.up_to(upper) if was else None, now.up_to(upper) if now else None) for upper in uppers]

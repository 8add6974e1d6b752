"""How much rarer an obstacle became, with its interval. SciPy is loaded where it is asked, never by a page.

What is counted are days of customers: somebody whose payment fails five times on a day met it once. The same
customer on several days, and many customers on one bad day, are no independent voices; how much less they
say is their design effect, by which the counts are divided before an exact interval is taken
(Korn and Graubard 1998 for a share; the share of what came after the fix gives the ratio).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import sqrt

from feedback.domain.improvements.windows import CONFIDENCE, Window, weeks_of

# With fewer than so many, after the design effect, nothing is judged.
FEWEST = 10
# What interrupts the waiting: an interval so wide that lies wholly on the wrong side.
ALARM = 0.999

Hit = tuple[int, date]  # (customer, day)


@dataclass(frozen=True)
class Side:
    """One window: days of customers who tried, and those on which it met them."""

    tried: int
    hits: int

    @property
    def rate(self) -> float:
        return self.hits / self.tried if self.tried else 0.0


@dataclass(frozen=True)
class Effect:
    """`ratio` of the rate after to the rate before and `difference` of both, each (value, low, high).

    None stands for a value that the counts do not give, or a limit that has none.
    """

    before: Side
    after: Side
    design: float
    ratio: tuple[float | None, float | None, float | None]
    difference: tuple[float, float, float]

    @property
    def is_enough(self) -> bool:
        return (self.before.hits + self.after.hits) / self.design >= FEWEST and self.before.hits > 0


def sides(hits: Iterable[Hit], tries: dict[date, int], windows: tuple[Window, Window]) -> tuple[Side, Side]:
    """What was before and what after, of distinct days of customers."""
    days = Counter(day for _customer, day in set(hits))
    before, after = (
        Side(
            sum(number for day, number in tries.items() if day in window),
            sum(number for day, number in days.items() if day in window),
        )
        for window in windows
    )
    return before, after


def compare(before: Side, after: Side, *, design: float = 1, level: float = CONFIDENCE) -> Effect:
    """Both windows against each other."""
    return Effect(
        before, after, design, ratio(before, after, design, level), difference(before, after, design, level)
    )


def ratio(before, after, design, level):
    """Of all it met, what share came after the fix, against the share of all tries that did."""
    met = before.hits + after.hits
    if not (met and before.tried and after.tried):
        return None, None, None
    scale = before.tried / after.tried
    low, high = limits(after.hits / design, met / design, level=level)
    return (
        scale * after.hits / before.hits if before.hits else None,
        scale * low / (1 - low),
        scale * high / (1 - high) if high < 1 else None,
    )


def difference(before, after, design: float = 1, level: float = CONFIDENCE):
    """The rate after less the rate before; both intervals squared together (Newcombe 1998, method 10)."""
    one, other = before.rate, after.rate
    low, high = limits(before.hits / design, before.tried / design, level=level)
    other_low, other_high = limits(after.hits / design, after.tried / design, level=level)
    change = other - one
    return (
        change,
        change - sqrt((other - other_low) ** 2 + (high - one) ** 2),
        change + sqrt((other_high - other) ** 2 + (one - low) ** 2),
    )


def limits(hits: float, of: float, *, level: float = CONFIDENCE) -> tuple[float, float]:
    """The exact interval of a share (Clopper and Pearson), also for counts that are no whole numbers."""
    from scipy.stats import beta

    if of <= 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, hits, of - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(1 - tail, hits + 1, of - hits)) if hits < of else 1.0
    return low, high


def design_effect(hits: Iterable[Hit], tries: dict[date, int], windows: tuple[Window, Window]) -> float:
    """The larger of what customers who meet it again and what bad days take from the counts; at least 1."""
    known = {(customer, day) for customer, day in hits if any(day in window for window in windows)}
    return max(1.0, of_customers(known, windows), of_days(known, tries, windows))


def of_customers(hits, windows):
    """By how much the share that came after varies more between customers than if each hit stood alone."""
    after = windows[1]
    own: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0])
    for customer, day in hits:
        own[customer][day in after] += 1
    met, late = len(hits), sum(late for _early, late in own.values())
    if not met:
        return 1.0
    share = late / met
    if share in (0, 1):  # nothing to vary: as if each customer were all of one piece
        return sum((early + late) ** 2 for early, late in own.values()) / met
    spread = sum((late - share * (early + late)) ** 2 for early, late in own.values())
    return spread / (met * share * (1 - share))


def of_days(hits, tries, windows):
    """By how much days vary more than chance among the same weekdays of a window."""
    found = Counter(day for _customer, day in hits)
    strata: defaultdict[tuple, list[date]] = defaultdict(list)
    for day in tries:
        for number, window in enumerate(windows):
            if day in window and tries[day]:
                strata[number, day.weekday()].append(day)
    spread, free = 0.0, 0
    for days in strata.values():
        rate = sum(found[day] for day in days) / sum(tries[day] for day in days)
        if len(days) > 1 and 0 < rate < 1:
            expected = [rate * tries[day] for day in days]
            spread += sum(
                (found[day] - mean) ** 2 / (mean * (1 - rate))
                for day, mean in zip(days, expected, strict=True)
            )
            free += len(days) - 1
    return spread / free if free else 1.0


def weekly(hits, tries, windows, *, design=1.0):
    """[(first day, tried, met, low, high)] of each week of both windows, for a picture."""
    found = Counter(day for _customer, day in set(hits))
    rows = []
    for week in (week for window in windows for week in weeks_of(window)):
        tried = sum(number for day, number in tries.items() if day in week)
        met = sum(number for day, number in found.items() if day in week)
        rows.append((week.first, tried, met, *limits(met / design, tried / design)))
    return rows


def verdict(effect: Effect, *, alarm: Effect, is_look: bool) -> str:
    """ "proven", "not_proven", "worse", "too_little", or nothing while it is too early to say.

    `alarm` is the same comparison with the wider interval, which also speaks between two looks.
    """
    if not effect.is_enough:
        return "too_little" if is_look else ""
    if is_worse(alarm):
        return "worse"
    if not is_look:
        return ""
    _ratio, _low, high = effect.ratio
    if high is not None and high < 1:
        return "proven"
    return "worse" if is_worse(effect) else "not_proven"


def is_worse(effect):
    _ratio, low, _high = effect.ratio
    return low is not None and low > 1

"""Which weeks are compared, and when: decided before anybody has seen how it ended."""

from datetime import date, timedelta
from math import ceil, log
from statistics import NormalDist
from typing import NamedTuple

WEEK = timedelta(days=7)
SHORTEST, LONGEST = 4, 26  # weeks of a window
CONFIDENCE, POWER = 0.95, 0.8


class Window(NamedTuple):
    """Days, both included."""

    first: date
    last: date

    def __contains__(self, day):
        return self.first <= day <= self.last


def windows(fixed_on: date, weeks: int) -> tuple[Window, Window]:
    """As many whole weeks before the day of the fix as after it; the day itself is in neither."""
    day = timedelta(days=1)
    before = Window(fixed_on - weeks * WEEK, fixed_on - day)
    return before, Window(fixed_on + day, fixed_on + weeks * WEEK)


def whole_weeks(fixed_on: date, *, today: date) -> int:
    """Weeks after the fix that are over; the longest window and no more."""
    return min(max((today - fixed_on).days - 1, 0) // 7, LONGEST)


def weeks_of(window: Window) -> list[Window]:
    """The weeks of a window, first to last."""
    count = ((window.last - window.first).days + 1) // 7
    week_end = timedelta(days=6)
    return [Window(window.first + n * WEEK, window.first + n * WEEK + week_end) for n in range(count)]


def deviations() -> float:
    """Standard errors between nothing and what is seen with this confidence and power."""
    normal = NormalDist()
    return normal.inv_cdf((1 + CONFIDENCE) / 2) + normal.inv_cdf(POWER)


def weeks_needed(hits_a_week: float, fall: int) -> int:
    """How many weeks each window takes, so that a fall by so many percent would be seen four times in five.

    From what was before the fix alone. The longest window where even that is too short.
    """
    if hits_a_week <= 0:
        return LONGEST
    ratio = 1 - min(max(fall, 1), 95) / 100
    hits = (1 + 1 / ratio) * (deviations() / log(ratio)) ** 2
    return min(max(ceil(hits / hits_a_week), SHORTEST), LONGEST)


def is_look(weeks: int, planned: int) -> bool:
    """Whether so many weeks after the fix are judged: first after those planned, then after as many again."""
    return weeks > 0 and weeks % planned == 0


def more_weeks(weeks: int, planned: int) -> int:
    """Weeks until the next judgement; nought where the longest window will bring no other."""
    left = planned - weeks % planned
    return left if weeks + left <= LONGEST else 0


def due_looks(weeks: int, planned: int, *, done) -> list[int]:
    """The windows, in weeks, that are to be measured by now: each judgement not made yet, and the newest."""
    wanted = set(range(planned, weeks + 1, planned)) | ({weeks} if weeks else set())
    return sorted(wanted - set(done))

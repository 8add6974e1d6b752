"""What stands in the way of paying in the fictional book: one obstacle that a fix removed for the most part,
and one on which a fix did nothing. Their true sizes stand here, so that what is measured can be held to them.
"""

from dataclasses import dataclass
from datetime import timedelta

# Versions of the fictional app by the days since they came out, newest first.
VERSIONS = ((20, "6.3.1"), (75, "6.3.0"), (150, "6.2.2"), (10_000, "6.1.0"))
IN_APP = ("wallet", "debit-b")


@dataclass(frozen=True)
class Planted:
    """`rate` of the customers who try this channel on a day meet it, `factor` times that from the day after
    the fix on. Days count back from the day on which the book is made; `weight` is what a day of the week has
    of it, 1 on the average.
    """

    channel: str
    error_code: str
    rate: float
    began: int
    fixed: int
    factor: float
    hours: tuple[int, int]
    weight: tuple[float, ...] = (1,) * 7

    def share(self, day, today):
        """The chance that it meets who tries on a day."""
        ago = (today - day).days
        if ago > self.began:
            return 0.0
        return self.rate * self.weight[day.weekday()] * (self.factor if ago < self.fixed else 1)

    def fixed_on(self, today):
        return today - timedelta(days=self.fixed)


# Binding a new card fails, most on Tuesday nights, until an interface is changed.
REBIND = Planted(
    "debit-b", "card_rebind_failed", rate=0.26, began=240, fixed=62, factor=0.3, hours=(18, 21),
    weight=(0.8, 2.2, 0.8, 0.8, 0.8, 0.8, 0.8),
)  # fmt: skip
# The wallet is out of service; more text on the page of payment changes nothing.
WALLET = Planted("wallet", "channel_down", rate=0.2, began=240, fixed=62, factor=1.0, hours=(9, 20))
ALL = (REBIND, WALLET)


def struck(channel, day, *, today, random):
    """(the obstacle that meets a try, its hour), or None."""
    for planted in ALL:
        if planted.channel == channel and random.random() < planted.share(day, today):
            return planted, random.randrange(*planted.hours)
    return None


def version(channel, day, *, today, random):
    """The version of the app with which somebody pays on a day; empty where no app is used."""
    if channel not in IN_APP:
        return ""
    # Half of all update within a few weeks.
    day -= timedelta(days=random.choice((0, 0, 10, 30, 60)))
    return next(name for days, name in VERSIONS if (today - day).days <= days)

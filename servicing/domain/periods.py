"""Every period and limit of the house, with the citation that it stands on."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Default:
    """A setting as shipped: an integer in `unit`. A threshold, which grades risk or guards against misuse, is
    changed by two people, never by the admin alone.
    """

    code: str
    value: int
    unit: str
    citation: str
    is_threshold: bool = False
    low: int = 1
    high: int = 100_000


# The regulation is in force since 2023-07-01; its day limits were taken from secondary sources.
CLASSES = "商业银行金融资产风险分类办法 (2023 no. 1); day limits not verified against the text"
COMPLAINTS = "银行业保险业消费投诉处理管理办法 (2020 no. 3)"
OBJECTIONS = "征信业管理条例 art. 25"

PERIODS = (
    Default("adverse.years", 5, "years", "征信业管理条例 art. 16", high=100),
    Default("alert.held_above", 5, "percent", "house rule", is_threshold=True),
    Default("queue.daily_capacity", 40, "cases", "house rule", is_threshold=True),
    Default("case.due", 3, "working days", "house rule"),
    Default("payoff.step_due", 3, "working days", "house rule"),
    Default("payoff.steps_days", 30, "days", "house rule"),
    # Days after which what a source said of a borrower is no longer known to be so
    Default("observation.stale", 365, "days", "house rule", is_threshold=True, high=3650),
    Default("snapshot.days", 400, "days", "house rule", low=30, high=4000),
    Default("recheck.shard", 10_000, "borrowers", "house rule"),
    # Age in days at which judging those who changed is not enough, and everybody is judged anew
    Default("recheck.whole", 7, "days", "house rule", high=60),
    # Borrowers that a person may choose for one run; days back to which missed runs are caught up
    Default("recheck.chosen", 1000, "borrowers", "house rule"),
    Default("recheck.look_back", 31, "days", "house rule", high=400),
    Default("import.shard", 500, "borrowers", "house rule"),
    # How long after its end a business day may be closed, a message wait for its turn, a gap stay open
    Default("feed.late", 24, "hours", "house rule", is_threshold=True, high=240),
    Default("feed.behind", 5, "minutes", "house rule", is_threshold=True),
    # Refused deliveries from one address in five minutes, after which it is not listened to
    Default("feed.knocks", 20, "refusals", "house rule", is_threshold=True),
    # How far the clock of the loan core may be ahead of ours
    Default("feed.ahead", 5, "minutes", "house rule", is_threshold=True, high=60),
    Default("feed.refused", 7, "days", "house rule", high=90),
    Default("import.chunk", 10_000, "rows", "house rule"),
    Default("import.rejected_kept", 30, "days", "house rule", high=365),
    Default("job.lease", 60, "seconds", "house rule"),
    Default("job.attempts", 3, "attempts", "house rule"),
    Default("approval.days", 1, "working days", "house rule", is_threshold=True, high=10),
    Default("approval.pair_percent", 80, "percent", "house rule", is_threshold=True, high=100),
    Default("approval.pair_least", 5, "approvals", "house rule", is_threshold=True),
    Default("deputy.days", 14, "days", "house rule", is_threshold=True, high=90),
    Default("export.free_borrowers", 25, "borrowers", "法释〔2017〕10号 art. 5", is_threshold=True, high=50),
    Default("export.most_rows", 5000, "rows", "house rule"),
    Default("export.hours", 24, "hours", "house rule", high=72),
    Default("monitor.soon", 3, "days", "house rule", high=60),
    Default("monitor.refresh", 15, "seconds", "house rule", low=5, high=3600),
    Default("verify.tries", 20, "attempts", "house rule", is_threshold=True),
    Default("verify.minutes", 10, "minutes", "house rule", is_threshold=True, high=60),
    # A claim lives shorter than the minute within which a no to advertising takes effect
    Default("message.lease", 30, "seconds", "house rule", low=20, high=50),
    Default("message.attempts", 5, "attempts", "house rule", high=20),
    Default("message.rounds", 24, "attempts", "house rule", high=500),
    # The question after a payoff: its age, how long the link answers, how long silence lasts
    Default("survey.after", 3, "days", "house rule", high=30),
    Default("survey.within", 14, "days", "house rule", high=90),
    Default("survey.expires", 14, "days", "house rule", high=60),
    Default("survey.quiet", 90, "days", "house rule", low=30, high=1000),
    # Many telephones share one address of their carrier
    Default("survey.tries", 60, "attempts", "house rule", is_threshold=True),
    Default("reveal.seconds", 60, "seconds", "house rule", high=300),
    # Fewest responses of a topic, and of as many people, from which it is learned; the newest that are read
    Default("topic.least", 20, "responses", "house rule", low=10),
    Default("topic.most", 20_000, "responses", "house rule", low=100),
    # What a model keeps: words and signs, each of which so many responses must have in common
    Default("topic.grams", 5000, "grams", "house rule", low=100, high=20_000),
    Default("topic.shared", 5, "responses", "house rule", low=3),
    # How long a tier stays after the numbers say less
    Default("tier.cooldown", 30, "days", "house rule", high=365),
    # The longest that a hold may last, before two people have to say so again
    Default("hold.days", 90, "days", "house rule", is_threshold=True, high=365),
    # How often a campaign is measured, how long after its end, and which lift is worth seeing
    Default("measure.every", 7, "days", "house rule", high=60),
    Default("measure.after", 180, "days", "house rule", high=720),
    Default("measure.lift", 5, "percent", "house rule", high=50),
    # Which share of what is past due is counted as lost when a campaign is measured
    Default("measure.loss", 50, "percent", "house rule", low=0, high=100),
    Default("class.special_mention", 1, "days", CLASSES, is_threshold=True),
    Default("class.substandard", 91, "days", CLASSES, is_threshold=True),
    Default("class.doubtful", 271, "days", CLASSES, is_threshold=True),
    Default("class.loss", 361, "days", CLASSES, is_threshold=True),
    # Calendar days within which what a customer said is answered; they never pause
    Default("complaint.days", 15, "days", COMPLAINTS, high=15),
    Default("complaint.complex", 30, "days", COMPLAINTS, high=30),
    Default("complaint.extension", 30, "days", COMPLAINTS, high=30),
    Default("objection.days", 20, "days", OBJECTIONS, high=20),
    Default("suggestion.days", 30, "days", "house rule", high=365),
    # Age at which an open objection is pressing, and at which it alarms
    Default("objection.pressing", 10, "days", "house rule", high=20),
    Default("objection.alarm", 15, "days", "house rule", high=20),
    Default("followup.days", 2, "working days", "house rule", high=60),
    # What a caller says is compared so often in one call and in all calls of a day, and a call lasts so long
    Default("caller.tries", 5, "attempts", "house rule", is_threshold=True, high=20),
    Default("caller.daily", 10, "attempts", "house rule", is_threshold=True, high=60),
    Default("caller.minutes", 30, "minutes", "house rule", is_threshold=True, high=240),
    # Searches in vain of one person within an hour: a number that is half known is not to be guessed
    Default("search.misses", 20, "attempts", "house rule", is_threshold=True, high=100),
    Default("phone.wait", 14, "days", "house rule", high=60),
    # How long what was typed before a session ended is kept for who typed it
    Default("draft.minutes", 60, "minutes", "house rule", high=480),
)
BY_CODE = {p.code: p for p in PERIODS}


def is_workday(day: date, *, holidays, overrides) -> bool:
    """Overrides first, then the published calendar, both {day: works}, then Monday to Friday."""
    if day in overrides:
        return overrides[day]
    if day in holidays:
        return holidays[day]
    return day.weekday() < 5


def add_workdays(start: date, days: int, *, is_working) -> date:
    """The working day that lies `days` working days after `start`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= is_working(day)
    return day


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 29 February becomes 28 February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def lapses(day: date, years: int) -> date:
    """The first day on which a fact that ended then counts no more; after 29 February it is 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)

"""The catalogue of what stands in the way: clusters of failures and of words, with size and trend."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q

from feedback.models.improvements.facts import ChannelDay, FailureDay, spans
from feedback.models.improvements.obstacles import TELLING, Obstacle, Signature, failures
from feedback.models.responses import Response

WEEKS = 12  # of a trend line


@dataclass(frozen=True)
class Cluster:
    """Failures of one channel with one error in the last four weeks, and in the four before."""

    channel: str
    error_code: str
    attempts: int
    customers: int
    amount: Decimal
    customers_before: int
    tried: int
    tried_before: int
    obstacle: Obstacle | None

    @property
    def rate(self):
        return self.customers / self.tried if self.tried else 0.0

    @property
    def rate_before(self):
        return self.customers_before / self.tried_before if self.tried_before else 0.0

    @property
    def trend(self):
        return trend(self.rate, self.rate_before)


@dataclass(frozen=True)
class Words:
    """Responses about one place and topic in the last four weeks, and in the four before."""

    where: str
    topic: str
    voices: int
    voices_before: int
    obstacle: Obstacle | None

    @property
    def where_words(self):
        return Response.Where(self.where).label

    @property
    def trend(self):
        return trend(self.voices, self.voices_before)


def trend(now, before):
    """The change in percent, or None where there was nothing before."""
    return round(100 * (now / before - 1)) if before else None


def named():
    """{(channel, error) or (where, topic): obstacle} of everything that was named."""
    rows = Signature.objects.select_related("obstacle")
    return {
        (row.channel, row.error_code) if row.side == Signature.Side.FAILURES else (row.where, row.topic): (
            row.obstacle
        )
        for row in rows
    }


def clusters(*, on, channel=None, error_code=None):
    """Every cluster of failures that the last eight weeks know; one where it is asked for."""
    facts = FailureDay.objects.all()
    if channel is not None:
        facts = facts.filter(channel=channel, error_code=error_code)
    known = named()
    tried = {row["channel"]: row for row in ChannelDay.objects.totals("customers", keys=("channel",), on=on)}
    none = {"customers": 0, "customers_before": 0}
    return [
        Cluster(
            row["channel"],
            row["error_code"],
            row["attempts"],
            row["customers"],
            row["amount"],
            row["customers_before"],
            tried.get(row["channel"], none)["customers"],
            tried.get(row["channel"], none)["customers_before"],
            known.get((row["channel"], row["error_code"])),
        )
        for row in facts.totals("attempts", "customers", "amount", keys=("channel", "error_code"), on=on)
    ]


def words(*, on):
    """Every cluster of words of the last eight weeks, most voices first."""
    (first, last), (first_before, last_before) = spans(on)
    late, early = Q(received_on__range=(first, last)), Q(received_on__range=(first_before, last_before))
    rows = Response.objects.filter(kind__in=TELLING).unrestricted(on=on)
    rows = rows.filter(received_on__range=(first_before, last)).values_list("where", "topic")
    counted = rows.annotate(voices=Count("pk", filter=late), voices_before=Count("pk", filter=early))
    known = named()
    return [
        Words(where, topic, now, before, known.get((where, topic)) or known.get((where, "")))
        for where, topic, now, before in counted.order_by("-voices", "where", "topic")
    ]


def customers_met(signatures, *, on):
    """How many people the failures of the last four weeks met, each once."""
    now, _before = spans(on)
    rows = failures(signatures, on=on).filter(paid_on__range=now)
    return rows.aggregate(number=Count("borrower", distinct=True))["number"]


def heat(facts):
    """{(weekday, hour): attempts} of some facts of failures."""
    found: Counter = Counter()
    for day, hours in facts.values_list("day", "hours"):
        for hour, number in hours.items():
            found[day.weekday(), int(hour)] += number
    return found


def by_version(facts, tried):
    """[(version, failed, tried)] of attempts with an app, most failures first."""
    failed, all_tried = versions(facts), versions(tried)
    return [(version, number, all_tried[version]) for version, number in failed.most_common()]


def versions(facts):
    found: Counter = Counter()
    for (kept,) in facts.values_list("versions"):
        found.update(kept)
    return found


def weekly(*, on, keys):
    """(weeks, {(channel, error): [(customers, tried) a week]}); the last week ends yesterday."""
    weeks = [on - timedelta(days=7 * number) for number in range(WEEKS, 0, -1)]
    span = (weeks[0], on - timedelta(days=1))
    tried: defaultdict[str, Counter] = defaultdict(Counter)
    met: defaultdict[tuple, Counter] = defaultdict(Counter)
    for day, channel, number in ChannelDay.objects.between(*span).values_list("day", "channel", "customers"):
        tried[channel][week_of(day, weeks)] += number
    rows = FailureDay.objects.between(*span).filter(channel__in={channel for channel, _error in keys})
    for day, channel, error, number in rows.values_list("day", "channel", "error_code", "customers"):
        met[channel, error][week_of(day, weeks)] += number
    return weeks, {key: [(met[key][week], tried[key[0]][week]) for week in weeks] for key in keys}


def week_of(day: date, weeks):
    return weeks[(day - weeks[0]).days // 7]


def counted(values):
    """[(value, how many rows have it)], the most frequent first."""
    return Counter(value for (value,) in values).most_common()

"""Days of the fictional core, played once and carried until somebody has them."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from config.portfolio import bureau, courier
from config.portfolio.core import ZONE, Core
from servicing.actions import feed, staff
from servicing.models import Borrower


def play(days, *, seed=1, to="", faults=None, trouble=False):
    """Play the last `days` days as far as they are not played, at least a round of today, and carry what
    nobody has yet: {"lines", "deliveries", "first", "last", "earlier"}, `earlier` where the days were played.

    With `trouble` it ends badly: something comes late, something is refused, a number is told twice
    differently, and one is lost until the next time.
    """
    now = timezone.localtime(timezone.now(), ZONE)
    former = Borrower.objects.filter(source__code=courier.SOURCE).settled(on=now.date())
    people = list(former.order_by("pk").values_list("external_id", flat=True))
    core = Core(settings.STATE / "feed-core.jsonl", seed=seed, former=people)
    carrier, carried = courier.Courier(core, to=to), settings.STATE / "feed-core.carried"
    first = 1 + int(carried.read_text() if carried.exists() else 0)
    day = begun = max(now.date() - timedelta(days=days - 1), core.next_day or now.date() - timedelta(days))
    while day <= now.date():
        evening = datetime.combine(day, time(21), ZONE)
        core.play(day, until=min(evening, now) if day == now.date() else evening)
        if day < now.date():
            core.close()
        day += timedelta(days=1)
    had = len(core.lines)
    if trouble:
        core.stray(now)
        had = len(core.lines)
        core.play(now.date(), until=now)
    deliveries = carrier.carry_all(first, had, faults=faults)
    if trouble:
        deliveries += carrier.contradict(had - 1) + carrier.carry_all(had + 2, len(core.lines))
    carried.write_text(str(had))
    if not to:
        # What the beat does every few seconds where a worker runs; here nobody may be running.
        by, at = staff.machine("core"), timezone.now()
        feed.collect(by=by, at=at)
        feed.work(by=by, at=at)
        ask(people, begun, now.date(), seed=seed, by=by, at=at)
    lines = len(core.lines) - first + 1
    told = {"lines": lines, "deliveries": deliveries, "first": begun, "last": now.date()}
    return told | {"earlier": days > 1 and begun == now.date()}


def ask(people, first, last, *, seed, by, at):
    """Take in what the fictional bureau says on these days of people who are on file."""
    for days in range((last - first).days + 1):
        rows = bureau.day(people, seed=seed, day=first + timedelta(days=days))
        bureau.tell(rows, by=by, at=at)

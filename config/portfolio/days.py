"""Days of the fictional core, played once and carried until somebody has them."""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from config.portfolio import courier
from config.portfolio.core import ZONE, Core
from servicing.actions import feed, staff
from servicing.models import Borrower


def play(days, *, seed=1, to="", faults=None):
    """Play the last `days` days as far as they are not played, at least a round of today, and carry what
    nobody has yet: {"lines", "deliveries", "first", "last"}.
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
    deliveries = carrier.carry_all(first, faults=faults)
    carried.write_text(str(len(core.lines)))
    if not to:
        # What the beat does every few seconds where a worker runs; here nobody may be running.
        by, at = staff.machine("core"), timezone.now()
        feed.collect(by=by, at=at)
        feed.work(by=by, at=at)
    lines = len(core.lines) - first + 1
    return {"lines": lines, "deliveries": deliveries, "first": begun, "last": now.date()}

"""What people wait for: the alert after a fact, and pages; idle, and while everybody is judged."""

import traceback

from django.utils import timezone

from tests.bench import bench_pages

# Of each page so many answers while everybody is judged; there are fifty pages.
BUSY = 5


def measure(*, by, events, say):
    """{"event_p95_ms", "pages_p95_ms", "pages_busy_p95_ms"} of a portfolio that was judged as of today."""
    return {
        "event_p95_ms": attempted(say, "events", lambda: after_events(events)),
        "pages_p95_ms": attempted(say, "pages", lambda: idle(by)),
        "pages_busy_p95_ms": attempted(say, "pages while everybody is judged", lambda: busy(by)),
    }


def attempted(say, name, act):
    """What the act finds, or nothing, with the reason told: a long benchmark does not fall for one part."""
    say(name)
    try:
        return act()
    except Exception:
        say(f"not measured: {traceback.format_exc()}")
        return {}


def after_events(events):
    from tests.bench import bench_events

    return bench_events.measure(events=events)


def idle(by):
    bench_pages.furnish(by=by, at=timezone.now())
    return bench_pages.measure()


def busy(by):
    from tests.bench import bench_events

    with bench_events.running(by):
        return bench_pages.measure(rounds=BUSY)

"""Whatever is repeated, shuffled, late or sent again: the end is that of one delivery in order.

AFTERCARE_EXAMPLES says how many stories are made up.
"""

import os

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from servicing.actions import feed, staff
from servicing.models import (
    FeedDay,
    FeedMessage,
    Instalment,
    LedgerEntry,
    Loan,
    Payment,
    Reminder,
    Settlement,
)
from tests.cast import NOON
from tests.servicing.core import Core, keys_file

pytestmark = pytest.mark.django_db
LOANS = ("L1", "L2", "L3")
DAYS = [f"2026-10-{day:02d}T{hour:02d}:00:00+08:00" for day in range(1, 8) for hour in (9, 20)]

# What happens to a loan: a verb and a number that says of what, or how much.
happening = st.tuples(
    st.sampled_from(LOANS),
    st.sampled_from(("pay", "pay", "pay", "fail", "reverse", "remind", "nonsense", "twice")),
    st.integers(1, 3),
)
story = st.lists(happening, min_size=3, max_size=12)
journey = st.lists(st.tuples(st.integers(0, 15), st.integers(1, 6), st.booleans()), max_size=8)


def tell(core, events):
    """The messages of a story: every loan is opened first, the last day is closed by the core's own count."""
    for number, loan in enumerate(LOANS, start=1):
        core.open(loan, borrower=f"B{number}", dues=(("2026-10-03", "60.00"), ("2026-10-06", "40.00")))
    for number, (loan, what, n) in enumerate(events):
        at = DAYS[number]
        if what == "pay":
            core.pay(loan, f"P{number}", ("60.00", "40.00", "100.00")[n - 1], at=at)
        elif what == "twice":
            core.pay(loan, "P", ("60.00", "40.00", "60.00")[n - 1], at=DAYS[0])
        elif what == "fail":
            core.say(
                "payment.failed", at, loan, payment_id=f"F{number}", amount="60.00", error_code="no_funds"
            )
        elif what == "reverse":
            paid = [line["payment_id"] for line in core.told if line["kind"] == "payment.made"]
            key = paid[-n] if len(paid) >= n else "P0"
            core.say("payment.reversed", at, loan, payment_id=key, amount="60.00")
        elif what == "remind":
            core.say("reminder.sent", at, loan, reminder_id=f"R{n}", channel="sms")
        else:
            core.say("payment.made", at, loan, payment_id=f"N{number}", amount="nonsense")
    core.close("2026-10-01", payments=(1, "60.00"))


def dump():
    """All facts that the feed has made, without the ids of rows."""
    plan = "loan__external_id", "number", "due_on", "amount", "cleared_on", "replaced_on"
    money = "loan__external_id", "external_id", "amount", "paid_at", "origin", "outcome", "reversed_on"
    ends = "loan__external_id", "version", "kind", "settled_on", "worst_dpd", "paid", "profile"
    acts = LedgerEntry.objects.exclude(what__startswith="feed.")
    return {
        "loans": rows(Loan, "external_id", "status", "settled_on"),
        "plan": rows(Instalment, *plan),
        "money": rows(Payment, *money),
        "ends": rows(Settlement, *ends, "superseded_at"),
        "reminders": rows(Reminder, "loan__external_id", "external_id"),
        "messages": rows(FeedMessage, "sequence", "status", "reason", "amount"),
        "days": rows(FeedDay, "day", "status", "declared", "found"),
        "acts": sorted(acts.values_list("what", flat=True)),
    }


def rows(model, *columns):
    return list(model.objects.order_by(*columns[:2]).values_list(*columns))


def in_a_world_of_its_own(told):
    """What `told()` leads to, which then never was."""
    with transaction.atomic():
        told()
        found = dump()
        transaction.set_rollback(True)
    return found


def travel(core, spans, by):
    """Deliver ranges as they come, with or without anybody applying, and then whatever is still missing."""
    last = len(core.told)
    for first, length, is_applied in spans:
        low = min(1 + first, last)
        core.deliver(low, min(low + length - 1, last), at=NOON)
        if is_applied:
            feed.work(by=by, at=NOON)
    missing = core.deliver(1, 1, at=NOON)
    while missing <= last:
        missing = core.deliver(missing, min(missing + 4, last), at=NOON)
    feed.work(by=by, at=NOON)


@given(story, journey)
@settings(
    max_examples=int(os.environ.get("AFTERCARE_EXAMPLES", "10")),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_every_order_of_deliveries_ends_alike(settings, tmp_path, clock, events, spans):
    core, by = Core(), staff.machine("core")
    settings.FEED_KEYS = keys_file(tmp_path / "feed.json", core)
    tell(core, events)
    ordered = in_a_world_of_its_own(lambda: (core.deliver(at=NOON), feed.work(by=by, at=NOON)))
    assert len(ordered["messages"]) == len(core.told)
    assert in_a_world_of_its_own(lambda: travel(core, spans, by)) == ordered
    assert connection.in_atomic_block

"""Days on which only those who changed are judged, each beside the same day with everybody judged."""

import random
from datetime import timedelta
from decimal import Decimal
from statistics import median

from servicing.actions import archive, external
from servicing.domain.intake.layout import ObservationFacts
from servicing.models import BorrowerHistory, Source
from tests.bench.house import morning, moves

# So many of a hundred borrowers have something new said about them on a day.
SHARE = 1
DAYS = 3


def measure(bench, day):
    """{"speedup", "identical", "wal_bytes_per_borrower", "judged"} of days from `day` on."""
    found = []
    for number in range(DAYS):
        on = day + timedelta(days=number)
        happen(on, by=bench.house.by)
        found.append(one(bench, on))
        bench.say(f"{on}: {found[-1]['judged']:,} judged anew")
    return {
        "speedup": median(each["speedup"] for each in found),
        "identical": all(each["identical"] for each in found),
        "wal_bytes_per_borrower": round(median(each["wal"] for each in found)),
        "judged": round(median(each["judged"] for each in found)),
    }


def one(bench, day):
    """Judge those who changed, then everybody; they stand the same, and no alert moves any more."""
    changed = bench.house.judge(day, workers=2, changed=True)
    bench.duck.standing(database=bench.database, day=day)
    whole = bench.house.judge(day, workers=2)
    bench.duck.ours(database=bench.database, day=day)
    found = bench.duck.difference("standing") | {k: n for k, n in moves(whole["run"]).items() if n}
    if found:
        bench.say(f"{day}: judging only those who changed comes to something else: {found}")
    return {
        "speedup": whole["seconds"] / changed["seconds"],
        "identical": not found,
        "wal": changed["wal"],
        "judged": changed["run"].result["judged"],
    }


def happen(day, *, by):
    """What a source says on a day of some borrowers, and what lapses on it."""
    ids = list(BorrowerHistory.objects.order_by("pk").values_list("pk", flat=True))
    dice, source = random.Random(day.toordinal()), Source.objects.get(code="made")
    some = sorted(dice.sample(ids, max(len(ids) * SHARE // 100, 1)))
    for first in range(0, len(some), external.CHUNK):
        facts = [(pk, said(dice, pk, day)) for pk in some[first : first + external.CHUNK]]
        external.observe(source=source, facts=facts, target=source, by=by, at=morning(day))
    archive.rebuild_lapsed(on=day, by=by, at=morning(day))


def said(dice, pk, day):
    kind, lender = dice.choice(("inquiry", "balance")), f"L{dice.randrange(40)}"
    amount = Decimal(dice.randrange(30_000)) if kind == "balance" else None
    return ObservationFacts(f"{day}-{pk}", kind, lender, day, None, amount, None)

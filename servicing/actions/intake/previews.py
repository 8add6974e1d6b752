"""What an application would change, added up from the parts of a check, before anybody applies it."""

import hashlib
import json
from collections import Counter
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone

from servicing.actions import controls, periods
from servicing.actions.privacy import masked
from servicing.domain import privacy
from servicing.domain.intake.layout import PAYMENT
from servicing.models import ImportBatch, Product, Run

SAMPLES = 10


def part(judged):
    """What one range would bring, as plain JSON: counts, sums by currency, days, products, masked rows."""
    loans = [loan for loan, _ in judged.sorting.loans]
    names = {key: facts.name for key, (facts, _) in judged.sorting.borrowers.items()}
    ends = [loan.outcome() for loan in loans]
    sums: dict[str, dict[str, Decimal]] = {}
    for loan in loans:
        added = sums.setdefault(loan.currency, {"principal": Decimal(0), "total_due": Decimal(0)})
        added["principal"] += loan.principal
        added["total_due"] += loan.total_due
    days = [loan.disbursed_on.isoformat() for loan in loans]
    return {
        "borrowers": len(set(judged.sorting.borrowers) - set(judged.known)),
        "loans": len(loans),
        "settled": sum(end is not None for end in ends),
        "sums": {code: {name: str(money) for name, money in row.items()} for code, row in sums.items()},
        "first": min(days, default=None),
        "last": max(days, default=None),
        "unpaid": unpaid(judged),
        "products": Counter(loan.product for loan in loans),
        "empty": fields_of(judged.told, "empty"),
        "others": fields_of(judged.told, "others"),
        "told": list(islice((row for one in judged.told for row in differing(one)), SAMPLES)),
        "samples": [
            sample(loan, names[loan.borrower], end)
            for loan, end in islice(zip(loans, ends, strict=True), SAMPLES)
        ],
    }


def unpaid(judged):
    """How many new loans have no payment at all although one is due: so it looks where the end of a file of
    payments is missing between two rows.
    """
    if PAYMENT not in judged.layout.parts:
        return 0
    loans = [loan for loan, _ in judged.sorting.loans if not loan.payments]
    return sum(min(due.due_on for due in loan.dues) < judged.today for loan in loans)


def fields_of(told, side):
    """{field: in how many people on file} of one side of what is told anew."""
    return Counter(name for one in told for name in getattr(one, side))


def differing(one):
    """What a person on file is called otherwise, masked on both sides."""
    for name, text in one.others.items():
        yield {
            "borrower": one.borrower.reference,
            "field": name,
            "filed": masked(one.borrower, name),
            "told": privacy.mask(name, text),
        }


def sample(loan, name, end):
    """One loan as the preview shows it: masked, and as text."""
    return {
        "loan": loan.external_id,
        "name": privacy.mask("name", name),
        "product": loan.product,
        "currency": loan.currency,
        "principal": str(loan.principal),
        "total_due": str(loan.total_due),
        "disbursed_on": loan.disbursed_on.isoformat(),
        "kind": end.kind if end else "",
    }


def whole(batch, results):
    """The preview of a batch from the results of its check."""
    sums: dict[str, Counter] = {}
    for result in results:
        for code, row in result.get("sums", {}).items():
            added = sums.setdefault(code, Counter())
            added.update({name: Decimal(text) for name, text in row.items()})
    days = [result[side] for result in results for side in ("first", "last") if result.get(side)]
    products = sum((Counter(result.get("products")) for result in results), Counter())
    there = set(Product.objects.filter(code__in=products).values_list("code", flat=True))
    sides = {
        side: sum((Counter(result.get(side)) for result in results), Counter())
        for side in ("empty", "others")
    }
    told = [row for result in results for row in result.get("told", ())]
    samples = [row for result in results for row in result.get("samples", ())]
    return {
        "sums": {code: {name: str(money) for name, money in row.items()} for code, row in sums.items()},
        "first": min(days, default=None),
        "last": max(days, default=None),
        "new_products": {code: count for code, count in sorted(products.items()) if code not in there},
        "unpaid": sum(result.get("unpaid", 0) for result in results),
        "reasons": reasons(batch),
        "samples": samples[:SAMPLES],
        **sides,
        "told": told[:SAMPLES],
    }


def reasons(batch):
    """{reason: how many rows were refused for it}, the most frequent first."""
    return dict(batch.rejects.values_list("reason").annotate(n=Count("pk")).order_by("-n", "reason"))


def forget_parts(run):
    """Forget what the parts of a check quote of people: what is shown of it stands in the preview."""
    with connection.cursor() as cursor:
        cursor.execute(
            "update servicing_shard set result = result - 'told'::text where run_id = %s", [run.pk]
        )


def digest(batch):
    """By which a preview is known again: whoever applies says which one was before their eyes."""
    shown = {"counts": batch.counts, "preview": batch.preview, "files": batch.files, "run": batch.run_id}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()


def lapses_at(batch):
    """Until when a check holds: one working day, like everything that waits for a second person."""
    checked = batch.run.finished_at
    return controls.lapse_of(checked, on=timezone.localdate(checked))


class Waiting(NamedTuple):
    """An import that waits for a second person, and until when its check holds."""

    batch: ImportBatch
    lapses_at: datetime
    holds: bool


def waiting(*, at):
    """What waits for a second person, first to lapse first.

    What has lapsed stands behind all others: it is checked anew before anybody applies it.
    """
    checked = ImportBatch.objects.filter(status=ImportBatch.Status.CHECKED).for_import_page()
    with periods.steady():
        ends = [(batch, lapses_at(batch)) for batch in checked.order_by("pk")]
    found = [Waiting(batch, end, end >= at) for batch, end in ends]
    return sorted(found, key=lambda one: (not one.holds, one.lapses_at))


def why_stale(batch, *, at):
    """Why the check must be done again: the numbers of the imports that came or went since, an empty list
    where it has only lapsed, and None while it holds.

    What the feed changes meanwhile is compared when the application is concluded: see `differences`.
    """
    status = ImportBatch.Status
    others = ImportBatch.objects.exclude(pk=batch.pk).filter(run__kind__in=("import.apply", "import.undo"))
    ended = Q(run__status=Run.Status.DONE, run__finished_at__lte=batch.run.started_at)
    given_up = Q(status=status.PART, applied_at__lte=batch.run.started_at)
    moved = (status.APPLYING, status.APPLIED, status.PART, status.UNDONE)
    later = others.filter(status__in=moved).exclude(ended | given_up).order_by("pk")
    if numbers := list(later.values_list("pk", flat=True)[:SAMPLES]):
        return numbers
    return [] if lapses_at(batch) < at else None

"""A fictional loan book in our own layout: the same people, loans and mishaps for the same seed and day.

Nobody in it can exist. Identity numbers begin with 99, which no administrative division of GB/T 2260 does
(they run from 11 to 82), with a valid check digit; telephone numbers are eleven digits that begin with 100,
while mobile numbers begin with 13 to 19 and 100 opens only short service numbers.
"""

import tempfile
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from config.portfolio import bureau, campaign, steps, voices
from config.portfolio.contracts import NAMES
from config.portfolio.stories import generate
from reviews.actions import recheck
from servicing.actions import intake, staff
from servicing.domain.intake import native
from servicing.models import Borrower, ImportBatch, Product, Source

__all__ = ["generate", "load"]
# How many nights ago the book was rechecked.
NIGHTS = (7, 1, 0)


def load(*, borrowers=5000, seed=1, progress=None):
    """Import a fictional book as of today through the ordinary intake; the counts of this call.

    A book of this size and seed that is here already stays as it is. `progress` is called with
    (done, total, text).
    """
    at, by = timezone.now(), staff.machine("operator")
    name = f"portfolio {borrowers} {seed}"
    batch = ImportBatch.objects.filter(layout="native", name=name).exclude(status="refused").first()
    is_new = False
    if batch is None:
        with tempfile.TemporaryDirectory() as folder:
            generate(folder, borrowers=borrowers, seed=seed, today=timezone.localdate(at))
            paths = {file.name: Path(folder) / file.name for file in native.LAYOUT.files}
            batch, is_new = intake.stage(paths=paths, layout="native", name=name, door="shell", by=by, at=at)
    if batch.status != ImportBatch.Status.APPLIED:
        batch = intake.carry(batch=batch, by=by, at=at, progress=progress)
        ask(seed=seed, by=by, at=at)
        for code, called in NAMES.items():
            Product.objects.filter(code=code).update(name=called)
    if not recheck.whole_runs().exists():
        judge(by=by, today=timezone.localdate(at))
    # Before anybody complains, for a complaint keeps offers back.
    campaign.play(seed=seed, by=by, at=at)
    voices.tell(seed=seed, today=timezone.localdate(at), by=by, at=at)
    voices.teach(by=by, at=at)
    steps.take(today=timezone.localdate(at), by=by, at=at)
    return intake.counts_of_call(batch, is_new=is_new)


def ask(*, seed, by, at):
    """Take in what the fictional bureau says of the book."""
    core = Source.objects.get(code=native.LAYOUT.source)
    people = Borrower.objects.filter(source=core).order_by("pk").values_list("external_id", flat=True)
    rows = bureau.history(people, seed=seed, today=timezone.localdate(at))
    bureau.tell(rows, by=by, at=at)


def judge(*, by, today):
    """Recheck the book as the last nights would have done, so that alerts have opened, moved and closed."""
    for nights in NIGHTS:
        recheck.run(as_of=today - timedelta(days=nights), by=by, at=timezone.now())

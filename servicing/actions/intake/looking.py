"""The first look at files from the browser: which they are, how each is read, whether they came before."""

import time
from functools import partial
from typing import NamedTuple

from django.db import IntegrityError, transaction

from servicing.actions import jobs
from servicing.actions.intake.layouts import BY_CODE
from servicing.actions.intake.reading import refuse
from servicing.actions.intake.staging import LOOK, as_sent, begin_reading, looked_at, sealed_of
from servicing.gateways import files
from servicing.models import ImportBatch

# A look is not cut short: it keeps its lease this often, however large a file is.
SECONDS = 2


class Looked(NamedTuple):
    """What the look at a whole delivery found."""

    entries: list[dict]
    digest: str


def look(*, at, on, **bounds):
    """Look at what came in through the browser, within the bounds of jobs.steps; how many deliveries."""
    return jobs.steps(kind=LOOK, parts=partial(parts, on=on), keep=partial(keep, at=at), on=on, **bounds)


def parts(shard, *, on):
    """The one part of a delivery: what was found, or its refusal. Nothing where it was looked at already."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    if batch.is_looked_at:
        return
    try:
        yield Looked(*looked_at(as_sent(batch, Ticker(shard, on=on)), BY_CODE[batch.layout]))
    except files.Refused as refused:
        yield refused


class Ticker:
    """Keeps the lease of a shard while files are looked at, and notes for the page how far that is."""

    def __init__(self, shard, *, on):
        self.shard, self.on, self.bytes, self.at = shard, on, 0, time.monotonic()

    def __call__(self, count):
        self.bytes += count
        if time.monotonic() > self.at + SECONDS:
            self.at = time.monotonic()
            jobs.renew(self.shard, params={"read": self.bytes >> 10}, on=self.on)


def keep(shard, part, *, at):
    """Write down what was found, while somebody still waits for it; False where the delivery is refused."""
    batch = ImportBatch.objects.select_for_update().get(pk=shard.run.params["batch"])
    if batch.status != ImportBatch.Status.STAGING:
        return False
    if isinstance(part, Looked):
        sent = batch.files
        if (twin := entered(batch, part)) is None:
            drop(sent, but=part.entries)
            return True
        drop(part.entries, but=sent)
        part = files.Refused("came_before", file=str(twin.pk))
    refuse(batch, shard.run, part, by=shard.run.by, at=at)
    return False


def entered(batch, found):
    """Give the batch its files as they are read from now on; the batch that has their content, if any."""
    try:
        with transaction.atomic():
            changed = {"files": found.entries, "digest": found.digest}
            ImportBatch.objects.filter(pk=batch.pk).update(**changed)
    except IntegrityError:
        return ImportBatch.objects.with_files(layout=batch.layout, digest=found.digest)
    return None


def drop(entries, *, but):
    """Remove the files of entries that are not among others, once this is committed."""
    stay = {entry["token"] for entry in but}
    for entry in entries:
        if entry["token"] not in stay:
            transaction.on_commit(sealed_of(entry).remove)


@transaction.atomic
def conclude(run, *, at):
    """The look is over: let the files be read."""
    batch = ImportBatch.objects.select_for_update().get(pk=run.params["batch"])
    if jobs.finish(run, result={"files": len(batch.files)}, by=run.by, at=at):
        begin_reading(batch, by=run.by, at=at)

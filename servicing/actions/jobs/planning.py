"""Plans a run with its shards once, says how far it is, and ends it once."""

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Now

from servicing.actions import ledger
from servicing.models import Heartbeat, Run, Shard

TO_DO = (Shard.Status.WAITING, Shard.Status.LEASED)
# A run may end without one borrower in so many; where more fail, the house is broken and not their rows.
SPARED = 10


@transaction.atomic
def plan(*, kind, slot, params, shards, by, at):
    """Start a run with its shards, or return the one that already has this slot: (run, is_new).

    `shards` is a list of (params, size).
    """
    try:
        with transaction.atomic():
            run = Run.objects.create(kind=kind, slot=slot, params=params, by=by, started_at=at)
    except IntegrityError:
        return Run.objects.get(kind=kind, slot=slot), False
    Shard.objects.bulk_create(
        Shard(run=run, number=number, params=cut, size=size)
        for number, (cut, size) in enumerate(shards, start=1)
    )
    ledger.record(
        what=f"{kind}.started", target=run, by=by, at=at, detail={"slot": slot, "shards": len(shards)}
    )
    return run, True


def progress(run):
    """{"shards", "done", "quarantined"} in shards, {"total", "total_done"} in what the shards hold."""
    is_done = Q(status=Shard.Status.DONE)
    return run.shards.aggregate(
        shards=Count("pk"),
        done=Count("pk", filter=is_done),
        quarantined=Count("pk", filter=Q(status=Shard.Status.QUARANTINED)),
        total=Sum("size", default=0),
        total_done=Sum("size", filter=is_done, default=0),
    )


def needs_person(run):
    """Whether what is set aside of a run is more than it may end without.

    Of the kinds that are isolated that is a few shards of one, of a choice any number; of all others nothing.
    """
    aside = run.shards.filter(status=Shard.Status.QUARANTINED).aggregate(
        shards=Count("pk"), total=Sum("size", default=0), largest=Max("size", default=0)
    )
    if not aside["shards"] or run.kind not in settings.ISOLATES:
        return aside["shards"] > 0
    total = run.shards.aggregate(total=Sum("size", default=0))["total"]
    # A choice is small, and often of those who give trouble: it says nothing about the house.
    return aside["largest"] > 1 or ("chosen" not in run.params and aside["total"] * SPARED > total)


def is_complete(run):
    """Whether nothing is left to do of a run and nobody has to look at it."""
    return not run.shards.filter(status__in=TO_DO).exists() and not needs_person(run)


@transaction.atomic
def finish(run, *, result, by, at):
    """Close a run that is complete; True for exactly one caller."""
    held = Run.objects.select_for_update().get(pk=run.pk)
    if held.status != Run.Status.RUNNING or not is_complete(held):
        return False
    held.status, held.finished_at, held.result = Run.Status.DONE, at, result
    held.save(update_fields=["status", "finished_at", "result"])
    ledger.record(what=f"{held.kind}.finished", target=held, by=by, at=at, detail=result)
    return True


def beat(name):
    """Note that a worker or the beat is alive, on the database's clock."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": Now()})

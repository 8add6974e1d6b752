"""What becomes of a shard that fails: tried again, cut in two until what fails stands alone, or set aside."""

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.db.models.functions import Now
from django.utils.module_loading import import_string

from servicing.actions import ledger, periods
from servicing.actions.jobs.leasing import mine
from servicing.actions.jobs.planning import TO_DO, needs_person
from servicing.models import Run, Shard

# Of one run; whoever needs more has no poisoned row but a broken house.
HALVINGS = 1000


def is_passing(error):
    """Whether an error is the house's of this moment: a lost connection, a deadlock, a full disk."""
    return isinstance(error, (OperationalError, InterfaceError))


@transaction.atomic
def fail(shard, error):
    """Return a shard that raised to the line, its attempt counted; in two where the fault is its own."""
    held = mine(shard).select_for_update().first()
    if held is None:
        return
    trouble = type(error).__name__
    if is_passing(error) or not halve(held, trouble=trouble):
        held.status, held.leased_until, held.trouble = Shard.Status.WAITING, None, trouble[:200]
        held.save(update_fields=["status", "leased_until", "trouble"])


def halve(shard, *, trouble):
    """Put two shards with fresh attempts in the place of a locked one; False where it cannot be cut."""
    path = settings.ISOLATES.get(shard.run.kind)
    halves = import_string(path).halves(shard) if path else []
    if not halves:
        return False
    run = Run.objects.select_for_update().get(pk=shard.run_id)
    numbers = run.shards.aggregate(last=Max("number"), count=Count("pk"))
    # Each halving so far made two numbers of one.
    if numbers["last"] - numbers["count"] >= HALVINGS:
        return False
    shard.delete()
    Shard.objects.bulk_create(
        Shard(run=run, number=number, params=params, size=size, trouble=trouble[:200])
        for number, (params, size) in enumerate(halves, start=numbers["last"] + 1)
    )
    return True


@transaction.atomic
def quarantine(*, by, at, on):
    """Cut in two, or set aside, the shards that have failed as often as the setting allows.

    A run that cannot end without them needs a person, who may `retry` its shards.
    """
    spent = Q(attempts__gte=periods.value("job.attempts", on=on)) & (
        Q(status=Shard.Status.WAITING) | Q(status=Shard.Status.LEASED, leased_until__lt=Now())
    )
    found = Shard.objects.select_for_update(skip_locked=True, of=("self",)).select_related("run")
    for shard in found.filter(spent).order_by("pk"):
        trouble = shard.trouble or "killed"
        if not halve(shard, trouble=trouble):
            set_aside(shard, trouble=trouble, by=by, at=at)
    left = Shard.objects.filter(run=OuterRef("pk"), status__in=TO_DO)
    aside = Shard.objects.filter(run=OuterRef("pk"), status=Shard.Status.QUARANTINED)
    for run in Run.objects.filter(Exists(aside), ~Exists(left), status=Run.Status.RUNNING):
        if needs_person(run):
            Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING).update(status=Run.Status.STUCK)


def set_aside(shard, *, trouble, by, at):
    """Quarantine a locked shard, and tell the column whose work it is."""
    shard.status, shard.leased_until, shard.trouble = Shard.Status.QUARANTINED, None, trouble
    shard.save(update_fields=["status", "leased_until", "trouble"])
    if path := settings.ISOLATES.get(shard.run.kind):
        import_string(path).set_aside(shard, at=at)
    ledger.record(what="shard.quarantined", target=shard, by=by, at=at, detail={"trouble": trouble})


@transaction.atomic
def retry(*, shard, by, at):
    """Put a quarantined shard back in line with fresh attempts; not where its run has ended without it."""
    aside = Shard.objects.filter(pk=shard.pk, status=Shard.Status.QUARANTINED)
    back = aside.exclude(run__status=Run.Status.DONE).update(status=Shard.Status.WAITING, attempts=0)
    if back:
        Run.objects.filter(pk=shard.run_id, status=Run.Status.STUCK).update(status=Run.Status.RUNNING)
        ledger.record(what="shard.retried", target=shard, by=by, at=at)
    return bool(back)

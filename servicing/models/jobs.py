"""Work as rows: a run is cut into shards, a worker leases a shard on the database's clock."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One piece of long work (an import, a recheck): planned once, done shard by shard."""

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        STUCK = "stuck", _("needs a person")

    kind = models.CharField(max_length=32)
    slot = models.CharField(max_length=64)
    params = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=Status, default=Status.RUNNING)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "slot"], name="one_run_a_kind_and_slot"),
            models.CheckConstraint(
                condition=models.Q(status="done", finished_at__isnull=False)
                | ~models.Q(status="done") & models.Q(finished_at=None),
                name="finished_run_says_when",
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "-id"], name="run_by_kind"),
            models.Index(
                models.F("kind"),
                models.F("params__as_of").desc(),
                name="run_by_day",
                condition=models.Q(status="done"),
            ),
        ]

    def __str__(self):
        return f"{self.kind} {self.slot}"


class Shard(models.Model):
    """A part of a run. `attempts` counts leases given out; the third failure is quarantine."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("waiting")
        LEASED = "leased", _("in work")
        DONE = "done", _("done")
        QUARANTINED = "quarantined", _("quarantined")

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="shards")
    number = models.IntegerField()
    params = models.JSONField(default=dict)
    size = models.IntegerField(default=0)
    status = models.CharField(max_length=11, choices=Status, default=Status.WAITING)
    attempts = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, blank=True)
    done_at = models.DateTimeField(null=True)
    result = models.JSONField(default=dict)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_shard_a_run_and_number"),
            models.CheckConstraint(
                condition=models.Q(status="leased", leased_until__isnull=False)
                | ~models.Q(status="leased") & models.Q(leased_until=None),
                name="leased_shard_says_until_when",
            ),
        ]
        indexes = [
            models.Index(
                fields=["run", "number"],
                name="shard_to_do",
                condition=models.Q(status__in=["waiting", "leased"]),
            )
        ]

    def __str__(self):
        return f"{self.run_id}/{self.number}"


class Heartbeat(models.Model):
    """When a worker or the beat was last seen, on the database's clock."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    def __str__(self):
        return self.name

"""What the parts of an import of responses brought, for the day on which somebody wants it undone."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from servicing.models import ImportBatch


class ResponseArrival(models.Model):
    """What one part brought: ids of responses that were not there before, and which of its rows were."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="+")
    responses = ArrayField(models.BigIntegerField())
    told = ArrayField(models.BigIntegerField())

    class Meta:
        indexes = [models.Index(fields=["batch"], name="response_arrival_of_batch")]

    def __str__(self):
        return f"{self.batch_id}: {len(self.responses)}"

"""What somebody typed before a session ended: sealed, for a while, for nobody else."""

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """One form that could not be sent, by the page on which it stands."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=200)
    sealed = models.BinaryField()
    kept_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "page"], name="one_draft_a_person_and_page")]

    def __str__(self):
        return f"{self.person_id} {self.page}"

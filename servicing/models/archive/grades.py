"""The class of a loan where a person has said so."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from servicing.models.archive.loans import Loan


class ClassOverrideQuerySet(models.QuerySet):
    def in_force(self, *, on):
        """What counts on a day, at most one of a loan: the newest word, which may have lapsed."""
        said = self.filter(from_on__lte=on)
        newest = said.filter(loan=OuterRef("loan")).order_by("-at", "-id").values("pk")[:1]
        return said.filter(until_on__gte=on, pk=Subquery(newest))


class ClassOverride(models.Model):
    """A person's word on the class of one loan, with a reason, until a day (included)."""

    class Grade(models.TextChoices):
        """The five classes, from good to lost."""

        NORMAL = "normal", _("normal")
        SPECIAL_MENTION = "special_mention", _("special mention")
        SUBSTANDARD = "substandard", _("substandard")
        DOUBTFUL = "doubtful", _("doubtful")
        LOSS = "loss", _("loss")

    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="class_overrides")
    grade = models.CharField(max_length=15, choices=Grade)
    reason = models.CharField(max_length=500)
    from_on = models.DateField()
    until_on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ClassOverrideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")), name="override_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="override_names_a_reason"),
        ]
        indexes = [models.Index(fields=["loan", "-at"], name="override_by_loan")]

    def __str__(self):
        return f"{self.loan_id} {self.grade} – {self.until_on}"

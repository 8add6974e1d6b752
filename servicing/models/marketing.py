"""Who may be advertised to: consent on file, and a no that is kept for ever."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower
from servicing.models.processing import Consent, Restriction


class OptOutQuerySet(models.QuerySet):
    def in_force(self):
        return self.filter(ended_at=None)

    def about(self, borrower):
        """What a borrower has refused, and what was refused for the number of the borrower."""
        mine = Q(borrower=borrower)
        if borrower.phone_index is not None:
            mine |= Q(phone_index=bytes(borrower.phone_index))
        return self.filter(mine)


class OptOut(models.Model):
    """Somebody's no. The keyed hash of the number stays when the borrower goes, and whoever comes later with
    the same number has said no already. Only an opt-in ends it.
    """

    class Purpose(models.TextChoices):
        MARKETING = "marketing", _("marketing")
        SURVEY = "survey", _("surveys")

    purpose = models.CharField(max_length=9, choices=Purpose)
    borrower = models.ForeignKey(Borrower, null=True, on_delete=models.SET_NULL, related_name="opt_outs")
    phone_index = models.BinaryField(max_length=16, null=True)
    basis = models.CharField(max_length=8, choices=Consent.Basis)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = OptOutQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["borrower", "purpose"],
                condition=Q(ended_at=None),
                name="one_opt_out_a_borrower_and_purpose",
            ),
            models.CheckConstraint(
                condition=Q(borrower__isnull=False) | Q(phone_index__isnull=False),
                name="opt_out_says_of_whom",
            ),
        ]
        indexes = [
            models.Index(fields=["phone_index"], name="opt_out_by_phone", condition=Q(ended_at=None)),
        ]

    def __str__(self):
        return f"{self.purpose} {self.at:%Y-%m-%d}"


def marketable(*, on, profiled=False):
    """Borrowers who may be advertised to on a day; `profiled`, by what is known of each.

    Who has said nothing may not: no source declares this consent for anybody.
    """
    words = [_word(Consent.Purpose.MARKETING, on=on)]
    if profiled:
        words.append(_word(Consent.Purpose.PROFILING, on=on))
    return reachable(OptOut.Purpose.MARKETING, on=on).filter(*words)


def reachable(purpose, *, on):
    """Borrowers with a number whose data may be used on a day, and who have not refused this."""
    noes = OptOut.objects.in_force().filter(purpose=purpose)
    kept = Restriction.objects.in_force(on=on).filter(borrower=OuterRef("pk"))
    return Borrower.objects.filter(
        # Apart, so that each is looked up in its own index.
        ~Exists(noes.filter(borrower=OuterRef("pk"))),
        ~Exists(noes.filter(phone_index=OuterRef("phone_index"))),
        ~Exists(kept),
        phone_cipher__isnull=False,
    )


def _word(purpose, *, on):
    said = Consent.objects.filter(borrower=OuterRef(OuterRef("pk")), purpose=purpose)
    newest = Subquery(said.order_by("-given_on", "-pk").values("pk")[:1])
    return Exists(Consent.objects.holding(on=on).filter(pk=newest))

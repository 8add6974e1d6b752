"""What may be done with what is known of a person: restricted processing, and consent to read more."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower


class RestrictionQuerySet(models.QuerySet):
    def in_force(self, *, on):
        lasting = Q(until_on=None) | Q(until_on__gte=on)
        return self.filter(lasting, Q(lifted_on=None) | Q(lifted_on__gt=on), from_on__lte=on)


class Restriction(models.Model):
    """Data about a borrower is kept and no more, up to a day (included) or until two people lift it."""

    class Ground(models.TextChoices):
        RETENTION = "retention", _("only the duty to keep remains")
        ERASURE = "erasure", _("erasure asked for while a period still runs")
        DISPUTE = "dispute", _("the person disputes the data")
        UNLAWFUL = "unlawful", _("processing may have been unlawful")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="restrictions")
    ground = models.CharField(max_length=9, choices=Ground)
    reason = models.CharField(max_length=200)
    from_on = models.DateField()
    until_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_on = models.DateField(null=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="restriction_says_why"),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                name="restriction_ends_after_it_begins",
            ),
            # The borrower as a range of one: PostgreSQL compares ranges without an extension.
            ExclusionConstraint(
                name="one_restriction_a_borrower_and_day",
                expressions=[
                    (
                        Func("borrower", "borrower", Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (Func("from_on", "until_on", Value("[]"), function="daterange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(lifted_on=None),
            ),
        ]

    def __str__(self):
        return f"{self.borrower_id} {self.from_on}"


class ConsentQuerySet(models.QuerySet):
    def on_outside_data(self):
        """What the recheck asks for; consent to advertising says nothing about it."""
        return self.filter(purpose=Consent.Purpose.OUTSIDE_DATA)

    def newest(self, borrower, purpose="outside_data"):
        """The borrower's newest word, which decides; None where there is none but the source's."""
        return self.filter(borrower=borrower, purpose=purpose).order_by("-given_on", "-pk").first()

    def holding(self, *, on):
        """What allows something on a day: see Consent.holds."""
        lasting = Q(until_on=None) | Q(until_on__gte=on)
        return self.filter(lasting, Q(withdrawn_on=None) | Q(withdrawn_on__gt=on), given_on__lte=on)


class Consent(models.Model):
    """A borrower's word on a purpose: the newest counts, up to `until_on` or the day it was withdrawn.

    Where a borrower has said nothing to us of outside data, the word of the source counts: see
    Source.declares_consent. Advertising, and choosing by what is known of a person, need a word each.
    """

    class Purpose(models.TextChoices):
        OUTSIDE_DATA = "outside_data", _("reading outside data after payoff")
        MARKETING = "marketing", _("advertising")
        PROFILING = "profiling", _("offers chosen by what is known of the person")

    class Basis(models.TextChoices):
        SOURCE = "source", _("declared by the source")
        CONTRACT = "contract", _("in a contract")
        PAPER = "paper", _("on paper")
        APP = "app", _("in the app")
        PHONE = "phone", _("on the phone, recorded")
        LINK = "link", _("through a link that we sent")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="consents", db_index=False)
    purpose = models.CharField(max_length=16, choices=Purpose)
    basis = models.CharField(max_length=8, choices=Basis)
    given_on = models.DateField()
    until_on = models.DateField(null=True)
    withdrawn_on = models.DateField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = ConsentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=F("given_on")),
                name="consent_ends_after_it_is_given",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on=None) | Q(withdrawn_on__gte=F("given_on")),
                name="consent_is_withdrawn_after_it_is_given",
            ),
        ]
        indexes = [models.Index(fields=["borrower", "-given_on", "-id"], name="consent_by_borrower")]

    def __str__(self):
        return f"{self.borrower_id} {self.purpose} {self.given_on}"

    def holds(self, *, on):
        """Whether what it allows may be done on a day."""
        is_withdrawn = self.withdrawn_on is not None and self.withdrawn_on <= on
        return not is_withdrawn and (self.until_on is None or self.until_on >= on)

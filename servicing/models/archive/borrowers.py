"""Who borrowed, from whom, and what all settlements of one borrower add up to."""

from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicing.domain.archive import DIGITS, ConventionError, Conventions
from servicing.domain.staff import SAMPLED


def sample(person, *, on, path=""):
    """A condition on the borrower at `path`: no limit, or for an auditor about 1 in 32, others each day."""
    if person.role_code in SAMPLED:
        return Q(**{f"{path}reference__endswith": DIGITS[on.toordinal() % len(DIGITS)]})
    return Q()


# Names that no sender gave.
NAMED_BY_US = {"Loan core": _("Loan core")}


class Source(models.Model):
    """Where facts come from; its zone decides which day an instant falls on.

    `opened_on` is the day of its first arrival. What came then is history, known as of its own days; what
    comes later is known from the day on which it came. `declares_consent`: by agreement with the lender,
    whatever it says of borrowers comes with their consent that it be read after payoff. Only a source whose
    `licence` is on file may tell of borrowers of ours.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    zone = models.CharField(max_length=64, default="Asia/Shanghai")
    opened_on = models.DateField(_("first arrival"), null=True)
    licence = models.CharField(
        _("licence"),
        max_length=64,
        blank=True,
        db_default="",
        help_text=_("Number of the licence or contract under which it may tell of our borrowers."),
    )
    declares_consent = models.BooleanField(
        _("declares consent"),
        default=True,
        db_default=True,
        help_text=_("What it says comes with the consent of those whom it is about."),
    )

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")

    def __str__(self):
        """The name; one that we gave is said in the reader's language."""
        return str(NAMED_BY_US.get(self.name, self.name))

    @property
    def zone_info(self):
        return ZoneInfo(self.zone)


def are_conventions(value):
    """Refuse what the arithmetic does not know; the message says where and what there is."""
    try:
        Conventions.of(value)
    except ConventionError as error:
        raise ValidationError(str(error)) from None


class Product(models.Model):
    """A loan product. `conventions` are its rules of arithmetic; what is not named is the house's default."""

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=64)
    conventions = models.JSONField(default=dict, blank=True, editable=False, validators=[are_conventions])

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self):
        return self.name


class BorrowerQuerySet(models.QuerySet):
    def settled(self, *, on):
        """Borrowers with at least one loan settled on or before the day."""
        return self.filter(history__first_settled_on__lte=on)

    def held(self, pk):
        """The row as it is now, locked until the transaction ends."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def visible_to(self, person, *, on):
        """Whom a person may open: everybody, an auditor the day's sample; nobody without the right."""
        return self.filter(sample(person, on=on)) if person.may("borrower.view") else self.none()


class Borrower(models.Model):
    """A person as one source knows them. Identity may be missing and is only ever kept encrypted."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="+")
    external_id = models.CharField(max_length=64)
    reference = models.CharField(max_length=12, unique=True)
    name_cipher = models.BinaryField(null=True)
    national_id_cipher = models.BinaryField(null=True)
    phone_cipher = models.BinaryField(null=True)
    national_id_index = models.BinaryField(max_length=16, null=True)
    phone_index = models.BinaryField(max_length=16, null=True)
    created_at = models.DateTimeField()

    objects = BorrowerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "external_id"], name="one_borrower_a_source_and_id"),
            models.UniqueConstraint(fields=["national_id_index"], name="one_borrower_a_national_id"),
        ]
        indexes = [models.Index(fields=["phone_index"], name="borrower_by_phone")]

    def __str__(self):
        return self.reference


class BorrowerHistory(models.Model):
    """All settlements of a borrower rolled up by the house's rules for adverse facts.

    It holds on the days from `valid_from`, the newest day of anything in it, until `next_lapse_on`, on
    which it must be rebuilt. `late_days` is a sum over loans, `last` the one that ended last.
    """

    borrower = models.OneToOneField(
        Borrower, primary_key=True, on_delete=models.PROTECT, related_name="history"
    )
    settled_loans = models.IntegerField()
    late_loans = models.IntegerField()
    early_loans = models.IntegerField()
    worst_dpd = models.IntegerField()
    failed_payments = models.IntegerField()
    first_settled_on = models.DateField(db_index=True)
    last_settled_on = models.DateField()
    last_days_late = models.IntegerField()
    late_days = models.IntegerField(default=0)
    adverse_ends = models.IntegerField(default=0)
    quickest_return = models.IntegerField(null=True)
    last_product = models.ForeignKey(
        Product, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    adverse_years = models.IntegerField(default=5)
    valid_from = models.DateField()
    next_lapse_on = models.DateField(null=True)
    rolled_at = models.DateTimeField()

    def __str__(self):
        return str(self.borrower_id)


class StampQuerySet(models.QuerySet):
    def to_judge(self):
        """Oldest first."""
        return self.filter(aside_at=None).order_by("stamped_at", "pk")

    def set_aside(self):
        """Those who cannot be judged until somebody retries or another fact comes; newest first."""
        return self.filter(aside_at__isnull=False).select_related("borrower").order_by("-aside_at", "pk")


class Stamp(models.Model):
    """A borrower who has not been judged since a fact about him came in.

    Where judging him alone fails as often as the setting allows, he is set aside: `aside_at` says since when,
    `trouble` by what kind of error.
    """

    borrower = models.OneToOneField(Borrower, primary_key=True, on_delete=models.PROTECT, related_name="+")
    stamped_at = models.DateTimeField()
    attempts = models.SmallIntegerField(default=0)
    aside_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=200, blank=True)

    objects = StampQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["stamped_at", "borrower"],
                name="stamp_in_line",
                condition=models.Q(aside_at=None),
            ),
        ]

    def __str__(self):
        return str(self.borrower_id)

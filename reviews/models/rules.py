"""Rules, cards and editions: what judges, version by version, and who put it in force."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from reviews.domain import rules, scoring
from servicing.models import Staff


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    ACTIVE = "active", _("in force")
    RETIRED = "retired", _("out of force")


# One person drafts, another one puts it in force; what came with the product was drafted by nobody.
_TWO = Q(drafted_by=None) | Q(activated_by__isnull=False) & ~Q(drafted_by=F("activated_by"))
_DRAFT = Q(status="draft", drafted_by__isnull=False, activated_by=None, activated_at=None, retired_at=None)
_ACTIVE = Q(status="active", activated_at__isnull=False, retired_at=None) & _TWO
_RETIRED = Q(status="retired", activated_at__isnull=False, retired_at__isnull=False) & _TWO
TWO_PEOPLE = _DRAFT | _ACTIVE | _RETIRED


class Versioned(models.Model):
    """What a version of anything says of itself: a draft of one person, put in force by another."""

    status = models.CharField(max_length=7, choices=Status, default=Status.DRAFT)
    drafted_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    activated_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    activated_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


def put_out_by():
    """The name of whoever put out of force a version that is: each change is an edition of one moment."""
    then = Edition.objects.filter(activated_at=models.OuterRef("retired_at")).order_by("-number")
    name = Coalesce(NullIf("activated_by__name", models.Value("")), "activated_by__username")
    return models.Subquery(then.values_list(name)[:1])


class Rule(models.Model):
    """A reason to look twice. Its number stands in snapshots, its code in alerts; neither is given again."""

    code = models.CharField(max_length=32, unique=True)
    number = models.SmallIntegerField(unique=True)
    group = models.CharField(max_length=16)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__gte=rules.NUMBERS[0], number__lte=rules.NUMBERS[-1]),
                name="rule_number_fits_the_array",
            ),
            models.CheckConstraint(condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="rule_code_is_a_name"),
        ]

    def __str__(self):
        return self.code


class RuleVersionQuerySet(models.QuerySet["RuleVersion"]):
    def active(self):
        return self.filter(status=Status.ACTIVE)

    def drafts(self):
        return self.filter(status=Status.DRAFT)

    def to_begin_with(self):
        """Of one rule what a draft begins with: the draft there is, what is in force, or the newest."""
        known = list(self.for_rule_page())
        by_status = {version.status: version for version in reversed(known)}
        return by_status.get(Status.DRAFT) or by_status.get(Status.ACTIVE) or known[0]

    def by_code(self):
        """The newest version of every rule that ever judged: its words outlive it in alerts."""
        rows = self.exclude(status=Status.DRAFT).select_related("rule")
        return {row.code: row for row in rows.order_by("rule__number", "number")}

    def names(self):
        """Name by code, in the language of the reader."""
        return {code: version.name for code, version in self.by_code().items()}

    def for_rule_page(self):
        """Newest first within a rule, with all that a line about a version names."""
        people = self.select_related("rule", "drafted_by", "activated_by")
        return people.annotate(put_out_by=put_out_by()).order_by("rule__number", "-number")


class RuleVersion(Versioned):
    """What a rule says; written while it is a draft, and never again."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    name_zh = models.CharField(max_length=rules.NAMES["name_zh"])
    name_en = models.CharField(max_length=rules.NAMES["name_en"])
    conditions = models.JSONField()
    measure = models.CharField(max_length=32)
    worse = models.CharField(max_length=4)
    priority = models.SmallIntegerField()

    objects = RuleVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_version_a_rule_and_number"),
            models.UniqueConstraint(fields=["rule"], condition=Q(status="draft"), name="one_draft_a_rule"),
            models.UniqueConstraint(
                fields=["rule"], condition=Q(status="active"), name="one_version_of_a_rule_in_force"
            ),
            models.CheckConstraint(condition=TWO_PEOPLE, name="rule_version_is_of_two_people"),
        ]

    def __str__(self):
        return f"{self.rule} v{self.number}"

    @property
    def code(self):
        return self.rule.code

    @property
    def name(self):
        """In the language of the reader."""
        return self.name_zh if (get_language() or "").startswith("zh") else self.name_en

    def as_rule(self):
        """The version as the domain knows it; raises BadRule where its conditions have no such form."""
        return rules.Rule(
            number=self.rule.number,
            code=self.rule.code,
            version=self.number,
            group=self.rule.group,
            conditions=rules.read(self.conditions),
            measure=self.measure,
            priority=self.priority,
            worse=self.worse,
            name_zh=self.name_zh,
            name_en=self.name_en,
        )


class ScorecardQuerySet(models.QuerySet["Scorecard"]):
    def active(self):
        return self.filter(status=Status.ACTIVE)

    def drafts(self):
        return self.filter(status=Status.DRAFT)

    def for_card_page(self):
        """Newest first, with all that a line about a version names."""
        people = self.select_related("drafted_by", "activated_by")
        return people.annotate(put_out_by=put_out_by()).order_by("-number")


class Scorecard(Versioned):
    """A version of the points; `bins` as reviews.domain.scoring.read takes them."""

    class Kind(models.TextChoices):
        EXPERT = "expert", _("expert, not calibrated")
        TRAINED = "trained", _("trained")

    number = models.IntegerField(unique=True)
    kind = models.CharField(max_length=7, choices=Kind)
    base = models.SmallIntegerField()
    bins = models.JSONField()
    bounds = ArrayField(models.IntegerField(), size=2)

    objects = ScorecardQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["status"], condition=Q(status="draft"), name="one_draft_card"),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="active"), name="one_card_in_force"
            ),
            models.CheckConstraint(condition=TWO_PEOPLE, name="scorecard_is_of_two_people"),
        ]

    def __str__(self):
        return f"v{self.number}"

    def as_card(self):
        """The card as the domain knows it; raises BadRule where its bins have no such form."""
        return scoring.Scorecard(
            self.number, self.kind, self.base, scoring.read(self.bins), tuple(self.bounds)
        )


class Edition(models.Model):
    """All that judges from an instant on; each activation makes the next one, and none is ever changed."""

    number = models.IntegerField(primary_key=True)
    activated_at = models.DateTimeField()
    activated_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    versions = ArrayField(models.IntegerField(), help_text="ids of rule versions, by number of their rules")
    card = models.ForeignKey(Scorecard, null=True, on_delete=models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, help_text="of the rules and the card, word by word")

    def __str__(self):
        return str(self.number)

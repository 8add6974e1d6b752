"""Tiers: the rules version by version, where each borrower stands, and how that changed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from feedback.domain import loyalty
from reviews.models.rules import TWO_PEOPLE, Status, Versioned
from servicing.models import Borrower, Restriction
from servicing.models.archive.borrowers import sample


class Level(models.IntegerChoices):
    NONE = 0, _("no tier")
    BRONZE = 1, _("bronze")
    SILVER = 2, _("silver")
    GOLD = 3, _("gold")


class TierRulesQuerySet(models.QuerySet):
    def active(self):
        return self.filter(status=Status.ACTIVE)

    def drafts(self):
        return self.filter(status=Status.DRAFT)

    def for_tier_page(self):
        """Newest first, with whoever drafted and decided."""
        return self.select_related("drafted_by", "activated_by").order_by("-number")


class TierRules(Versioned):
    """A version of what each tier asks; `rungs` as feedback.domain.loyalty.ladder takes them."""

    number = models.IntegerField(unique=True)
    rungs = models.JSONField()

    objects = TierRulesQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="draft"), name="one_draft_of_tiers"
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="active"), name="one_version_of_tiers_in_force"
            ),
            models.CheckConstraint(condition=TWO_PEOPLE, name="tier_rules_are_of_two_people"),
        ]

    def __str__(self):
        return f"v{self.number}"

    def as_ladder(self):
        """The version as the domain knows it; raises BadCondition."""
        return loyalty.ladder(self.rungs)


class TierDay(models.Model):
    """That all borrowers were judged on a day by a version of the rules: once, whoever asks how often."""

    on = models.DateField()
    rules = models.ForeignKey(TierRules, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    promoted = models.IntegerField(default=0)
    fallen = models.IntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["on", "rules"], name="tiers_are_judged_once_a_day_and_version")
        ]

    def __str__(self):
        return f"{self.on} {self.rules_id}"


def unrestricted(*, on, path="borrower"):
    """A condition: nobody whose data is only kept."""
    kept = Restriction.objects.in_force(on=on).values("borrower")
    return ~Q(**{f"{path}__in": kept})


class StandingQuerySet(models.QuerySet):
    def visible_to(self, person, *, on):
        """All who are not restricted, an auditor the day's sample; nobody without the right."""
        if not person.may("tier.browse"):
            return self.none()
        return self.filter(unrestricted(on=on), sample(person, on=on, path="borrower__"))

    def falling(self):
        return self.filter(falls_on__isnull=False)

    def by_level(self):
        """{level: borrowers}."""
        return dict(self.order_by().values_list("level").annotate(number=models.Count("pk")))

    def for_tier_page(self):
        return self.select_related("borrower", "rules", "falls_rules")


class Standing(models.Model):
    """On which tier a borrower stands since when, and the numbers and rules that put them there, frozen.

    Where the numbers say less now, `falls_*` say to which tier, on which day and by what; until that day the
    tier stays. Numbers that say as much or more again take it back.
    """

    borrower = models.OneToOneField(Borrower, primary_key=True, on_delete=models.PROTECT, related_name="+")
    level = models.SmallIntegerField(choices=Level)
    facts = models.JSONField()
    rules = models.ForeignKey(TierRules, on_delete=models.PROTECT, related_name="+", db_index=False)
    since_on = models.DateField()
    falls_to = models.SmallIntegerField(null=True, choices=Level)
    falls_on = models.DateField(null=True)
    falls_facts = models.JSONField(null=True)
    falls_rules = models.ForeignKey(
        TierRules, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    objects = StandingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(falls_to=None, falls_on=None, falls_facts=None, falls_rules=None)
                | Q(
                    falls_to__isnull=False,
                    falls_to__lt=F("level"),
                    falls_on__isnull=False,
                    falls_facts__isnull=False,
                    falls_rules__isnull=False,
                ),
                name="who_falls_falls_lower_on_a_day",
            )
        ]
        indexes = [
            models.Index(fields=["-level", "borrower"], name="standing_by_level"),
            models.Index(
                fields=["falls_on", "borrower"], name="standing_falls", condition=Q(falls_on__isnull=False)
            ),
        ]

    def __str__(self):
        return f"{self.borrower_id} {self.level}"


class TierChange(models.Model):
    """A tier that somebody got or lost, and the numbers it was by. Written once."""

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    level_before = models.SmallIntegerField(choices=Level)
    level = models.SmallIntegerField(choices=Level)
    facts = models.JSONField()
    rules = models.ForeignKey(TierRules, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(level=F("level_before")), name="tier_change_changes"),
        ]

    def __str__(self):
        return f"{self.borrower_id} {self.on}: {self.level_before} → {self.level}"

"""A question after a payoff: one link, one answer, and silence for a while."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value

from feedback.models.responses import Response
from servicing.domain.archive.settlement import REPAID_BY_BORROWER
from servicing.models import Borrower, Loan, Message, Objection, OptOut, Settlement
from servicing.models.archive.borrowers import sample
from servicing.models.marketing import reachable


class SurveyQuerySet(models.QuerySet):
    def answered(self):
        return self.filter(answered_at__isnull=False)

    def open(self, *, at):
        """What can still be answered."""
        return self.filter(answered_at=None, expires_at__gt=at)

    def visible_to(self, person, *, on):
        if not person.may("survey.view"):
            return self.none()
        return self.filter(sample(person, on=on, path="borrower__"))

    def for_survey_page(self):
        return self.select_related("borrower", "message", "response")


class Survey(models.Model):
    """One question to one borrower after one payoff. Of its link only a digest is kept."""

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+", db_index=False)
    loan = models.ForeignKey(Loan, on_delete=models.PROTECT, related_name="+", db_index=False)
    planned_on = models.DateField()
    quiet_until = models.DateField(help_text="the first day on which the borrower may be asked again")
    token_digest = models.BinaryField(max_length=32)
    expires_at = models.DateTimeField()
    message = models.OneToOneField(Message, on_delete=models.PROTECT, related_name="+")
    score = models.SmallIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)
    response = models.OneToOneField(Response, null=True, on_delete=models.PROTECT, related_name="+")

    objects = SurveyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token_digest"], name="one_survey_a_link"),
            models.UniqueConstraint(fields=["loan"], name="one_survey_a_payoff"),
            models.CheckConstraint(
                condition=Q(answered_at=None, score=None, response=None)
                | Q(answered_at__isnull=False, score__range=(1, 5)),
                name="answered_survey_has_a_score",
            ),
            models.CheckConstraint(
                condition=Q(quiet_until__gt=F("planned_on")), name="survey_is_followed_by_silence"
            ),
            # The borrower as a range of one: PostgreSQL compares ranges without an extension.
            ExclusionConstraint(
                name="one_survey_a_borrower_and_while",
                expressions=[
                    (
                        Func("borrower", "borrower", Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    (
                        Func("planned_on", "quiet_until", Value("[)"), function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        indexes = [models.Index(fields=["borrower", "-planned_on"], name="survey_by_borrower")]

    def __str__(self):
        return f"{self.borrower_id} {self.planned_on}"


def to_ask(*, on, after, within):
    """Settlements so many days old, and no older, whose borrower may be asked on a day; oldest first."""
    quiet = Survey.objects.filter(borrower=OuterRef("borrower"), quiet_until__gt=on)
    disputed = Objection.objects.unresolved().filter(borrower=OuterRef("borrower"))
    rows = Settlement.objects.current().filter(
        ~Exists(quiet),
        ~Exists(Survey.objects.filter(loan=OuterRef("loan"))),
        ~Exists(Response.objects.standing_against().filter(borrower=OuterRef("borrower"))),
        ~Exists(disputed),
        kind__in=REPAID_BY_BORROWER,
        settled_on__range=(on - timedelta(days=within), on - timedelta(days=after)),
        borrower__in=reachable(OptOut.Purpose.SURVEY, on=on),
    )
    return rows.order_by("settled_on", "pk")

"""An obstacle that a person named, and by which failures and words it is known."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models.responses import Response
from servicing.models import Payment, Restriction, Staff
from servicing.models.archive.borrowers import sample

# Praise tells of no obstacle.
TELLING = (Response.Kind.COMPLAINT, Response.Kind.OBJECTION, Response.Kind.SUGGESTION)


class Obstacle(models.Model):
    """What keeps customers from paying, as somebody named it; `heard_in` is where it was heard."""

    title = models.CharField(max_length=120)
    note = models.TextField(max_length=2000, blank=True)
    named_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    heard_in = models.ForeignKey(Response, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(title=""), name="obstacle_has_a_title")]

    def __str__(self):
        return self.title


class Signature(models.Model):
    """By what an obstacle is known: failures by channel and error, words by where it hurt and topic.

    A blank topic stands for all of them.
    """

    class Side(models.TextChoices):
        FAILURES = "failures", _("failed payments")
        WORDS = "words", _("words of customers")

    obstacle = models.ForeignKey(Obstacle, on_delete=models.PROTECT, related_name="signatures")
    side = models.CharField(max_length=8, choices=Side)
    channel = models.CharField(max_length=32, blank=True)
    error_code = models.CharField(max_length=32, blank=True)
    where = models.CharField(max_length=11, choices=Response.Where, blank=True)
    topic = models.CharField(max_length=32, blank=True)

    class Meta:
        ordering = ["side", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["side", "channel", "error_code", "where", "topic"], name="one_obstacle_a_signature"
            ),
            models.CheckConstraint(
                condition=Q(side="failures", where="", topic="")
                | (Q(side="words", channel="", error_code="") & ~Q(where="")),
                name="signature_is_of_one_side",
            ),
        ]

    def __str__(self):
        return " ".join(filter(None, (self.channel, self.error_code, self.where, self.topic)))


def all_failures(*, on):
    """The failed payments of borrowers who may be looked at."""
    kept = Restriction.objects.in_force(on=on).values("borrower")
    rows = Payment.objects.filter(outcome=Payment.Outcome.FAILED, origin=Payment.Origin.BORROWER)
    return rows.exclude(borrower__in=kept)


def failures(signatures, *, on):
    """Those behind some signatures."""
    known = Q()
    for signature in signatures:
        known |= Q(channel=signature.channel, error_code=signature.error_code)
    return all_failures(on=on).filter(known) if known else Payment.objects.none()


def voices(signatures, *, on):
    """The responses behind some signatures."""
    known = Q()
    for signature in signatures:
        known |= Q(where=signature.where) & (Q(topic=signature.topic) if signature.topic else Q())
    rows = Response.objects.filter(kind__in=TELLING)
    return rows.filter(known).unrestricted(on=on) if known else rows.none()


def those_who_reported(obstacle, *, on):
    """All that was said of an obstacle by its marks, and where it was heard first; the newest first."""
    rows = voices(obstacle.signatures.filter(side=Signature.Side.WORDS), on=on)
    if obstacle.heard_in_id:
        rows |= Response.objects.filter(pk=obstacle.heard_in_id).unrestricted(on=on)
    return rows.order_by("-pk")


def obstacle_heard(response):
    """The obstacle that a response speaks of, by the mark that says most of it; None where it has no name."""
    marks = Signature.objects.filter(side=Signature.Side.WORDS, where=response.where)
    mark = marks.filter(topic__in=("", response.topic)).select_related("obstacle").order_by("-topic").first()
    return mark.obstacle if mark else None


def visible_voices(rows, person, *, on):
    """Those that a person may read: an auditor those of the day's sample."""
    return (
        rows.filter(sample(person, on=on, path="borrower__"))
        if person.may("response.browse")
        else rows.none()
    )


def listed_failures(person, *, on):
    """The failed payments that a person may see in a list."""
    rows = all_failures(on=on).filter(sample(person, on=on, path="borrower__"))
    return rows.select_related("loan", "borrower")

"""The loan core's feed: numbered messages as they came, how far they are applied, and each day's totals."""

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from servicing.domain.feed.days import TOTALS, Total
from servicing.models.archive import Source
from servicing.models.feed_refusals import words_of


class Feed(models.Model):
    """The feed of one source. `next` is the first number that has not had its turn; its row is the lock of
    whoever applies. `began_on` is the business day of the first message: no day before it is missed.
    """

    source = models.OneToOneField(Source, primary_key=True, on_delete=models.PROTECT, related_name="+")
    next = models.BigIntegerField(default=1)
    began_on = models.DateField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(next__gte=1), name="feed_counts_from_one")]

    def __str__(self):
        return str(self.source)


# Statuses behind which the rest of a loan waits.
STANDING = ("refused", "held")


class FeedMessageQuerySet(models.QuerySet):
    def in_line(self):
        """What has not had its turn."""
        return self.filter(status=FeedMessage.Status.WAITING)

    def standing(self):
        """What stands before everything else about its loan until a person or a retry moves it."""
        return self.filter(status__in=STANDING)

    def troubled(self):
        """What waits for a person."""
        return self.filter(Q(status=FeedMessage.Status.REFUSED) | Q(differs_at__isnull=False))

    def found(self, day):
        """{total: Total} of what was applied with this business day."""
        rows = self.filter(day=day, status=FeedMessage.Status.APPLIED, total__in=TOTALS).values_list("total")
        sums = rows.annotate(number=models.Count("pk"), money=models.Sum("amount", default=Decimal(0)))
        return {name: Total(number, money) for name, number, money in sums.order_by()}

    def first_missing(self, feed):
        """The first number from the feed's next one on that has not come."""
        ahead = self.filter(feed=feed, sequence__gte=feed.next)
        if not ahead.filter(sequence=feed.next).exists():
            return feed.next
        follower = self.filter(feed=feed, sequence=models.OuterRef("sequence") + 1)
        last = ahead.filter(~models.Exists(follower)).order_by("sequence").values_list("sequence", flat=True)
        return last[0] + 1

    def told(self, loans):
        """{(loan, total, fact)} of what was counted about these loans."""
        counted = self.filter(loan__in=loans, status=FeedMessage.Status.APPLIED).exclude(total="")
        return set(counted.values_list("loan", "total", "fact"))

    def for_feed_page(self):
        return self.select_related("feed__source")


# What is shown of a message: never what it said of a person.
SHOWN = ("kind", "at", "loan", "amount")


class FeedMessage(models.Model):
    """One message. Its body is sealed and is gone once it was applied or left out: the facts are in the
    archive by then, and the keyed digest still knows it again.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("waits for its turn")
        HELD = "held", _("waits for a refused message of its loan")
        REFUSED = "refused", _("refused, needs a person")
        APPLIED = "applied", _("applied")
        SKIPPED = "skipped", _("left out by a person")

    class Kind(models.TextChoices):
        OPENED = "loan.opened", _("loan opened")
        REPLANNED = "loan.replanned", _("plan changed")
        WRITTEN_OFF = "loan.written_off", _("loan written off")
        PAUSED = "loan.paused", _("loan paused")
        PAID = "payment.made", _("payment")
        REFUNDED = "payment.refunded", _("refund")
        FAILED = "payment.failed", _("failed payment")
        REVERSED = "payment.reversed", _("reversed payment")
        REMINDED = "reminder.sent", _("reminder sent")
        MANDATE = "mandate.revoked", _("debit mandate revoked")
        RECALLED = "reminders.recalled", _("reminders recalled")
        RELEASED = "guarantor.released", _("guarantor released")
        CLOSED = "day.closed", _("day closed")
        PASSED = "number.passed", _("number passed over")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="messages")
    sequence = models.BigIntegerField()
    kind = models.CharField(max_length=50)
    at = models.DateTimeField()
    day = models.DateField(help_text="the business day of `at` in the zone of the source")
    loan = models.CharField(max_length=64, blank=True)
    digest = models.BinaryField(max_length=32)
    body = models.BinaryField(null=True)
    received_at = models.DateTimeField()
    status = models.CharField(max_length=7, choices=Status, default=Status.WAITING)
    applied_at = models.DateTimeField(null=True)
    total = models.CharField(max_length=16, blank=True, help_text="the control total that counts it")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    reason = models.CharField(max_length=32, blank=True)
    field = models.CharField(max_length=64, blank=True)
    fact = models.CharField(max_length=64, blank=True, help_text="which fact of its loan the total counts")
    differs_at = models.DateTimeField(null=True, help_text="when its number came with other content")
    second_digest = models.BinaryField(max_length=32, null=True)
    second = models.JSONField(null=True, help_text="what is shown of the other content")
    mended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = FeedMessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["feed", "sequence"], name="one_message_a_feed_and_number"),
            models.CheckConstraint(
                condition=Q(status__in=["applied", "skipped"], body=None, applied_at__isnull=False)
                | Q(status__in=["waiting", "held", "refused"], body__isnull=False, applied_at=None),
                name="message_is_kept_until_it_is_done",
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(reason=""), name="refused_message_says_why"
            ),
        ]
        indexes = [
            models.Index(
                fields=["feed", "loan"], name="feed_standing", condition=Q(status__in=["refused", "held"])
            ),
            models.Index(fields=["feed"], name="feed_differing", condition=Q(differs_at__isnull=False)),
            models.Index(
                fields=["feed", "loan", "total", "fact"], name="feed_by_fact", condition=~Q(total="")
            ),
            models.Index(fields=["feed", "day", "total"], name="feed_by_day", include=["amount", "status"]),
        ]

    def __str__(self):
        return f"{self.feed_id}/{self.sequence}"

    @property
    def kind_words(self):
        return words_for(self.kind)

    @property
    def second_kind_words(self):
        return words_for(self.second["kind"]) if self.second else ""

    @property
    def words(self):
        """Why it was refused."""
        return words_of(self.reason)

    @property
    def contents(self):
        """[(what, in the first content, in the second one)] of a number that was told twice; a value of a
        message that nobody could read as such is None.
        """
        if self.second is None:
            return []
        first = (self.kind, self.at, self.loan, self.amount)
        kind, at, loan, amount = (self.second.get(name) for name in SHOWN)
        second = (kind, datetime.fromisoformat(at), loan, amount and Decimal(amount))
        codes = [(name, *sides) for name, sides in self.second["codes"].items()]
        return [*zip(SHOWN, first, second, strict=True), *codes]


def words_for(kind):
    """A kind in words; one that does not exist by its code."""
    return dict(FeedMessage.Kind.choices).get(kind, kind)


class FeedDay(models.Model):
    """A business day of a feed: what the core declared when it closed it, beside what we had applied."""

    class Status(models.TextChoices):
        EQUAL = "equal", _("equal")
        DIFFERENT = "different", _("different")
        LATE = "late", _("not closed in time")
        ACCEPTED = "accepted", _("accepted by a person")

    feed = models.ForeignKey(Feed, on_delete=models.PROTECT, related_name="days")
    day = models.DateField()
    status = models.CharField(max_length=9, choices=Status)
    declared = models.JSONField(default=dict)
    found = models.JSONField(default=dict)
    closed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["-day"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "day"], name="one_total_a_feed_and_day"),
            models.CheckConstraint(
                condition=Q(status="late", closed_at=None)
                | Q(status__in=["equal", "different"], closed_at__isnull=False)
                | Q(status="accepted", accepted_by__isnull=False),
                name="closed_day_says_when",
            ),
        ]

    def __str__(self):
        return f"{self.feed_id} {self.day}"

    @property
    def lines(self):
        """[(total, theirs, ours, is equal)] in the order of the totals."""
        sides = [(name, pair(self.declared, name), pair(self.found, name)) for name in TOTALS]
        return [(TOTAL_WORDS[name], theirs, ours, theirs == ours) for name, theirs, ours in sides]

    @property
    def counts(self):
        """How many facts the core has of this day, and how many we have; unknown before it closed it."""
        return self.added(lambda total: total.number)

    @property
    def amounts(self):
        """What these facts add up to, theirs and ours."""
        return self.added(lambda total: total.amount)

    def added(self, figure):
        sides = (self.closed_at and self.declared, self.checked_at and self.found)
        return [None if side is None else sum(figure(pair(side, name)) for name in TOTALS) for side in sides]


TOTAL_WORDS = {
    "loans": _("loans opened"),
    "payments": _("payments"),
    "refunds": _("refunds"),
    "failed": _("failed payments"),
    "reversals": _("reversed payments"),
}


def pair(totals, name):
    count, amount = totals.get(name, (0, "0.00"))
    return Total(count, Decimal(amount))

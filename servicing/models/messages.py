"""Messages to borrowers: one row each, from the queue until it left, was withdrawn or got stuck."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from servicing.models.archive import Borrower
from servicing.models.archive.borrowers import sample

# A gateway that asked for patience gets it from everybody; one that does not know us is spared for a while.
BUSY, SHUT_OUT = "busy", "shut_out"
STUCK = ("failed", "unknown")


class MessageQuerySet(models.QuerySet):
    def waiting(self):
        return self.filter(status=Message.Status.QUEUED)

    def to_send(self):
        """Whose turn it is by the database's clock, first who was never put off, then the oldest; none while
        the gateway asks for time.
        """
        due = Q(next_at=None) | Q(next_at__lte=Now())
        turn = Q(status=Message.Status.QUEUED) & due | Q(
            status=Message.Status.SENDING, leased_until__lt=Now()
        )
        busy = Message.objects.waiting().filter(why__in=[BUSY, SHUT_OUT], next_at__gt=Now())
        return (
            self.filter(turn)
            .exclude(Exists(busy))
            .order_by(F("next_at").asc(nulls_first=True), "queued_at", "pk")
        )

    def shut_out(self):
        """What waits because the gateway does not know us: nothing leaves until an operator mends that."""
        return self.waiting().filter(why=SHUT_OUT)

    def stuck(self):
        """What waits for a person."""
        return self.filter(status__in=STUCK)

    def visible_to(self, person, *, on):
        if not person.may("message.view"):
            return self.none()
        return self.filter(sample(person, on=on, path="borrower__"))

    def for_message_page(self):
        return self.select_related("borrower", "queued_by", "settled_by")

    def log(self):
        """What was sent to somebody, newest first."""
        return self.select_related("queued_by").order_by("-queued_at", "-pk")


class Message(models.Model):
    """One message to one borrower; its key makes it the same message, however often it is asked for.

    The words are sealed and are gone once it left or was withdrawn. To which number it goes is read when it
    is sent: a verified change, a restriction and an erasure reach what waits. `why` says of a withdrawn,
    failed or unknown one why it is so, of a queued one why it did not leave yet, and of one that is being
    sent that it was withdrawn meanwhile.
    """

    class Purpose(models.TextChoices):
        SERVICE = "service", _("service")
        MARKETING = "marketing", _("marketing")

    class Status(models.TextChoices):
        QUEUED = "queued", _("waits to be sent")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        WITHDRAWN = "withdrawn", _("withdrawn")
        FAILED = "failed", _("failed, needs a person")
        UNKNOWN = "unknown", _("not known whether it left")

    class Kind(models.TextChoices):
        CERTIFICATE = "certificate", _("payoff certificate")
        SURVEY = "survey", _("survey")
        TOLD = "told", _("news for who reported")
        OFFER = "offer", _("offer")

    class Gateway(models.TextChoices):
        FILE = "file", _("folder")
        MAIL = "smtp", _("mail (SMTP)")
        HTTPS = "https", _("HTTPS")

    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="messages", db_index=False)
    purpose = models.CharField(max_length=9, choices=Purpose)
    kind = models.CharField(max_length=16, choices=Kind)
    key = models.CharField(max_length=80)
    subject = models.CharField(max_length=200)
    body = models.BinaryField(null=True)
    status = models.CharField(max_length=9, choices=Status, default=Status.QUEUED)
    why = models.CharField(max_length=16, blank=True)
    gateway = models.CharField(max_length=5, choices=Gateway, blank=True)
    attempts = models.SmallIntegerField(default=0)
    # How often the gateway asked for patience when it was given this one.
    rounds = models.SmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    queued_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    next_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="one_message_a_key"),
            models.CheckConstraint(
                condition=Q(status__in=["sent", "withdrawn"], body=None)
                | Q(status__in=["queued", "sending", "failed", "unknown"], body__isnull=False),
                name="message_keeps_its_words_until_it_left",
            ),
            models.CheckConstraint(
                condition=Q(status="sent", sent_at__isnull=False) | ~Q(status="sent") & Q(sent_at=None),
                name="sent_message_says_when",
            ),
            models.CheckConstraint(
                condition=Q(status="sending", leased_until__isnull=False)
                | ~Q(status="sending") & Q(leased_until=None),
                name="message_being_sent_says_until_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["withdrawn", "failed", "unknown"]) | ~Q(why=""),
                name="message_that_did_not_leave_says_why",
            ),
        ]
        indexes = [
            models.Index(
                F("next_at").asc(nulls_first=True),
                "queued_at",
                "id",
                name="message_in_line",
                condition=Q(status__in=["queued", "sending"]),
            ),
            models.Index(
                fields=["queued_at", "id"],
                name="message_stuck",
                condition=Q(status__in=["failed", "unknown"]),
            ),
            models.Index(fields=["borrower", "-queued_at"], name="message_by_borrower"),
        ]

    def __str__(self):
        return self.key

    @property
    def is_stuck(self):
        """Whether it waits for a person."""
        return self.status in STUCK

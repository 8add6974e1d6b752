"""What the feed does not take, and why: messages, whole deliveries, and doors that are out of order."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from servicing.models.refusals import Reason


class FeedReason(models.TextChoices):
    """Why a message or a whole delivery is not taken, in words; what a field suffers from is in Reason."""

    UNKNOWN_KIND = "unknown_kind", _("there is no such kind of message")
    UNKNOWN_FIELD = "unknown_field", _("this kind of message has no such field")
    NO_LOAN = "no_loan", _("no such loan is on file")
    NO_PAYMENT = "no_payment", _("no such payment of this loan is on file")
    NO_GUARANTOR = "no_guarantor", _("no such guarantor of this loan is on file")
    ON_FILE = "on_file", _("is on file with other content")
    NOT_ALLOWED = "not_allowed", _("this cannot happen to the loan as it stands")
    FAILED = "failed", _("could not be applied; the log of the worker says why")
    # Of a whole delivery
    FORGED = "forged", _("is not what a known key signed for this source")
    TOO_LARGE_DELIVERY = "too_large_delivery", _("is larger than a delivery may be")
    NOT_AS_SIGNED = "not_as_signed", _("does not hold the numbers that were signed")
    NOT_JSON = "not_json", _("has a line that is no JSON object of texts and numbers")
    BAD_SEQUENCE = "bad_sequence", _("has a line without a number")
    BAD_KIND = "bad_kind", _("has a line whose kind is no code")
    BAD_AT = "bad_at", _("has a line without an instant with offset")
    BAD_LOAN = "bad_loan", _("has a line whose loan number is no text")
    BEFORE_FIRST = "before_first", _("begins before the first number that the keys file names")
    # Of a door: they stand until it is mended
    BAD_KEYS = "bad_keys", _("the keys file cannot be read")
    BAD_FOLDER = "bad_folder", _("the drop folder, or a file in it, cannot be read or moved")


def words_of(reason):
    """A code of FeedReason or of Reason in words."""
    for choices in (FeedReason, Reason):
        if reason in choices.values:
            return choices(reason).label
    return reason


DOORS = ("bad_keys", "bad_folder")


class FeedRefusal(models.Model):
    """A delivery that changed nothing, and where it knocked; too many from one address are not looked at.

    Of `DOORS` there is one row for as long as that door is out of order.
    """

    class Door(models.TextChoices):
        FOLDER = "folder", _("drop folder")
        HTTPS = "https", _("HTTPS")

    source = models.CharField(max_length=32)
    door = models.CharField(max_length=6, choices=Door)
    address = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=32, choices=FeedReason)
    line = models.IntegerField(null=True)
    faults = models.JSONField(default=list, help_text="the first lines that cannot be read: [[line, code]]")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="feed_refusal_by_address")]

    def __str__(self):
        return f"{self.source} {self.reason}"

    @property
    def named(self):
        """[(line, what is wrong there in words)]."""
        return [(line, words_of(reason)) for line, reason in self.faults]

    @classmethod
    def stands(cls, source, reason, *, is_so, at):
        """Note since when a door is out of order, or that it is in order again."""
        noted = cls.objects.filter(source=source[:32], reason=reason)
        if not is_so:
            noted.delete()
        elif not noted.exists():
            cls.objects.create(source=source[:32], door=cls.Door.FOLDER, reason=reason, at=at)

"""Campaigns, the offers drawn for them, and what they changed."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.models.loyalty.tiers import unrestricted
from servicing.models import Borrower, Message, Staff
from servicing.models.archive.borrowers import sample


class CampaignQuerySet(models.QuerySet):
    def running(self, *, on):
        return self.filter(status=Campaign.Status.RUNNING, starts_on__lte=on, ends_on__gte=on)

    def for_campaign_page(self):
        return self.select_related("drafted_by", "approved_by")


class Campaign(models.Model):
    """What is offered to whom, for how long and how much. Written while it is a draft, and never again but
    for its status and what it has spent.

    Without profiling it asks nothing of anybody but that they settled a loan and opted in.
    """

    class Kind(models.TextChoices):
        RATE = "rate", _("lower rate")
        LIMIT = "limit", _("higher limit")
        FEE = "fee", _("fee waived")
        POINTS = "points", _("points")

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        RUNNING = "running", _("approved")
        STOPPED = "stopped", _("stopped")

    title_zh = models.CharField(max_length=40)
    title_en = models.CharField(max_length=80)
    kind = models.CharField(max_length=6, choices=Kind)
    terms_zh = models.TextField(max_length=500)
    terms_en = models.TextField(max_length=500)
    script_zh = models.TextField(max_length=1000)
    script_en = models.TextField(max_length=1000)
    conditions = models.JSONField(default=list)
    is_profiled = models.BooleanField(default=True)
    budget = models.DecimalField(max_digits=14, decimal_places=2)
    cost = models.DecimalField(max_digits=10, decimal_places=2)
    spent = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    starts_on = models.DateField()
    ends_on = models.DateField()
    offer_days = models.IntegerField()
    cap_days = models.IntegerField()
    held_percent = models.SmallIntegerField()
    sends = models.BooleanField(default=False)
    # The last day on which it was drawn for.
    drawn_on = models.DateField(null=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.DRAFT)
    drafted_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    approved_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="draft", approved_by=None, approved_at=None)
                | Q(~Q(status="draft"), ~Q(drafted_by=F("approved_by")), approved_by__isnull=False,
                    approved_at__isnull=False),
                name="campaign_is_of_two_people",
            ),
            models.CheckConstraint(
                condition=Q(spent__gte=0, spent__lte=F("budget")), name="budget_is_never_exceeded"
            ),
            models.CheckConstraint(
                condition=Q(is_profiled=True) | Q(conditions=[]), name="without_profiling_nothing_is_asked"
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="campaign_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(held_percent__gte=5, held_percent__lte=50), name="campaign_holds_a_share_out"
            ),
            models.CheckConstraint(
                condition=Q(offer_days__gte=1, cap_days__gte=0, cost__gte=0), name="campaign_has_its_numbers"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["status", "ends_on"], name="campaign_by_status")]

    def __str__(self):
        return f"K{self.pk}"

    def in_my_language(self, name):
        is_chinese = (get_language() or "").startswith("zh")
        return getattr(self, f"{name}_{'zh' if is_chinese else 'en'}")

    @property
    def title(self):
        return self.in_my_language("title")

    @property
    def terms(self):
        return self.in_my_language("terms")

    @property
    def script(self):
        return self.in_my_language("script")

    @property
    def left(self):
        return self.budget - self.spent


class OfferQuerySet(models.QuerySet):
    def made(self):
        """All but those who are held out: nobody looks at these one by one."""
        return self.exclude(status=Offer.Status.HELD_OUT)

    def open(self):
        return self.filter(status=Offer.Status.OFFERED)

    def visible_to(self, person, *, on):
        """Offers of whom a person may see in a list; an auditor the day's sample."""
        if not person.may("offer.browse"):
            return self.none()
        return self.made().filter(unrestricted(on=on), sample(person, on=on, path="borrower__"))

    def heard(self, *, since):
        """Those of which the borrower has heard since an instant, in a call or by a message that left."""
        return self.filter(Q(told_at__gt=since) | Q(message__sent_at__gt=since))

    def to_expire(self, *, on):
        return self.open().filter(expires_on__lt=on)

    def for_offer_page(self):
        return self.select_related("borrower", "campaign", "answered_by", "message")


class Offer(models.Model):
    """That a borrower was drawn for a campaign on a day: to be offered something, or to be held out.

    Who is held out never sees it. `told_at` is when the borrower first heard of it in a call; of a message
    only when that has left.
    """

    class Status(models.TextChoices):
        HELD_OUT = "held_out", _("held out")
        OFFERED = "offered", _("offered")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("expired")
        WITHDRAWN = "withdrawn", _("withdrawn")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="offers", db_index=False)
    borrower = models.ForeignKey(Borrower, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=9, choices=Status)
    drawn_on = models.DateField()
    expires_on = models.DateField()
    facts = models.JSONField(default=dict)
    told_at = models.DateTimeField(null=True)
    message = models.OneToOneField(Message, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "borrower"], name="one_offer_a_campaign_and_borrower"
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["accepted", "declined"], answered_at__isnull=False, answered_by__isnull=False,
                    told_at__isnull=False,
                )
                | Q(~Q(status__in=["accepted", "declined"]), answered_at=None, answered_by=None),
                name="answered_offer_says_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(status="held_out") | Q(told_at=None, message=None),
                name="who_is_held_out_never_hears",
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["borrower", "-drawn_on"], name="offer_by_borrower"),
            models.Index(fields=["expires_on"], name="offer_open", condition=Q(status="offered")),
        ]

    def __str__(self):
        return f"{self.campaign} {self.borrower_id}"

    @property
    def hearings(self):
        """The instants at which the borrower heard of it: in a call, by the message that left, or both."""
        sent_at = self.message and self.message.sent_at
        return sorted(at for at in (self.told_at, sent_at) if at)


class CampaignResultQuerySet(models.QuerySet):
    def judged(self):
        """Of each campaign the one that was to tell what it changed, once that is made."""
        return self.exclude(verdict=CampaignResult.Verdict.SO_FAR)


class CampaignResult(models.Model):
    """What a campaign had changed by a day, over all who were drawn, whether they answered or not. Frozen.

    The first one after the end is judged, those before and after it only show how it stands. `lift` and
    `overdue` are percentage points, `net` yuan a borrower: how much more than of those held out,
    with the ends of the 95 % interval; empty where there are too few for one. `groups` are the numbers they
    were worked out of.
    """

    class Verdict(models.TextChoices):
        MORE = "more", _("more of them borrow again")
        LESS = "less", _("fewer of them borrow again")
        NONE = "none", _("no difference that matters")
        NOT_ENOUGH = "not_enough", _("not enough data")
        SO_FAR = "so_far", _("so far, not judged yet")

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, related_name="measurements")
    on = models.DateField()
    at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    needed = models.IntegerField()
    groups = models.JSONField()
    lift = models.FloatField(null=True)
    lift_low = models.FloatField(null=True)
    lift_high = models.FloatField(null=True)
    overdue = models.FloatField(null=True)
    overdue_low = models.FloatField(null=True)
    overdue_high = models.FloatField(null=True)
    net = models.FloatField(null=True)
    net_low = models.FloatField(null=True)
    net_high = models.FloatField(null=True)

    objects = CampaignResultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["campaign", "on"], name="one_measurement_a_campaign_and_day")
        ]

    def __str__(self):
        return f"{self.campaign_id} {self.on}"

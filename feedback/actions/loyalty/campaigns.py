"""Campaigns: drafted by a lead of customer service, approved by privacy as shown, stopped by either."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.actions.loyalty import drawing
from feedback.domain import loyalty
from feedback.models import Campaign, Offer
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed
from servicing.actions.controls import propose as ask
from servicing.actions.controls.desk import Kind
from servicing.domain.messages import one_line
from servicing.domain.privacy import kept
from servicing.gateways import queue

RIGHT = "campaign.draft"
WORDS = ("title_zh", "title_en", "terms_zh", "terms_en", "script_zh", "script_en")
# On one line, as the subject of a message is.
TITLES = ("title_zh", "title_en")
NUMBERS = (
    "kind", "is_profiled", "budget", "cost", "starts_on", "ends_on", "offer_days", "cap_days",
    "held_percent", "sends",
)  # fmt: skip


@transaction.atomic
def draft(*, conditions, by, at, campaign=None, **said):
    """Draft a campaign, or change a draft.

    Raises NotAllowed ("right", "begun", "profiling"), BadCondition.
    """
    if not by.may(RIGHT):
        raise NotAllowed("right")
    if not said["is_profiled"] and conditions:
        raise NotAllowed("profiling")
    row = _draft(campaign) if campaign else Campaign()
    row.conditions = loyalty.written(loyalty.read(conditions, of=(*loyalty.FACTS, loyalty.TIER)))
    for name in NUMBERS:
        setattr(row, name, said[name])
    for name in WORDS:
        text = one_line(said[name]) if name in TITLES else said[name]
        setattr(row, name, kept(text))
    row.drafted_by, row.drafted_at = by, at
    row.save()
    ledger.record(what="campaign.drafted", target=row, by=by, at=at, detail={"campaign": str(row)})
    return row


def _draft(campaign):
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if row.status != Campaign.Status.DRAFT:
        raise NotAllowed("begun")
    return row


def shown(campaign):
    """What the second person sees: all of it."""
    told = {name: getattr(campaign, name) for name in (*WORDS, "kind", "is_profiled", "conditions", "sends")}
    told |= {name: str(getattr(campaign, name)) for name in ("budget", "cost", "starts_on", "ends_on")}
    told |= {name: getattr(campaign, name) for name in ("offer_days", "cap_days", "held_percent")}
    return {"about": str(campaign), "campaign": campaign.pk, "drafted_by": str(campaign.drafted_by)} | told


def propose(*, campaign, purpose, by, at):
    """Ask for approval, with how many it would reach today; raises NotAllowed ("right", "waits", "begun",
    "over" where it would end before it begins).
    """
    today = timezone.localdate(at)
    # As the database has it: 100 and 100.00 are one amount and two texts.
    campaign = Campaign.objects.for_campaign_page().get(pk=campaign.pk)
    if campaign.status != Campaign.Status.DRAFT:
        raise NotAllowed("begun")
    if campaign.ends_on < today:
        raise NotAllowed("over")
    seen = shown(campaign) | {"reach": drawing.reach(campaign, on=today)}
    subject = f"campaign:{campaign.pk}"
    return ask(kind="campaign", subject=subject, shown=seen, purpose=purpose, by=by, at=at)


def now(approval):
    """What would be shown now; whom it reaches was counted on the day it was proposed."""
    rows = Campaign.objects.for_campaign_page().filter(status=Campaign.Status.DRAFT)
    campaign = rows.filter(pk=approval.shown["campaign"]).first()
    return shown(campaign) | {"reach": approval.shown["reach"]} if campaign else {}


def draft_of(approval):
    """The locked draft that a proposal is about, or None."""
    rows = Campaign.objects.select_for_update().filter(status=Campaign.Status.DRAFT)
    return rows.filter(pk=approval.shown["campaign"]).first()


def decide(*, approval, by, at):
    """Let it begin; raises NotAllowed ("drafter", "gone")."""
    row = draft_of(approval)
    if row is None:
        raise NotAllowed("gone")
    if row.drafted_by_id == by.pk:
        raise NotAllowed("drafter")
    row.status, row.approved_by, row.approved_at = Campaign.Status.RUNNING, by, at
    row.save(update_fields=["status", "approved_by", "approved_at"])
    ledger.record(what="campaign.approved", target=row, by=by, at=at, detail={"campaign": str(row)})
    queue.nudge("campaigns")


@transaction.atomic
def stop(*, campaign, by, at):
    """End it now and withdraw what nobody has answered; raises NotAllowed ("right", "not_running")."""
    if not by.may("campaign.stop"):
        raise NotAllowed("right")
    row = Campaign.objects.select_for_update(no_key=True).get(pk=campaign.pk)
    if row.status != Campaign.Status.RUNNING:
        raise NotAllowed("not_running")
    row.status = Campaign.Status.STOPPED
    row.save(update_fields=["status"])
    withdrawn = Offer.objects.open().filter(campaign=row).update(status=Offer.Status.WITHDRAWN)
    detail = {"campaign": str(row), "withdrawn": withdrawn}
    ledger.record(what="campaign.stopped", target=row, by=by, at=at, detail=detail)
    return row


KIND = Kind(
    "campaign",
    _("campaign"),
    RIGHT,
    "campaign.approve",
    decide,
    now,
    refusals={
        "drafter": _("You drafted this; somebody else must approve it."),
        "gone": _("There is nothing such to decide any more."),
    },
    lock=draft_of,
)

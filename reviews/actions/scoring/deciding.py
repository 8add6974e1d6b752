"""What an officer proposes about the card, a second person decides: the draft, or an older version again."""

from django.utils.translation import gettext_lazy as _

from reviews.actions import rules
from reviews.domain import scoring
from reviews.models import Scorecard
from reviews.models.rules import Status
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed
from servicing.actions.controls import propose as ask
from servicing.actions.controls.desk import Kind
from servicing.gateways import queue

# What it is to put a version in force that is one of these.
ACTS = {Status.DRAFT.value: "activate", Status.RETIRED.value: "restore"}
DONE = {"activate": "scorecard.activated", "restore": "scorecard.restored"}
# One card judges, so one proposal about it waits at a time.
SUBJECT = "scorecard"


def told(card):
    """A version as the second person sees it, or None."""
    return card and {name: getattr(card, name) for name in ("number", "kind", "base", "bins", "bounds")}


def shown(card, act, effect):
    """What the second person sees: the card in force until then, and the one from then on."""
    return {
        "about": str(card),
        "act": act,
        "version": card.number,
        "before": told(Scorecard.objects.active().first()),
        "after": told(card),
        "drafted_by": str(card.drafted_by) if card.drafted_by else "",
        "effect": effect,
    }


def propose(*, number, effect, purpose, by, at):
    """Ask that a version be put in force, with its effect on the book as `recheck.effect` told it.

    The effect is frozen with its day: the next night must not undo what a person was about to decide.
    Raises NotAllowed ("right", "waits", "gone" where there is nothing such to decide), BadRule.
    """
    card = Scorecard.objects.filter(number=number, status__in=ACTS).first()
    if card is None:
        raise NotAllowed("gone")
    scoring.check(card.as_card())
    seen = shown(card, ACTS[card.status], effect)
    return ask(kind="scorecard", subject=SUBJECT, shown=seen, purpose=purpose, by=by, at=at)


def now(approval):
    seen = approval.shown
    card = Scorecard.objects.filter(number=seen["version"]).first()
    return shown(card, seen["act"], seen["effect"]) if card else {}


def decide(*, approval, by, at):
    """Do what was approved and make an edition of it; raises NotAllowed ("drafter", "gone")."""
    seen = approval.shown
    card = Scorecard.objects.filter(number=seen["version"]).first()
    if card is None or ACTS.get(card.status) != seen["act"]:
        raise NotAllowed("gone")
    if card.drafted_by_id == by.pk:
        raise NotAllowed("drafter")
    Scorecard.objects.active().update(status=Status.RETIRED, retired_at=at)
    card.status, card.activated_by, card.activated_at, card.retired_at = Status.ACTIVE, by, at, None
    card.save(update_fields=["status", "activated_by", "activated_at", "retired_at"])
    edition = rules.make(by=by, at=at)
    detail = {"version": card.number, "edition": edition.number, "approval": approval.pk}
    ledger.record(what=DONE[seen["act"]], target=card, by=by, at=at, detail=detail)
    queue.nudge("edition")


KIND = Kind(
    "scorecard",
    _("change of the scorecard"),
    "rule.draft",
    "rule.approve",
    decide,
    now,
    refusals=rules.KIND.refusals,
    lock=rules.lock,
)

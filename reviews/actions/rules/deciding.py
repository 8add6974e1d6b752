"""What an officer proposes about a rule, a second person decides: a draft, an older version, or none."""

import hashlib
import json
from dataclasses import asdict

from django.utils.translation import gettext_lazy as _

from reviews.actions.rules.drafting import lock
from reviews.actions.rules.editions import load
from reviews.domain import rules, scoring
from reviews.models import Edition, Rule, RuleVersion, Scorecard
from reviews.models.rules import Status
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed
from servicing.actions.controls import propose as ask
from servicing.actions.controls.desk import Kind
from servicing.gateways import queue

# Which versions each act may put in force; to retire puts none.
ACTS = {"activate": (Status.DRAFT,), "restore": (Status.RETIRED,), "retire": ()}
DONE = {"activate": "rule.activated", "restore": "rule.restored", "retire": "rule.retired"}


def told(version):
    """A version as the second person sees it, or None."""
    if version is None:
        return None
    names = ("number", "name_zh", "name_en", "conditions", "measure", "worse", "priority")
    return {name: getattr(version, name) for name in names}


def shown(rule, act, version):
    """What the second person sees: the version in force until then, and the one from then on."""
    after = rule.versions.select_related("drafted_by").get(number=version) if version else None
    drafter = after.drafted_by if after else None
    return {
        "about": f"{rule.code} v{version}" if version else rule.code,
        "rule": rule.code,
        "act": act,
        "version": version,
        "before": told(rule.versions.active().first()),
        "after": told(after),
        "drafted_by": str(drafter) if drafter else "",
    }


def propose(*, rule, act, purpose, by, at, version=None):
    """Ask that a version be put in force, or with act="retire" the rule out of it.

    Raises NotAllowed ("right", "waits", "gone" where there is nothing such to decide), BadRule.
    """
    if act == "retire":
        if version is not None or not rule.versions.active().exists():
            raise NotAllowed("gone")
    else:
        found = rule.versions.select_related("rule").filter(number=version, status__in=ACTS[act]).first()
        if found is None:
            raise NotAllowed("gone")
        rules.check(found.as_rule())
    subject, seen = f"rule:{rule.code}", shown(rule, act, version)
    return ask(kind="rule", subject=subject, shown=seen, purpose=purpose, by=by, at=at)


def now(approval):
    seen = approval.shown
    rule = Rule.objects.filter(code=seen["rule"]).first()
    if rule is None or (seen["version"] and not rule.versions.filter(number=seen["version"]).exists()):
        return {}
    return shown(rule, seen["act"], seen["version"])


def decide(*, approval, by, at):
    """Do what was approved and make an edition of it; raises NotAllowed ("drafter", "gone")."""
    seen = approval.shown
    rule = Rule.objects.get(code=seen["rule"])
    allowed = ACTS[seen["act"]]
    after = rule.versions.filter(number=seen["version"], status__in=allowed).first() if allowed else None
    if allowed and after is None:
        raise NotAllowed("gone")
    if after and after.drafted_by_id == by.pk:
        raise NotAllowed("drafter")
    rule.versions.active().update(status=Status.RETIRED, retired_at=at)
    if after:
        after.status, after.activated_by, after.activated_at, after.retired_at = Status.ACTIVE, by, at, None
        after.save(update_fields=["status", "activated_by", "activated_at", "retired_at"])
    edition = make(by=by, at=at)
    detail = {"rule": rule.code, "edition": edition.number, "approval": approval.pk}
    if after:
        detail["version"] = after.number
    ledger.record(what=DONE[seen["act"]], target=rule, by=by, at=at, detail=detail)
    queue.nudge("edition")


def make(*, by, at):
    """The next edition, of all that is in force at this moment; nothing is made that does not compile."""
    active = RuleVersion.objects.active().select_related("rule").order_by("rule__number")
    latest, row = Edition.objects.latest("number"), Scorecard.objects.active().first()
    words = [asdict(rules.check(version.as_rule())) for version in active]
    card = asdict(scoring.check(row.as_card())) if row else None
    digest = hashlib.sha256(json.dumps([words, card], sort_keys=True).encode()).hexdigest()
    edition = Edition.objects.create(
        number=latest.number + 1,
        activated_at=at,
        activated_by=by,
        versions=[version.pk for version in active],
        card=row,
        digest=digest,
    )
    load(edition.number, digest)
    return edition


KIND = Kind(
    "rule",
    _("change of a rule"),
    "rule.draft",
    "rule.approve",
    decide,
    now,
    refusals={
        "drafter": _("You drafted this; somebody else must put it in force."),
        "gone": _("There is nothing such to decide any more."),
    },
    lock=lock,
)

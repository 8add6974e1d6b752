"""An officer drafts: a new rule, the next version of one, or the own draft anew. A draft judges nobody."""

from django.db import connection, transaction
from django.db.models import Max

from reviews.domain import rules
from reviews.domain.rules import BadRule
from reviews.models import Rule, RuleVersion
from servicing.actions import ledger
from servicing.actions.controls import NotAllowed

RIGHT = "rule.draft"


def lock(_approval=None):
    """One change of what may judge at a time, until commit: numbers of rules and of editions follow."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('rules'), 0)")


@transaction.atomic
def begin(*, group, measure, worse, by, at, **words):
    """Draft a rule that the house has not yet; returns the draft.

    `words`: name_zh, name_en, conditions as JSON, priority. Raises NotAllowed ("right", "full"), BadRule.
    """
    if not by.may(RIGHT):
        raise NotAllowed("right")
    lock()
    number = (Rule.objects.aggregate(last=Max("number"))["last"] or 0) + 1
    if number not in rules.NUMBERS:
        raise NotAllowed("full")
    rule = Rule(code=f"rule_{number}", number=number, group=group)
    version = RuleVersion(rule=rule, number=1, measure=measure, worse=worse)
    write(version, words)
    rule.save(force_insert=True)
    return keep(version, by=by, at=at)


@transaction.atomic
def draft(*, rule, by, at, **words):
    """Draft the next version of a rule, or change the own draft; what it measures stays, so that answers do.

    Raises NotAllowed ("right", "drafter" where somebody else drafts, "unchanged"), BadRule.
    """
    if not by.may(RIGHT):
        raise NotAllowed("right")
    lock()
    newest = rule.versions.select_related("rule").order_by("-number").first()
    version = newest
    if newest.status != "draft":
        version = RuleVersion(
            rule=newest.rule, number=newest.number + 1, measure=newest.measure, worse=newest.worse
        )
    elif newest.drafted_by_id != by.pk:
        raise NotAllowed("drafter")
    write(version, words)
    active = rule.versions.active().first()
    if active and said(active) == said(version):
        raise NotAllowed("unchanged")
    return keep(version, by=by, at=at)


@transaction.atomic
def discard(*, rule, by, at):
    """Throw the draft of a rule away; a rule that never judged goes with it.

    Raises NotAllowed ("gone", "right" for anybody but its drafter and who decides).
    """
    lock()
    held = RuleVersion.objects.drafts().filter(rule__code=rule.code).first()
    if held is None:
        raise NotAllowed("gone")
    if held.drafted_by_id != by.pk and not by.may("rule.approve"):
        raise NotAllowed("right")
    detail = {"rule": rule.code, "version": held.number}
    ledger.record(what="rule.discarded", target=rule, by=by, at=at, detail=detail)
    held.delete()
    if not rule.versions.exists():
        rule.delete()


def write(version, words):
    """Put the words into a draft; raises BadRule for what no rule may say."""
    for name, longest in rules.NAMES.items():
        given = words[name].strip()
        if not 0 < len(given) <= longest:
            raise BadRule(name, given)
        setattr(version, name, given)
    version.conditions, version.priority = words["conditions"], words["priority"]
    rules.can_fire(rules.check(version.as_rule()))


def said(version):
    """All that a version says, to be compared with another."""
    return version.name_zh, version.name_en, version.conditions, version.priority


def keep(version, *, by, at):
    version.drafted_by, version.drafted_at = by, at
    version.save()
    detail = {"rule": version.rule.code, "version": version.number, "conditions": version.conditions}
    ledger.record(what="rule.drafted", target=version.rule, by=by, at=at, detail=detail)
    return version

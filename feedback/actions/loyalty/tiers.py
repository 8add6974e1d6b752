"""Tiers: drafted by one person, put in force by another, and judged for everybody in one statement a day."""

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.actions.loyalty import compiling
from feedback.domain import loyalty
from feedback.models import TierDay, TierRules
from reviews.actions.rules import KIND as RULES
from reviews.models.rules import Status
from servicing.actions import ledger, periods
from servicing.actions.controls import NotAllowed
from servicing.actions.controls import propose as ask
from servicing.actions.controls.desk import Kind
from servicing.gateways import queue

RIGHT = "tier.draft"

# Who stands higher than the numbers say keeps the tier until the day of the fall; who rises does so at once.
# `target` is how each borrower stands after today; only what differs is written.
TARGET = """
known as materialized ({known}),
judged as (select borrower_id, ({level})::smallint as level, {seen} as facts from known),
compared as (
    select j.*, s.level as level_before, s.facts as facts_before, s.rules_id as rules_before, s.since_on,
           s.falls_on, s.falls_to, s.falls_facts, s.falls_rules_id,
           coalesce(j.level < s.level and not coalesce(s.falls_on <= %(as_of)s::date, false), false) as stays
    from judged j left join feedback_standing s using (borrower_id)
),
target as (
    select borrower_id, level_before, since_on as since_before,
           case when stays then level_before else level end as level,
           case when stays then facts_before else facts end as facts,
           case when stays then rules_before else %(rules)s::bigint end as rules_id,
           case when level_before is null or not stays and level <> level_before then %(as_of)s::date
                else since_on end as since_on,
           case when stays then level end as falls_to,
           case when stays then coalesce(falls_on, %(as_of)s::date + %(cooldown)s::integer) end as falls_on,
           case when stays then facts end as falls_facts,
           case when stays then %(rules)s::bigint end as falls_rules_id,
           (facts_before, rules_before, falls_to, falls_facts, falls_rules_id) as was
    from compared
)"""
JUDGE = """
with {target},
written as (
    insert into feedback_standing (borrower_id, {columns})
    select borrower_id, {columns} from target
    where level_before is null
       or level <> level_before
       or (facts, rules_id, falls_to, falls_facts, falls_rules_id) is distinct from was
    on conflict (borrower_id) do update set ({columns}) = ({excluded})
),
changed as (
    insert into feedback_tierchange (borrower_id, "on", level_before, level, facts, rules_id)
    select borrower_id, %(as_of)s, coalesce(level_before, 0), level, facts, rules_id from target
    where level <> coalesce(level_before, 0)
    returning level > level_before as is_up
),
gone as (
    delete from feedback_standing s
    where not exists (select from servicing_borrowerhistory h where h.borrower_id = s.borrower_id)
)
select count(*) filter (where is_up), count(*) filter (where not is_up) from changed
"""
COLUMNS = (
    "level", "facts", "rules_id", "since_on", "falls_to", "falls_on", "falls_facts", "falls_rules_id"
)  # fmt: skip
CODES = tuple(fact.code for fact in loyalty.FACTS)


def _target(ladder):
    parts = {"known": compiling.known(), "level": compiling.level(ladder), "seen": compiling.seen(CODES)}
    return TARGET.format(**parts)


def _named(rules, *, on):
    cooldown = periods.value("tier.cooldown", on=on)
    return compiling.named(on=on) | {"rules": rules.pk, "cooldown": cooldown}


def statement(ladder):
    """The one statement that judges everybody."""
    excluded = ", ".join(f"excluded.{name}" for name in COLUMNS)
    return JUDGE.format(target=_target(ladder), columns=", ".join(COLUMNS), excluded=excluded)


@transaction.atomic
def judge(*, on, by, at):
    """Judge everybody as of a day by the rules in force, once; the TierDay, or None where it is done."""
    rules = TierRules.objects.active().get()
    day, is_new = TierDay.objects.get_or_create(on=on, rules=rules, defaults={"at": at})
    if not is_new:
        return None
    with connection.cursor() as cursor:
        # Two versions of one day, or two days, never write at once.
        cursor.execute("select pg_advisory_xact_lock(hashtext('tiers'), 0)")
        cursor.execute(statement(rules.as_ladder()), _named(rules, on=on))
        day.promoted, day.fallen = cursor.fetchone()
    day.save(update_fields=["promoted", "fallen"])
    detail = {"on": on.isoformat(), "version": rules.number, "up": day.promoted, "down": day.fallen}
    ledger.record(what="tiers.judged", target=day, by=by, at=at, detail=detail)
    return day


# Who rises or falls today by the rules in force as well, does so in any case.
EFFECT = """
with {target},
otherwise as (select borrower_id, {now} as by_now from known)
select count(*) filter (where level > greatest(coalesce(level_before, 0), by_now)),
       count(*) filter (where falls_to < by_now)
from target join otherwise using (borrower_id)"""


def effect(ladder, *, on):
    """{"up", "falling"}: how many would rise at once and how many would begin to fall, or fall lower, by
    these rules and not by those in force.
    """
    rules = TierRules.objects.active().get()
    text = EFFECT.format(target=_target(ladder), now=compiling.level(rules.as_ladder()))
    with connection.cursor() as cursor:
        cursor.execute(text, _named(rules, on=on))
        return dict(zip(("up", "falling"), cursor.fetchone(), strict=True))


@transaction.atomic
def draft(*, rungs, by, at):
    """Draft the next version, or change the own draft; raises NotAllowed ("right", "drafter", "unchanged"),
    BadCondition.
    """
    if not by.may(RIGHT):
        raise NotAllowed("right")
    _lock()
    said = {
        str(level): loyalty.written(conditions) for level, conditions in loyalty.ladder(rungs).rungs.items()
    }
    if TierRules.objects.active().get().rungs == said:
        raise NotAllowed("unchanged")
    version = TierRules.objects.drafts().first()
    if version is None:
        version = TierRules(number=TierRules.objects.aggregate(last=Max("number"))["last"] + 1)
    elif version.drafted_by_id != by.pk:
        raise NotAllowed("drafter")
    version.rungs, version.drafted_by, version.drafted_at = said, by, at
    version.save()
    ledger.record(what="tiers.drafted", target=version, by=by, at=at, detail={"version": version.number})
    return version


@transaction.atomic
def discard(*, by, at):
    """Throw the draft away; raises NotAllowed ("gone", "right" for anybody but who drafted or decides)."""
    _lock()
    version = TierRules.objects.drafts().first()
    if version is None:
        raise NotAllowed("gone")
    if version.drafted_by_id != by.pk and not by.may("tier.approve"):
        raise NotAllowed("right")
    ledger.record(what="tiers.discarded", target=version, by=by, at=at, detail={"version": version.number})
    version.delete()


def shown(version):
    """What the second person sees: the rules until then and from then on."""
    active = TierRules.objects.active().get()
    return {
        "about": str(version),
        "version": version.number,
        "before": {"number": active.number, "rungs": active.rungs},
        "after": {"number": version.number, "rungs": version.rungs},
        "drafted_by": str(version.drafted_by or ""),
    }


def propose(*, purpose, by, at):
    """Ask that the draft be put in force, with what it would change today; raises NotAllowed ("right",
    "waits", "gone").
    """
    version = TierRules.objects.drafts().select_related("drafted_by").first()
    if version is None:
        raise NotAllowed("gone")
    seen = shown(version) | {"effect": effect(version.as_ladder(), on=timezone.localdate(at))}
    return ask(kind="tiers", subject="tiers", shown=seen, purpose=purpose, by=by, at=at)


def now(approval):
    """What would be shown now; what it changes was counted on the day it was proposed."""
    version = TierRules.objects.drafts().filter(number=approval.shown["version"]).first()
    return shown(version) | {"effect": approval.shown["effect"]} if version else {}


def decide(*, approval, by, at):
    """Put the draft in force; everybody is judged by it at once. Raises NotAllowed ("drafter", "gone")."""
    version = TierRules.objects.drafts().filter(number=approval.shown["version"]).first()
    if version is None:
        raise NotAllowed("gone")
    if version.drafted_by_id == by.pk:
        raise NotAllowed("drafter")
    TierRules.objects.active().update(status=Status.RETIRED, retired_at=at)
    version.status, version.activated_by, version.activated_at = Status.ACTIVE, by, at
    version.save(update_fields=["status", "activated_by", "activated_at"])
    ledger.record(what="tiers.activated", target=version, by=by, at=at, detail={"version": version.number})
    queue.nudge("tiers")


def _lock(_approval=None):
    """One change of the rules at a time, until commit."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext('tier rules'), 0)")


KIND = Kind(
    "tiers",
    _("change of the tiers"),
    RIGHT,
    "tier.approve",
    decide,
    now,
    refusals=RULES.refusals,
    lock=_lock,
)

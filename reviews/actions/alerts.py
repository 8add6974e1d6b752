"""Lets alerts into the queue at the pace of the team, and keeps out rules that fire too often."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from reviews.actions import rules
from reviews.models import Case, RuleHold
from servicing.actions import ledger, periods, processing
from servicing.domain.privacy import blur, says_something


class NotAllowed(Exception):
    """An act that is refused; the message is a code that the page puts into words."""


# Of whom data is only kept, nothing is put before anybody.
RESTRICTED = processing.RESTRICTED.format(day="%(on)s::date")
# Ordinary alerts before the opening balance, then by priority, severity and age. Severities are numbers of
# one rule's own unit: only that of the most pressing alert is compared, which is the same rule's for both.
OPEN_CASES = f"""
insert into reviews_case (borrower_id, "group", status, priority, opened_at, opened_on, due_on)
select borrower_id, "group", 'open', max(priority), %(at)s, %(on)s, %(due)s
from reviews_alert a
where status = 'waiting' and rule <> all(%(held)s) and borrower_id not in ({RESTRICTED})
  and not exists (select 1 from reviews_case c where c.status = 'open'
                  and c.borrower_id = a.borrower_id and c."group" = a."group")
group by borrower_id, "group"
order by bool_and(is_opening), max(priority) desc,
         (array_agg(severity order by priority desc))[1] desc, min(id)
limit %(room)s
on conflict (borrower_id, "group") where status = 'open' do nothing
returning id
"""  # noqa: S608

# A judgement may close an alert between the choice of its case and its lock.
CLOSE_UP = """
delete from reviews_case c where id = any(%(opened)s::bigint[])
  and not exists (select 1 from reviews_alert a where a.case_id = c.id)
"""

# From the few open cases to their alerts; `offset 0` keeps the planner from looking at all that wait.
FIND_JOINING = f"""
select a.id from reviews_case c cross join lateral (
    select id, status, rule from reviews_alert
    where borrower_id = c.borrower_id and "group" = c."group" offset 0) a
where c.status = 'open' and a.status = 'waiting' and a.rule <> all(%(held)s)
  and c.borrower_id not in ({RESTRICTED})
"""  # noqa: S608

# Locked in the order of the alerts' ids, like everywhere; a case that somebody decides right now is left out.
JOIN_CASES = """
with joining as materialized (
    select a.id, c.id as case_id
    from reviews_alert a
    join reviews_case c on c.status = 'open' and c.borrower_id = a.borrower_id and c."group" = a."group"
    where a.status = 'waiting' and a.id = any(%(joining)s::bigint[])
    order by a.id for update of a for share of c skip locked
), joined as (
    update reviews_alert a set status = 'open', case_id = j.case_id from joining j where j.id = a.id
    returning a.case_id, a.priority
), raised as (
    update reviews_case c set priority = j.priority
    from (select case_id, max(priority) as priority from joined group by case_id) j
    where j.case_id = c.id and j.priority > c.priority
)
select count(*) from joined
"""


@transaction.atomic
def release(*, by, at, on):
    """Open cases up to what the team can take today, and put every alert into the open case of its group.

    Returns {"cases", "joined"}; alerts of a held rule go on waiting.
    """
    with connection.cursor() as cursor:
        # Two releases at once would each see the whole room.
        cursor.execute("select pg_advisory_xact_lock(hashtext('alerts.release'))")
        held = list(RuleHold.objects.standing().values_list("rule", flat=True))
        parameters = {"held": held, "at": at, "on": on, "room": room(on=on)}
        opened = []
        if parameters["room"]:
            parameters["due"] = periods.due(on, days=periods.value("case.due", on=on))
            cursor.execute(OPEN_CASES, parameters)
            opened = [row[0] for row in cursor]
        joined = 0
        cursor.execute(FIND_JOINING, parameters)
        if ids := [row[0] for row in cursor]:
            cursor.execute(JOIN_CASES, {"joining": ids})
            (joined,) = cursor.fetchone()
        cases = len(opened)
        if opened:
            cursor.execute(CLOSE_UP, {"opened": opened})
            cases -= cursor.rowcount
    result = {"cases": cases, "joined": joined}
    if cases or joined:
        ledger.record(what="alerts.released", by=by, at=at, detail=result)
    return result


def room(*, on):
    """How many more cases the team can take; days off share the capacity of the working day before them."""
    since = on
    while periods.due(since - timedelta(days=1), days=1) != since:
        since -= timedelta(days=1)
    opened = Case.objects.filter(opened_on__gte=since, opened_on__lte=on).count()
    return max(periods.value("queue.daily_capacity", on=on) - opened, 0)


def too_many(fired, *, borrowers, on):
    """The rules in force that fire on too large a share of these borrowers: {rule: how often}."""
    limit, in_force = periods.value("alert.held_above", on=on), rules.current().by_code
    return {rule: n for rule, n in sorted(fired.items()) if rule in in_force and n * 100 > limit * borrowers}


def hold(*, run, fired, borrowers, by, at):
    """Keep rules that fired on too large a share of a run out of the queue; once let, a rule stays let.

    A new version of a rule is measured anew; codes that the house no longer has are passed over.
    """
    in_force = rules.current().by_code
    for rule, count in too_many(fired, borrowers=borrowers, on=timezone.localdate(at)).items():
        held, is_new = RuleHold.objects.get_or_create(
            rule=rule,
            version=in_force[rule].version,
            defaults={"run": run, "fired": count, "borrowers": borrowers, "held_at": at},
        )
        if is_new:
            ledger.record(
                what="rule.held",
                target=held,
                by=by,
                at=at,
                detail={"rule": rule, "version": held.version, "fired": count, "borrowers": borrowers},
            )


@transaction.atomic
def let(*, rule, reason, by, at):
    """Release a held rule to the queue; raises NotAllowed ("right", "reason", "rule", "released")."""
    if not by.may("rule.release"):
        raise NotAllowed("right")
    if not says_something(reason):
        raise NotAllowed("reason")
    held = RuleHold.objects.current().select_for_update().filter(rule=rule).first()
    if held is None:
        raise NotAllowed("rule")
    if held.released_at is not None:
        raise NotAllowed("released")
    held.released_at, held.released_by, held.reason = at, by, blur(reason)
    held.save(update_fields=["released_at", "released_by", "reason"])
    ledger.record(
        what="rule.released", target=held, by=by, at=at, detail={"rule": rule, "version": held.version}
    )
    release(by=by, at=at, on=timezone.localdate(at))
    return held

"""Judges borrowers as of a day: one statement writes their snapshots and moves their alerts.

The nightly run, the single borrower and the borrower whose event just came in share the text; they differ
in the condition on the borrower id. It compares states, so that judging twice changes nothing.
"""

import json
from datetime import timedelta
from functools import lru_cache

from django.db import connection
from django.utils import timezone
from psycopg import Cursor
from psycopg.types.numeric import Int8

from reviews.actions import features, rules, scoring
from reviews.actions.recheck import telling
from reviews.actions.recheck.finished import days, first_day, newest_day
from reviews.domain.features import FEATURES
from reviews.models import Snapshot

# Borrower ids that share one lock; shards are cut at its multiples, so that no two of them share one.
BUCKET = 200
# Days that a payoff may take to reach us: one that is older was imported as history, not late as news.
NEWS = 7
# Up to so many ids, nested loops are the better plan.
FEW = 10

# What the features of an edition's rules and card come to, and until when.
JUDGED = """
judged as materialized (
    select *, {fired} as fired, {score} as score, %(as_of)s::date + least(edge, {ticks}) as holds_until
    from features
)"""
JUDGE = """
with {features},
{judged},
written as (
    insert into reviews_snapshot as old (as_of, borrower_id, {columns}, edition, judged_at)
    select %(as_of)s::date, borrower_id, {values}, %(edition)s, %(at)s from judged
    {again}
),
{ended}
{told}
firing as materialized (
    select borrower_id, {code} as rule, {version} as rule_version, {group} as "group", {priority} as priority,
           {severity} as severity, {conditions} as conditions, {seen} as seen
    from (select *, unnest(fired) as number from judged where cardinality(fired) > 0) as each
),
-- Locked in the order of their ids, as everybody does who changes several alerts.
changes as materialized (
    select a.id, f.rule is null as is_gone, f.severity, f.rule_version, f."group", f.priority,
           case when f.rule is not null then {evidence} end as evidence
    from reviews_alert a left join firing f on f.borrower_id = a.borrower_id and f.rule = a.rule
    where %(moves)s and a.status <> 'closed' and a.borrower_id {who}
      and (f.rule is null or a.rule_version <> f.rule_version
           or a.latest -> 'values' is distinct from f.seen)
      and a.borrower_id not in (select borrower_id from restricted)
      and not exists (select 1 from reviews_snapshot n
                      where n.as_of > %(as_of)s::date and n.borrower_id = a.borrower_id)
    order by a.id for update of a
),
changed as (
    update reviews_alert a set
        status = case when c.is_gone then 'closed' when {worse} then 'waiting' else a.status end,
        case_id = case when {worse} then null else a.case_id end,
        closed_on = case when c.is_gone then %(as_of)s::date end,
        severity = coalesce(c.severity, a.severity),
        rule_version = coalesce(c.rule_version, a.rule_version),
        "group" = coalesce(c."group", a."group"),
        priority = coalesce(c.priority, a.priority),
        latest = coalesce(c.evidence, a.latest),
        refreshed_on = case when c.is_gone then a.refreshed_on else %(as_of)s::date end
    from changes c where c.id = a.id and a.status <> 'closed' and a.borrower_id {who}
    returning c.is_gone
),
opened as (
    insert into reviews_alert (borrower_id, rule, rule_version, "group", status, severity, priority,
                               is_opening, evidence, latest, opened_on, refreshed_on)
    select f.borrower_id, f.rule, f.rule_version, f."group", 'waiting', f.severity, f.priority,
           %(newest)s::date is null
               or coalesce((select h.first_settled_on < %(newest)s::date - %(news)s::integer
                            from servicing_borrowerhistory h where h.borrower_id = f.borrower_id), false)
               and (select coalesce(p.holds_until > %(newest)s::date, true) from reviews_snapshot p
                    where p.as_of between %(since_newest)s::date and %(newest)s::date
                      and p.borrower_id = f.borrower_id
                    order by p.as_of desc limit 1) is not true,
           evidence, evidence, %(as_of)s::date, %(as_of)s::date
    from (select *, {evidence} as evidence from firing f) as f
    where %(moves)s
      and not exists (select 1 from reviews_alert a where a.borrower_id = f.borrower_id and a.rule = f.rule
                      and a.status <> 'closed' and a.borrower_id {who})
      and not exists (select 1 from reviews_snapshot n
                      where n.as_of > %(as_of)s::date and n.borrower_id = f.borrower_id)
    order by f.borrower_id, f.priority desc, f.rule
    on conflict (borrower_id, rule) where status <> 'closed' do nothing
    returning 1
)
select (select count(*) from judged),
       (select count(*) from opened),
       (select count(*) from changed where not is_gone),
       (select count(*) from changed where is_gone),
       (select coalesce(jsonb_object_agg(rule, n), '{{}}')
        from (select rule, count(*) as n from firing group by rule) as counted),
       {digest}
"""

# A range in which nobody has a row of the day yet is written without looking for one.
AGAIN = """on conflict (as_of, borrower_id) do update set
        ({columns}, edition, judged_at) = ({excluded}, excluded.edition, excluded.judged_at)
    where ({old}, old.edition) is distinct from ({excluded}, excluded.edition)"""
# Of whom there is nothing to judge any more: what was judged last holds no longer. A past day that is judged
# again ends nothing, for who is restricted today stood on the days since.
ENDED = """ended as (
    update reviews_snapshot s set holds_until = greatest(%(ends)s::date, s.as_of + 1)
    where %(moves)s and s.as_of between %(since)s::date and %(as_of)s::date and s.borrower_id {who}
      and coalesce(s.holds_until > greatest(%(ends)s::date, s.as_of + 1), true)
      and not exists (select 1 from judged j where j.borrower_id = s.borrower_id)
),"""
# Answered means answered for as bad as it was; worse comes back into the line, out of its closed case.
WORSE = "(not c.is_gone and a.status = 'answered' and c.severity > a.answered_severity)"


# What a judgement says of a borrower; the product is that of the loan settled last.
COLUMNS = (*(feature.code for feature in FEATURES), "fired", "score", "product_id", "holds_until")
# What was judged one by one has a digest of its own.
DIGEST = "(select sum(hash_record_extended(judged, 0))::text from judged)"
# A whole range that is judged anew is how it stands, so the statement says that, too.
STANDING = """
standing as not materialized (
    select *, last_product_id as product_id, %(as_of)s::date as as_of, %(edition)s as edition from judged
),"""
# What a rule saw. Alerts are many and few change, so it is made of those alone.
EVIDENCE = """jsonb_build_object('as_of', %(as_of)s::date, 'version', f.rule_version,
                              'conditions', f.conditions, 'values', f.seen)"""


def judged(ruleset):
    """The part of the statement that makes judgements of features."""
    fired, score = rules.fired(ruleset.rules), scoring.score(ruleset.card)
    return JUDGED.format(fired=fired, score=score, ticks=rules.ticks(ruleset))


@lru_cache(maxsize=16)
def text(who, ruleset, is_anew=False, is_first=False, is_one_day=False):
    """The statement for a condition on a borrower id, by the rules and the card of one edition.

    A range that is judged anew also says how it stands; `is_first` where nobody has a row of the day yet.
    """
    every = ruleset.rules

    def listed(prefix=""):
        return ", ".join(prefix + name for name in COLUMNS)

    told, digest = "", DIGEST if who == features.IDS else "null"
    if is_anew:
        shared = telling.shared(ruleset, is_one_day=is_one_day, is_anew=True)
        told, digest = f"{STANDING}{shared},", f"(select {telling.DIGEST} from standing)"  # noqa: S608
    again = AGAIN.format(columns=listed(), old=listed("old."), excluded=listed("excluded."))
    return JUDGE.format(
        features=features.compiled(who),
        judged=judged(ruleset),
        who=who,
        columns=listed(),
        values=listed().replace("product_id", "last_product_id"),
        again="" if is_first else again,
        ended="" if is_first else ENDED.format(who=who),
        told=told,
        worse=WORSE,
        digest=digest,
        evidence=EVIDENCE,
        code=rules.by_rule(lambda rule: f"'{rule.code}'", every, otherwise="null::text"),
        version=rules.by_rule(lambda rule: f"{rule.version:d}", every, otherwise="null::integer"),
        group=rules.by_rule(lambda rule: f"'{rule.group}'", every, otherwise="null::text"),
        priority=rules.by_rule(lambda rule: f"{rule.priority:d}", every, otherwise="null::integer"),
        severity=rules.by_rule(rules.severity, every, otherwise="null::integer"),
        conditions=rules.by_rule(rules.conditions, every, otherwise="null::jsonb"),
        seen=rules.by_rule(rules.seen, every, otherwise="null::jsonb"),
    )


def judge(*, as_of, at, low=None, high=None, ids=None, shard=None):
    """Judge a range of ids or some ids in the caller's transaction, which holds their lock; returns counts.

    A day older than the newest finished run, or than a borrower's newest snapshot, moves no alert.
    An alert is part of the opening balance when there was no such run yet, or when it should have judged the
    borrower and did not know him: his history, more than NEWS days old by then, was imported after it.
    With a shard the range is judged anew: no row of an older day will ever stand again, and how the range
    stands is written as that shard's share of the day.
    """
    newest, since_newest, since_anew = days(as_of)
    ruleset = rules.current()
    who, is_anew = features.IDS if ids is not None else features.RANGE, shard is not None
    is_first = is_anew and not has_rows(as_of, low=low, high=high)
    before = newest_day(before=as_of) if is_anew else None
    since_before = before and first_day(before)
    parameters = features.parameters(as_of=as_of, on=timezone.localdate(at)) | {
        "low": low,
        "high": high,
        # Numbers of one size, whatever they are: a statement is planned for the types of its parameters.
        "ids": ids and [Int8(pk) for pk in ids],
        "at": at,
        "edition": ruleset.edition,
        "newest": newest,
        "since_newest": since_newest,
        "news": NEWS,
        "since": as_of if is_anew else since_anew,
        "shard": shard,
        "before": before,
        "since_before": since_before,
        # Where the day was judged before he dropped out of it, he stood on it.
        "ends": as_of + timedelta(days=newest is not None and newest >= as_of),
        "moves": newest is None or newest <= as_of,
    }
    run = run_for_few if ids is not None and len(ids) <= FEW else run_for_many
    statement = text(who, ruleset, is_anew, is_first, since_before == before)
    borrowers, opened, refreshed, closed, fired, digest = run(statement, parameters)
    return {
        "borrowers": borrowers,
        "snapshots": borrowers,
        "judged": borrowers,
        "opened": opened,
        "refreshed": refreshed,
        "closed": closed,
        "fired": json.loads(fired),
        "digest": digest or "",
        "edition": ruleset.edition,
    }


def run_for_many(statement, parameters):
    """Fresh tables have no statistics, and then nested loops over a CTE take minutes where a hash join takes
    milliseconds. Forbidden plans look so dear that they would trigger the compiler, which costs more than it
    saves.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local jit = off; set local enable_nestloop = off")
        cursor.execute(statement, parameters)
        found = cursor.fetchone()
        cursor.execute("set local enable_nestloop = on")
    return found


def run_for_few(statement, parameters):
    """For a few ids nested loops are the better plan, and one plan is as good for all of them: the server
    makes it once a connection, for to make it takes longer than to follow it.
    """
    with connection.cursor() as cursor:
        cursor.execute("set local jit = off; set local plan_cache_mode = force_generic_plan")
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.execute(statement, parameters, prepare=True)
        return cursor.fetchone()


def has_rows(day, *, low, high):
    """Whether anybody of a range was judged as of the day."""
    return Snapshot.objects.on(day).filter(borrower__gte=low, borrower__lte=high).exists()


def lock(*, ids, shared):
    """Hold the buckets of these ids until commit, in one order for all: a shard alone, events together."""
    call = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute(
            f"select {call}(hashtext('recheck'), bucket) from unnest(%s::integer[]) as bucket",  # noqa: S608
            [sorted({number // BUCKET for number in ids})],
        )


def make_room(as_of):
    """The partition of the day; made before any judging, because making it locks the whole table."""
    with connection.cursor() as cursor:
        cursor.execute("select snapshot_partition(%s)", [as_of])

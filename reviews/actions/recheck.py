"""Judges borrowers as of a day: one statement writes their snapshots and moves their alerts.

The nightly run, the single borrower and the borrower whose event just came in share the text; they differ
in the condition on the borrower id. It compares states, so that judging twice changes nothing.
"""

import json
import time
from datetime import date
from functools import cache

from django.db import connection, transaction
from django.db.models import Count, F
from django.utils import timezone

from reviews.actions import alerts, features, rules
from reviews.domain.features import FEATURES
from reviews.domain.rules import VERSION
from servicing.actions import jobs, ledger, periods
from servicing.gateways import queue
from servicing.models import BorrowerHistory, Run, Shard, Stamp

KIND = "recheck"
# Borrower ids that share one lock; shards are cut at its multiples, so that no two of them share one.
BUCKET = 200
# Stamped borrowers judged in one transaction.
HANDFUL = 200

JUDGE = """
with {features},
judged as materialized (select *, {fired} as fired from features),
written as (
    insert into reviews_snapshot as old (as_of, borrower_id, {columns}, fired, rules_version, judged_at)
    select %(as_of)s::date, borrower_id, {columns}, fired, %(version)s, %(at)s from judged
    on conflict (as_of, borrower_id) do update set
        ({columns}, fired, rules_version, judged_at)
        = ({excluded}, excluded.fired, excluded.rules_version, excluded.judged_at)
    where ({old}, old.fired, old.rules_version)
        is distinct from ({excluded}, excluded.fired, excluded.rules_version)
),
firing as materialized (
    select borrower_id, rule, {version} as rule_version, {group} as "group", {priority} as priority,
           {severity} as severity, {evidence} as evidence
    from (select *, unnest(fired) as rule from judged) as each
),
-- Locked in the order of their ids, as everybody does who changes several alerts.
changes as materialized (
    select a.id, f.rule is null as is_gone, f.severity, f.evidence, f.rule_version
    from reviews_alert a left join firing f on f.borrower_id = a.borrower_id and f.rule = a.rule
    where %(moves)s and a.status <> 'closed' and a.borrower_id {who}
      and (f.rule is null or a.latest - 'as_of' is distinct from f.evidence - 'as_of')
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
        latest = coalesce(c.evidence, a.latest),
        refreshed_on = case when c.is_gone then a.refreshed_on else %(as_of)s::date end
    from changes c where c.id = a.id and a.status <> 'closed' and a.borrower_id {who}
    returning c.is_gone
),
opened as (
    insert into reviews_alert (borrower_id, rule, rule_version, "group", status, severity, priority,
                               is_opening, evidence, latest, opened_on, refreshed_on)
    select f.borrower_id, f.rule, f.rule_version, f."group", 'waiting', f.severity, f.priority, %(opening)s,
           f.evidence, f.evidence, %(as_of)s::date, %(as_of)s::date
    from firing f
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
       (select encode(sha256(convert_to(coalesce(string_agg(judged::text, ' ' order by borrower_id), ''),
                                        'UTF8')), 'hex') from judged)
"""

# Answered means answered for as bad as it was; worse comes back into the line, out of its closed case.
WORSE = "(not c.is_gone and a.status = 'answered' and c.severity > a.answered_severity)"


class Stuck(Exception):
    """Shards of the run are set aside; a person has to look."""


@cache
def text(who):
    """The statement for a condition on a borrower id."""

    def listed(prefix=""):
        return ", ".join(prefix + feature.code for feature in FEATURES)

    return JUDGE.format(
        features=features.compiled(who),
        who=who,
        fired=rules.fired(),
        columns=listed(),
        old=listed("old."),
        excluded=listed("excluded."),
        worse=WORSE,
        version=rules.by_rule(lambda rule: f"{rule.version:d}"),
        group=rules.by_rule(lambda rule: f"'{rule.group}'"),
        priority=rules.by_rule(lambda rule: f"{rule.priority:d}"),
        severity=rules.by_rule(rules.severity),
        evidence=rules.by_rule(rules.evidence),
    )


def whole_runs():
    """Runs over all borrowers that have come to their end."""
    return Run.objects.filter(kind=KIND, status=Run.Status.DONE, params__borrower=None)


def judge(*, as_of, at, low=None, high=None, ids=None):
    """Judge a range of ids or some ids in the caller's transaction, which holds their lock; returns counts.

    A day older than the newest finished run, or than a borrower's newest snapshot, moves no alert.
    """
    who = features.IDS if ids is not None else features.RANGE
    parameters = features.parameters(as_of=as_of, on=timezone.localdate(at)) | {
        "low": low,
        "high": high,
        "ids": ids,
        "at": at,
        "version": VERSION,
        "opening": not whole_runs().exists(),
        "moves": not whole_runs().filter(params__as_of__gt=as_of.isoformat()).exists(),
    }
    with connection.cursor() as cursor:
        # Fresh tables have no statistics, and then nested loops over a CTE take minutes where a hash join
        # takes milliseconds; for a few ids it is the other way round. Forbidden plans look so dear that
        # they would trigger the compiler, which costs more than it saves.
        cursor.execute("set local jit = off")
        cursor.execute(f"set local enable_nestloop = {'on' if ids is not None else 'off'}")
        cursor.execute(text(who), parameters)
        borrowers, opened, refreshed, closed, fired, digest = cursor.fetchone()
        cursor.execute(
            f"select count(*) from reviews_snapshot where as_of = %(as_of)s and borrower_id {who}",  # noqa: S608
            parameters,
        )
        (snapshots,) = cursor.fetchone()
        cursor.execute("set local enable_nestloop = on")
    return {
        "borrowers": borrowers,
        "snapshots": snapshots,
        "opened": opened,
        "refreshed": refreshed,
        "closed": closed,
        "fired": json.loads(fired),
        "digest": digest,
    }


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


def start(*, as_of, by, at, borrower=None, slot=None):
    """Plan a recheck of all borrowers settled by the day, or of one; returns the run.

    A scheduled run names its slot, so that it is planned once; without one each call is a run of its own.
    """
    make_room(as_of)
    settled = BorrowerHistory.objects.filter(first_settled_on__lte=as_of)
    if borrower is not None:
        ids = list(settled.filter(pk=borrower.pk).values_list("pk", flat=True))
        shards = [({"ids": ids}, 1)] if ids else []
    else:
        shards = cut(settled, on=timezone.localdate(at))
    params = {"as_of": as_of.isoformat(), "borrower": borrower and borrower.reference}
    number = Run.objects.filter(kind=KIND, slot__startswith=as_of.isoformat()).count()
    is_new = False
    while not is_new:
        number += 1
        run, is_new = jobs.plan(
            kind=KIND, slot=slot or f"{as_of}#{number}", params=params, shards=shards, by=by, at=at
        )
        if slot:
            break
    queue.nudge(KIND)
    return run


def cut(settled, *, on):
    """Shards of about `recheck.shard` ids, a multiple of the bucket: [({"low", "high"}, borrowers)]."""
    width = -(-periods.value("recheck.shard", on=on) // BUCKET) * BUCKET
    counted = (
        settled.annotate(shard=F("pk") / width).values("shard").annotate(size=Count("pk")).order_by("shard")
    )
    return [
        ({"low": row["shard"] * width, "high": (row["shard"] + 1) * width - 1}, row["size"])
        for row in counted
    ]


def do(shard, *, by, at):
    """One shard of a run, in the transaction of its lease: snapshots, alerts, stamps, one ledger row."""
    as_of = date.fromisoformat(shard.run.params["as_of"])
    began = time.perf_counter()
    ids = shard.params.get("ids")
    span = {"ids": ids} if ids is not None else {k: shard.params[k] for k in ("low", "high")}
    lock(ids=ids if ids is not None else range(span["low"], span["high"] + 1, BUCKET), shared=False)
    if as_of == timezone.localdate(at):
        # Before the facts are read: whatever is stamped later is not seen by the statement and stays.
        within = {"pk__in": ids} if ids is not None else {"pk__gte": span["low"], "pk__lte": span["high"]}
        unstamp(Stamp.objects.filter(**within))
    result = judge(as_of=as_of, at=at, **span)
    ledger.record(what="recheck.judged", target=shard, by=by, at=at, detail=result)
    return result | {"seconds": round(time.perf_counter() - began, 3)}


def unstamp(stamps):
    """Take stamps away and return their borrowers; those that somebody else is at are left to them."""
    ids = list(stamps.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Stamp.objects.filter(pk__in=ids).delete()
    return ids


def work(*, by, at, run=None, limit=None):
    """Do shards until none is left, then finish what is complete; returns how many were done."""
    done = jobs.work(
        kind=KIND,
        do=lambda shard: do(shard, by=by, at=at),
        on=timezone.localdate(at),
        run=run,
        limit=limit,
    )
    running = Run.objects.filter(kind=KIND, status=Run.Status.RUNNING)
    for each in running.filter(pk=run.pk) if run else running:
        finish(each, by=by, at=at)
    return done


@transaction.atomic
def finish(run, *, by, at):
    """Close a run whose shards are all done, hold noisy rules, fill the queue; True for one caller."""
    totals, fired = dict.fromkeys(("borrowers", "snapshots", "opened", "refreshed", "closed"), 0), {}
    newest = run.started_at
    for shard in run.shards.filter(status=Shard.Status.DONE).iterator():
        totals = {name: count + shard.result[name] for name, count in totals.items()}
        newest = max(newest, shard.done_at)
        for rule, count in shard.result["fired"].items():
            fired[rule] = fired.get(rule, 0) + count
    seconds = round((newest - run.started_at).total_seconds(), 2)
    result = {"as_of": run.params["as_of"], **totals, "seconds": seconds, "fired": fired}
    is_newest = not whole_runs().filter(params__as_of__gt=run.params["as_of"]).exists()
    if not jobs.finish(run, result=result, by=by, at=at):
        return False
    if is_newest and run.params["borrower"] is None:
        alerts.hold(run=run, fired=fired, borrowers=totals["borrowers"], by=by, at=at)
    alerts.release(by=by, at=at, on=timezone.localdate(at))
    return True


def run(*, as_of, by, at, borrower=None):
    """Recheck now, in this process and whoever helps; returns the finished run. Raises Stuck."""
    planned = start(as_of=as_of, by=by, at=at, borrower=borrower)
    while True:
        work(by=by, at=at, run=planned)
        planned.refresh_from_db()
        if planned.status == Run.Status.DONE:
            return planned
        jobs.quarantine(by=by, at=at, on=timezone.localdate(at))
        if jobs.progress(planned)["quarantined"]:
            raise Stuck(planned)
        # Somebody else holds a shard: its row will say when it is done, or its lease runs out.
        time.sleep(0.2)


def judge_dirty(*, by, at, limit=10_000):
    """Judge the stamped borrowers again as of today, a handful a transaction; returns how many."""
    if not whole_runs().exists() or not Stamp.objects.exists():
        return 0
    as_of, count = timezone.localdate(at), 0
    make_room(as_of)
    while count < limit and (found := handful(as_of=as_of, by=by, at=at, size=min(HANDFUL, limit - count))):
        count += found
    alerts.release(by=by, at=at, on=as_of)
    return count


@transaction.atomic
def handful(*, as_of, by, at, size):
    """Claim stamps, oldest first, and judge their borrowers; the stamps go when the judgement stays."""
    ids = sorted(unstamp(Stamp.objects.order_by("stamped_at", "pk")[:size]))
    if ids:
        lock(ids=ids, shared=True)
        result = judge(as_of=as_of, at=at, ids=ids)
        ledger.record(what="recheck.rejudged", by=by, at=at, detail=result)
    return len(ids)


def newest_day():
    """The day of the newest finished run over all borrowers, or None."""
    run = whole_runs().order_by("-params__as_of").first()
    return run and date.fromisoformat(run.params["as_of"])

"""The text of the statement by which borrowers are judged.

It is the same for a whole range, for the single borrower and for the borrower whose event just came in, but
for the condition on the borrower id; a whole range also says how it stands.
"""

from functools import lru_cache

from psycopg import sql

from reviews.actions import features, rules, scoring
from reviews.actions.recheck import telling
from reviews.domain.features import FEATURES

# The days that a text names; by them the server knows which partitions it looks into.
DAYS = ("as_of", "since", "newest", "since_newest", "ends")

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
def text(who, ruleset, spans=None, is_first=False, is_one_day=False):
    """The statement for a condition on a borrower id, by the rules and the card of one edition.

    With the spans of all cards a range is judged anew and also says how it stands; `is_first` where nobody
    has a row of the day yet.
    """
    every = ruleset.rules

    def listed(prefix=""):
        return ", ".join(prefix + name for name in COLUMNS)

    told, digest = "", DIGEST if who == features.IDS else "null"
    if spans is not None:
        shared = telling.shared(ruleset, spans, is_one_day=is_one_day, is_anew=True)
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


def dated(text, parameters):
    """A text with its days written out: so its plan, made once a day, knows what partitions it looks into."""
    for name in DAYS:
        text = text.replace(f"%({name})s", sql.Literal(parameters[name]).as_string())
    return text

"""What others know of borrowers comes in, many observations at once and each once, and is taken back."""

from datetime import date

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import ledger
from servicing.actions.archive.chunk import Chunk
from servicing.actions.archive.histories import stamp
from servicing.actions.archive.holding import Differs, hold
from servicing.actions.archive.knowledge import is_history, known_on, opened
from servicing.gateways import queue
from servicing.models import Observation, Source

# In the order of ObservationFacts.
FACTS = "external_id kind lender observed_on ended_on amount days".split()

# By which rows the newest word of each lender is told from its older ones; an older one stood until the first
# newer one was known.
PLACED = """
with touched as (
    select distinct borrower_id, source_id, kind, lender from servicing_observation
    where source_id = %(source)s and {which}
), numbered as (
    select o.*, row_number() over newer as place, min(o.known_on) over (
        newer rows between unbounded preceding and 1 preceding) as first_known
    from servicing_observation o join touched using (borrower_id, source_id, kind, lender)
    where o.withdrawn_on is null
    window newer as (partition by o.borrower_id, o.kind, o.lender order by o.observed_on desc, o.id desc)
), placed as (
    select *, case when place > 1 then greatest(known_on, first_known) end as stood_until from numbered
), moved as (
    select * from placed where superseded_on is distinct from stood_until
)"""
SUPERSEDE = f"""{PLACED.format(which="external_id = any(%(numbers)s) and withdrawn_on is null")}
update servicing_observation o set superseded_on = m.stood_until from moved m where m.id = o.id
"""  # noqa: S608 - our own names
# Nothing on the day on which the source was opened: of its history none was known before.
WITHDRAW = """
update servicing_observation set withdrawn_on = greatest(coalesce(restored_on, known_on), %(day)s::date)
where source_id = %(source)s and id = any(%(ids)s) and withdrawn_on is null
"""
# What they had superseded stands again; for the days before, a copy tells how it stood then.
RESTORE = f"""{PLACED.format(which="id = any(%(ids)s)")}, kept as (
    insert into servicing_observation (borrower_id, source_id, external_id, kind, lender, observed_on,
        ended_on, amount, days, known_on, superseded_on, restored_on, arrived_at, withdrawn_on)
    select borrower_id, source_id, external_id, kind, lender, observed_on,
        ended_on, amount, days, known_on, superseded_on, restored_on, arrived_at, %(day)s::date
    from moved where %(day)s::date > coalesce(restored_on, known_on)
)
update servicing_observation o set superseded_on = m.stood_until, restored_on = case
    when %(day)s::date > coalesce(o.restored_on, o.known_on) then %(day)s::date else o.restored_on end
from moved m where m.id = o.id
"""  # noqa: S608 - our own names


class NotAllowed(Exception):
    """A source that may not tell of borrowers; the message is a code."""


def teller(code):
    """The source with this code; raises NotAllowed where nobody has entered it, or no licence of it."""
    source = Source.objects.filter(code=code or "").first()
    if source is None:
        raise NotAllowed("no_source")
    if not source.licence:
        raise NotAllowed("no_licence")
    return source


@transaction.atomic
def observe(*, source, facts, target, by, at):
    """Write what a source said: `facts` are (borrower id, ObservationFacts); returns how many were new.

    What is on file and says the same changes nothing; raises Differs ("observation") where it says something
    else. `target` is the row that the entry in the trail is about.
    """
    source = opened(source, at=at)
    hold({pk for pk, _ in facts})
    new = fresh(source, facts)
    if not new:
        return 0
    chunk = Chunk()
    chunk.write(
        Observation,
        ("source_id", "arrived_at", "known_on", "borrower_id", *FACTS),
        (
            (source.pk, at, known_on(source, told.observed_on, at=at), pk, *(getattr(told, n) for n in FACTS))
            for pk, told in new
        ),
    )
    with connection.cursor() as cursor:
        cursor.execute(SUPERSEDE, {"source": source.pk, "numbers": [told.external_id for _, told in new]})
    stamp({pk for pk, _ in new}, at=at)
    detail = {"observations": len(new), "sha256": chunk.digest}
    ledger.record(what="observations.taken", target=target, by=by, at=at, detail=detail)
    queue.nudge("rejudge")
    return len(new)


def fresh(source, facts):
    """Those that are not on file; raises Differs."""
    there = on_file(source, [told.external_id for _, told in facts])
    if any(there[told.external_id][1] != said(pk, told) for pk, told in facts if told.external_id in there):
        raise Differs("observation")
    return [(pk, told) for pk, told in facts if told.external_id not in there]


def on_file(source, numbers):
    """{number: (id, what was said)} of what stands of a source."""
    rows = Observation.objects.filter(source=source, external_id__in=numbers, withdrawn_on=None)
    return {row[2]: (row[0], row[1:]) for row in rows.values_list("pk", "borrower_id", *FACTS)}


def said(pk, told):
    return pk, *(getattr(told, name) for name in FACTS)


def supersedes(source, facts):
    """How many observations on file would stand no longer if these came: (borrower id, ObservationFacts)."""
    newest: dict[tuple, date] = {}
    for pk, told in facts:
        about = pk, told.kind, told.lender
        newest[about] = max(newest.get(about, told.observed_on), told.observed_on)
    rows = Observation.objects.filter(
        source=source, borrower__in={pk for pk, _ in facts}, superseded_on=None, withdrawn_on=None
    )
    stands = rows.values_list("borrower_id", "kind", "lender", "observed_on")
    return sum(key in newest and day <= newest[key] for *parts, day in stands if (key := tuple(parts)))


@transaction.atomic
def withdraw(*, source, ids, target, by, at):
    """Take back what a source said, as if it had never come; days before this one keep what they knew."""
    rows = Observation.objects.filter(source=source, pk__in=ids, withdrawn_on=None)
    people = hold(set(rows.values_list("borrower_id", flat=True)))
    day = None if is_history(source, at=at) else timezone.localdate(at, source.zone_info)
    named = {"source": source.pk, "ids": list(ids), "day": day}
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, named)
        count = cursor.rowcount
        cursor.execute(RESTORE, named)
    stamp(people, at=at)
    detail = {"observations": count}
    ledger.record(what="observations.withdrawn", target=target, by=by, at=at, detail=detail)
    queue.nudge("rejudge")


def forget_withdrawn(borrowers):
    """Remove what was taken back of borrowers (ids) who are about to be removed themselves."""
    Observation.objects.filter(borrower__in=borrowers).exclude(withdrawn_on=None).delete()

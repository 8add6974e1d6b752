"""What others know of borrowers comes in: many observations at once, each once."""

from django.db import connection, transaction
from django.utils import timezone

from servicing.actions import ledger
from servicing.actions.archive.chunk import Chunk
from servicing.actions.archive.histories import stamp
from servicing.actions.archive.holding import Differs, hold
from servicing.actions.archive.knowledge import known_on, opened
from servicing.domain.intake import observations
from servicing.domain.intake.layout import Problem
from servicing.gateways import queue
from servicing.models import Borrower, Observation

# Rows that are written by one COPY, with one entry in the trail.
CHUNK = 5000
# In the order of ObservationFacts.
FACTS = "external_id kind lender observed_on ended_on amount days".split()

# The newest word of each lender stands; an older one stood until the first newer one was known.
SUPERSEDE = """
with touched as (
    select distinct borrower_id, source_id, kind, lender from servicing_observation
    where source_id = %(source)s and external_id = any(%(numbers)s)
), placed as (
    select o.id, o.superseded_on, greatest(o.known_on, min(o.known_on) over (
        partition by o.borrower_id, o.kind, o.lender order by o.observed_on desc, o.id desc
        rows between unbounded preceding and 1 preceding)) as day,
        row_number() over (
        partition by o.borrower_id, o.kind, o.lender order by o.observed_on desc, o.id desc) as place
    from servicing_observation o join touched using (borrower_id, source_id, kind, lender)
)
update servicing_observation o set superseded_on = p.day
from placed p where p.id = o.id and p.place > 1 and p.superseded_on is distinct from p.day
"""


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
    numbers = [told.external_id for _, told in facts]
    rows = Observation.objects.filter(source=source, external_id__in=numbers)
    there = {row[1]: row for row in rows.values_list("borrower_id", *FACTS)}
    if any(there.get(told.external_id, said(pk, told)) != said(pk, told) for pk, told in facts):
        raise Differs("observation")
    return [(pk, told) for pk, told in facts if told.external_id not in there]


def said(pk, told):
    return pk, *(getattr(told, name) for name in FACTS)


class Refused(Exception):
    """A file of which nothing is taken: `wrong` are (line, Problem)."""

    def __init__(self, wrong):
        super().__init__(len(wrong))
        self.wrong = wrong


def take_file(*, source, lender, rows, by, at):
    """Take what a source said in a file (dicts by column) of borrowers of a lender; {"observations", "new"}.

    All or nothing: raises Refused before anything is written. What comes again changes nothing.
    """
    today = timezone.localdate(at, source.zone_info)
    sound, wrong = observations.read(rows, today=today)
    numbers = {number for _, number, _ in sound}
    people = Borrower.objects.filter(source=lender, external_id__in=numbers)
    known = dict(people.values_list("external_id", "pk"))
    stranger = Problem("borrower_id", "not_on_file")
    wrong += [(line, stranger) for line, number, _ in sound if number not in known]
    if wrong:
        raise Refused(sorted(wrong, key=lambda one: one[0]))
    facts = sorted((known[number], told) for _, number, told in sound)
    new = 0
    with transaction.atomic():
        for start in range(0, len(facts), CHUNK):
            some = facts[start : start + CHUNK]
            new += observe(source=source, facts=some, target=source, by=by, at=at)
    return {"observations": len(facts), "new": new}

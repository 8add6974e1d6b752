"""What the intake does with a file of responses: a range is judged, refused, taken, and the whole shown."""

from collections import Counter
from itertools import islice

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from feedback.actions.imports.judging import COUNTS, judge
from feedback.actions.imports.undoing import Brought
from feedback.actions.responses.clocks import limits
from feedback.domain import responses
from feedback.models import Response, ResponseArrival, Topic
from servicing.actions import bureau, exports, ledger, privacy
from servicing.actions.intake import previews, takers
from servicing.actions.intake.ranges import refuse
from servicing.domain.archive import lettered
from servicing.models import Borrower, ImportBatch, Loan, Restriction

# Signs of a response that a preview quotes.
QUOTED = 120


def check_shard(shard, *, at):
    """Judge a range and write down what is refused; nothing else is changed."""
    batch = batch_of(shard)
    judged = judge(batch, shard.params, at=at)
    refuse(batch, judged.refusals)
    rows = list(rows_of(judged.fresh, by=shard.run.by, at=at))
    return counts(judged, rows, at=at) | part(rows, on=timezone.localdate(at))


def apply_shard(shard, *, at):
    """Judge a range again, for the world may have changed, and take what is sound."""
    batch, by = batch_of(shard), shard.run.by
    judged = judge(batch, shard.params, at=at)
    refuse(batch, judged.refusals)
    name_topics({one.facts.topic for one in judged.fresh} - {""}, target=batch, by=by, at=at)
    rows = list(rows_of(judged.fresh, by=by, at=at))
    ids = privacy.reserve(len(rows), table="feedback_response")
    for row, pk in zip(rows, ids, strict=True):
        row.pk, row.reference = pk, lettered("F", pk)
    objections = dispute(rows, by=by, at=at)
    Response.objects.bulk_create(rows)
    if rows or judged.already:
        ResponseArrival.objects.create(batch=batch, responses=ids, told=judged.already)
    if rows:
        detail = {"responses": len(rows), "objections": objections}
        ledger.record(what="responses.taken", target=batch, by=by, at=at, detail=detail)
    leave(batch, shard.params, judged)
    return counts(judged, rows, at=at)


def batch_of(shard):
    return ImportBatch.objects.get(pk=shard.run.params["batch"])


def rows_of(fresh, *, by, at):
    """Responses as they are kept, with their clocks; praise asks for no answer."""
    known: dict = {}
    for facts, borrower, loan in fresh:
        day = facts.received_on
        if day not in known:
            known[day] = limits(on=day)
        row = Response(
            external_number=facts.number,
            borrower_id=borrower,
            loan_id=loan,
            logged_by=by,
            due_on=responses.last_day(
                facts.kind,
                day,
                limits=known[day],
                hotline_due_on=facts.hotline_due_on,
                is_complex=facts.is_complex,
            ),
            **{name: value for name, value in facts._asdict().items() if name not in RENAMED},
        )
        if facts.topic:
            row.topic_by, row.topic_at = by, at
        if facts.answered_at:
            row.status = Response.Status.ANSWERED
        elif row.due_on is None:
            row.status, row.answered_at, row.answered_by = Response.Status.ANSWERED, at, by
        yield row


RENAMED = frozenset({"number", "borrower", "loan"})


def name_topics(names, *, target, by, at):
    """Add to the list what a file calls its responses, as far as it is not there."""
    new = names - set(Topic.objects.filter(name__in=names).values_list("name", flat=True))
    if new:
        rows = [Topic(name=name, added_by=by, added_at=at) for name in sorted(new)]
        Topic.objects.bulk_create(rows, ignore_conflicts=True)
        ledger.record(what="topics.added", target=target, by=by, at=at, detail={"topics": sorted(new)})


def dispute(rows, *, by, at):
    """Open the record of each objection that still waits, as logging one does; how many."""
    found = [
        row
        for row in rows
        if row.kind == Response.Kind.OBJECTION and row.status == Response.Status.OPEN and row.borrower_id
    ]
    people = Borrower.objects.in_bulk({row.borrower_id for row in found})
    loans = Loan.objects.in_bulk({row.loan_id for row in found if row.loan_id})
    for row in found:
        row.objection = bureau.dispute(
            borrower=people[row.borrower_id],
            loan=loans.get(row.loan_id),
            words=row.words,
            received_at=row.received_at,
            due_on=row.due_on,
            by=by,
            at=at,
        )
    return len(found)


def counts(judged, rows, *, at):
    on = timezone.localdate(at)
    late = sum(row.status == Response.Status.OPEN and row.due_on < on for row in rows)
    people = len({row.borrower_id for row in rows if row.borrower_id})
    sizes = (len(rows), people, late, len(judged.refusals), len(judged.already))
    return dict(zip(COUNTS, sizes, strict=True))


# What was refused stays as it came until the retention ends, so that it can be mended and sent again.
LEAVE = """
delete from servicing_stagedrow
where batch_id = %(batch)s and parent between %(first)s and %(last)s and line <> all(%(lines)s)
"""


def leave(batch, cut, judged):
    lines = [refusal.line for refusal in judged.refusals]
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"batch": batch.pk, **cut, "lines": lines})


def part(rows, *, on):
    """What one range would bring, as plain JSON: kinds, topics, days, and some rows of whom may be read."""
    days = [row.received_on.isoformat() for row in rows]
    kept = exports.only_kept({row.borrower_id for row in rows if row.borrower_id}, on=on)
    some = list(islice((row for row in rows if row.borrower_id not in kept), previews.SAMPLES))
    names = dict(
        Borrower.objects.filter(pk__in=[row.borrower_id for row in some if row.borrower_id]).values_list(
            "pk", "reference"
        )
    )
    return {
        "kinds": Counter(row.kind for row in rows),
        "topics": Counter(row.topic for row in rows if row.topic),
        "first": min(days, default=None),
        "last": max(days, default=None),
        "told": [quoted(row, names.get(row.borrower_id, "")) for row in some],
    }


def quoted(row, name):
    return {
        "borrower": name,
        "kind": row.kind,
        "where": row.where,
        "received_on": row.received_on.isoformat(),
        "words": row.words if len(row.words) <= QUOTED else row.words[: QUOTED - 1] + "…",
    }


def whole(batch, results):
    """The preview of a batch from the results of its check."""
    days = [result[side] for result in results for side in ("first", "last") if result[side]]
    topics = sum((Counter(result["topics"]) for result in results), Counter())
    there = set(Topic.objects.filter(name__in=topics).values_list("name", flat=True))
    told = [row for result in results for row in result["told"]]
    return {
        "kinds": sum((Counter(result["kinds"]) for result in results), Counter()),
        "labelled": sum(topics.values()),
        "new_topics": {name: count for name, count in sorted(topics.items()) if name not in there},
        "first": min(days, default=None),
        "last": max(days, default=None),
        "reasons": previews.reasons(batch),
        "said": told[: previews.SAMPLES],
    }


def said(batch, *, on):
    """The rows of the preview of an import that waits, but those of whose data is only kept by now."""
    rows = batch.preview.get("said", ()) if batch.status == ImportBatch.Status.CHECKED else ()
    if not rows:
        return []
    kept = Borrower.objects.filter(pk__in=Restriction.objects.in_force(on=on).values("borrower"))
    gone = set(
        kept.filter(reference__in={row["borrower"] for row in rows}).values_list("reference", flat=True)
    )
    places = dict(Response.Where.choices)
    return [row | {"where": places[row["where"]]} for row in rows if row["borrower"] not in gone]


FACE = takers.Face(
    layouts={
        "responses": (
            _("what customers said"),
            _(
                "Complaints, suggestions, objections and praise from another system or a partner, with "
                "topics where people have decided some: these are what topics are learned from. One row is "
                "one response."
            ),
        )
    },
    changes="feedback/_import_responses.html",
    rows="feedback/_import_said.html",
    kinds=Response.Kind.choices,
    mend=_(
        "Rows to mend come as a spreadsheet: mend them there and send the spreadsheet in again. They count "
        "among the files that you take in a day; those of many people need a second person."
    ),
    undo=_(
        "All that this import brought can be taken back as long as nothing was built on it: nobody took, "
        "answered or merged one of its responses, and no later import found one. A risk lead other than you "
        "does it."
    ),
    applied=_("The responses stand in the inbox, and nobody has taken them yet."),
    rechecks=False,
    stays=_(
        "What people did about its responses stays, so the import can be undone no more. What is wrong in it "
        "is put right response by response."
    ),
)
TAKER = takers.Taker("responses", COUNTS, (), check_shard, apply_shard, whole, Brought, face=FACE, said=said)

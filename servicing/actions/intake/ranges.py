"""What is done with one range of loans of a batch, in its own transaction: judged, refused, taken."""

from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from servicing.actions import archive
from servicing.actions.intake import previews, returning, takers
from servicing.actions.intake.judging import judge
from servicing.actions.intake.layouts import BY_CODE
from servicing.domain.intake.layout import Problem
from servicing.models import Arrival, Borrower, ImportBatch, LedgerEntry, Loan, Reject

# Rare, and named only where it happened.
RARE = ("extended", "completed", "differed")
COUNTS = ("borrowers", "loans", "settled", *RARE, "skipped", "rejected", "already_imported")


def check_shard(shard, *, at):
    """Judge a range and write down what is refused; nothing else is changed."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    if "orphans" in shard.params:
        return refuse_orphans(batch)
    judged = judge(batch, shard.params, at=at)
    refuse(batch, judged.sorting.refusals)
    return counted(judged, previews.part(judged), extended=len(judged.more))


def apply_shard(shard, *, at):
    """Judge a range again, for the world may have changed, and let the archive take what is sound."""
    batch = ImportBatch.objects.get(pk=shard.run.params["batch"])
    if "orphans" in shard.params:
        return refuse_orphans(batch)
    judged = judge(batch, shard.params, at=at, lock=True)
    since = newest(LedgerEntry)
    refuse(batch, judged.sorting.refusals)
    fresh = [facts for key, (facts, _) in judged.sorting.borrowers.items() if key not in judged.known]
    loans = [loan for loan, _ in judged.sorting.loans]
    taken = archive.take(
        source=judged.source,
        borrowers=fresh,
        loans=loans,
        known=judged.known,
        target=batch,
        by=shard.run.by,
        at=at,
    )
    filled = archive.all_told_again(judged.told, target=batch, by=shard.run.by, at=at)
    added = extend(batch, judged, by=shard.run.by, at=at)
    arrived(batch, judged, fresh, loans, added=added, filled=filled, since=since)
    leave(batch, shard.params, judged)
    return counted(judged, taken, extended=len(added))


def extend(batch, judged, *, by, at):
    """Add to loans on file what a later delivery adds, [archive.Added]; what is no addition after all is
    refused.
    """
    added = []
    for loan, row in judged.more:
        try:
            with transaction.atomic():
                added.append(archive.extend(source=judged.source, loan_facts=loan, by=by, at=at))
        except archive.Differs:
            judged.sorting.refuse(row, Problem("", "differs"))
        except Problem as problem:
            judged.sorting.refuse(row, problem)
    refuse(batch, judged.sorting.refusals)
    return added


def arrived(batch, judged, borrowers, loans, *, added, filled, since):
    """Write down what this import brought and found, for the day on which somebody wants it undone, or one
    from before it.
    """
    met = [pk for key, pk in judged.known.items() if key in judged.sorting.borrowers]
    if not (borrowers or loans or met):
        return
    ids = [
        list(model.objects.filter(source=judged.source, external_id__in=names).values_list("pk", flat=True))
        for model, names in (
            (Borrower, [facts.external_id for facts in borrowers]),
            (Loan, [facts.external_id for facts in loans]),
        )
    ]
    said = LedgerEntry.objects.filter(
        pk__gt=since, target_type="servicing.loan", target_id__in=[str(one.loan) for one in added]
    )
    Arrival.objects.create(
        batch=batch,
        borrowers=ids[0],
        loans=ids[1],
        added=[[one.loan, one.payments, one.is_loss, one.is_rate] for one in added],
        filled=filled,
        told_borrowers=met,
        told_loans=[*judged.already, *(one.loan for one in added)],
        entries=list(said.values_list("pk", flat=True)),
        latest_entry=newest(LedgerEntry),
        latest_loan=newest(Loan),
    )


def newest(model):
    return model.objects.aggregate(newest=Max("pk", default=0))["newest"]


# What was refused stays as it came until the retention ends, so that it can be mended and sent again.
LEAVE = """
with gone as (
    delete from servicing_stagedrow
    where batch_id = %(batch)s and kind = 'loan' and parent between %(first)s and %(last)s
      and key <> all(%(loans)s)
    returning key
), parts as (
    delete from servicing_stagedrow s using gone
    where s.batch_id = %(batch)s and s.kind = any(%(parts)s) and s.parent = gone.key
)
delete from servicing_stagedrow
where batch_id = %(batch)s and kind = 'borrower' and parent between %(first)s and %(last)s
  and key <> all(%(borrowers)s)
"""


def leave(batch, cut, judged):
    """Remove the staged rows of a range that were taken, or were there already."""
    stay = {"loans": sorted(judged.refused_loans), "borrowers": sorted(judged.refused_borrowers)}
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"batch": batch.pk, "parts": list(BY_CODE[batch.layout].parts), **cut, **stay})


def counted(judged, taken, *, extended):
    return taken | {
        "extended": extended,
        "completed": sum(bool(one.empty) for one in judged.told),
        "differed": sum(bool(one.others) for one in judged.told),
        "skipped": judged.sorting.skipped,
        "rejected": judged.sorting.rejected,
        "already_imported": len(judged.already),
    }


def refuse(batch, refusals):
    Reject.objects.bulk_create(
        [Reject(batch=batch, **refusal._asdict()) for refusal in refusals], ignore_conflicts=True
    )


# Set arithmetic first: without statistics an anti join of fresh rows may be planned as nested loops.
ORPHANS = """
with lost as (
    select parent from servicing_stagedrow where batch_id = %(batch)s and kind = any(%(kinds)s)
    except
    select key from servicing_stagedrow where batch_id = %(batch)s and kind = 'loan'
), orphans as (
    select s.file, s.line, s.key, s.parent from lost join servicing_stagedrow s using (parent)
    where s.batch_id = %(batch)s and s.kind = any(%(kinds)s)
), noted as (
    insert into servicing_reject (batch_id, file, line, "column", reason, key, facts)
    select %(batch)s, file, line, 'loan_id', 'unknown_loan', key, jsonb_build_object('loan', parent)
    from orphans
    on conflict do nothing
)
select count(*) from orphans
"""


def refuse_orphans(batch):
    """Refuse the rows of loans that are not in the batch."""
    with connection.cursor() as cursor:
        cursor.execute(ORPHANS, {"batch": batch.pk, "kinds": list(BY_CODE[batch.layout].parts)})
        return {"rejected": cursor.fetchone()[0]}


FACE = takers.Face(
    layouts={
        "native": (
            _("our own layout"),
            _(
                "For the files of any lender: borrowers, loans, instalments, payments and, where there are "
                "some, guarantors. Fill in the empty files, or let your loan core write files with these "
                "columns."
            ),
        ),
        "superlender": (
            _("public sample data"),
            _(
                "A published data set of short mobile loans from Nigeria, without names or phones, to try "
                "the program with. Not for the loans of a lender."
            ),
        ),
    },
    changes="servicing/_import_loans.html",
    mend=_(
        "Rows to mend are the whole loans that were refused, as a spreadsheet with personal data: mend them "
        "there and send the spreadsheet in again. They count among the files that you take in a day; those "
        "of many people need a second person."
    ),
    undo=_(
        "All that this import brought can be taken back as long as nothing was built on it: no case, no "
        "payment, no certificate, no step that was done, no later import. A risk lead other than you does it."
    ),
    applied=takers.REJUDGED,
)
TAKER = takers.Taker(
    "loans", COUNTS, RARE, check_shard, apply_shard, previews.whole, returning.Brought, face=FACE
)

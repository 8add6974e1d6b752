"""What an import brought leaves again, as long as nothing was built on it."""

from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from servicing.actions import archive, external
from servicing.actions.archive.holding import hold
from servicing.actions.intake.staging import APPLY
from servicing.models import (
    Arrear,
    Borrower,
    BorrowerHistory,
    Guarantor,
    Instalment,
    LedgerEntry,
    Loan,
    Pause,
    Payment,
    PayoffStep,
    Run,
    Settlement,
    Stamp,
)

# What an import writes about a loan that it brings; whatever else refers to it was built on it.
OF_LOAN = (Arrear, Guarantor, Payment, Pause, Instalment, PayoffStep, Settlement)
# Entries of the trail that only say that somebody looked.
LOOKS = ("borrower.viewed", "borrower.revealed", "borrower.refused")


class BuiltOn(Exception):
    """Something was built on what the import brought: rows of (kind, its number, what)."""

    def __init__(self, found):
        super().__init__(found)
        self.found = found


class Brought:
    """The loans and borrowers that an import brought, and what it added to others, from its parts."""

    def __init__(self, batch):
        self.batch, self.parts = batch, list(batch.arrivals.order_by("pk"))
        self.loans = [pk for part in self.parts for pk in part.loans]
        self.borrowers = [pk for part in self.parts for pk in part.borrowers]
        self.added = [archive.Added(*row) for part in self.parts for row in part.added]

    @property
    def completed(self):
        """Ids of the people on file in whom something was filled in."""
        return {pk for part in self.parts for ids in part.filled.values() for pk in ids}

    def counts(self):
        """As the import counts them."""
        return {
            "loans": len(self.loans),
            "borrowers": len(self.borrowers),
            "extended": len(self.added),
            "completed": len(self.completed),
        }

    def since(self):
        """({loan: entry}, {person: (entry, loan)}): what is newer than that was built on the import."""
        # Of a loan that came nobody had said anything before.
        loans = dict.fromkeys(self.loans, 0)
        loans |= {loan: part.latest_entry for part in self.parts for loan, *_ in part.added}
        owners = dict(Loan.objects.filter(pk__in=loans).order_by("-pk").values_list("pk", "borrower_id"))
        people: dict[int, tuple[int, int]] = {}
        for part in self.parts:
            mine = [*part.loans, *(loan for loan, *_ in part.added)]
            # Before this was written down: ids of loans are drawn while their borrower is held.
            firsts = {owners[loan]: loan for loan in sorted(mine, reverse=True)}
            ids = {*firsts, *part.borrowers, *(pk for some in part.filled.values() for pk in some)}
            for pk in ids:
                newest = firsts.get(pk, 0) if part.latest_loan is None else part.latest_loan
                people[pk] = part.latest_entry, newest
        return loans, people

    def obstacles(self):
        """What stands against an undo as of now, in rows of (kind, its number, what)."""
        if found := built_on(*self.since()) or told_again(self):
            return found
        free = all(import_string(name)(borrowers=self.borrowers) for name in settings.MAY_FORGET)
        return [] if free else [("", "", "case")]

    def take_back(self, *, by, at):
        take_back(self, by=by, at=at)

    def forget(self, *, since):
        """Forget what was brought and is gone; what was said of loans that stay since this entry of the
        trail is remembered.
        """
        ids = [str(one.loan) for one in self.added]
        said = LedgerEntry.objects.filter(pk__gt=since, target_type="servicing.loan", target_id__in=ids)
        entries = list(said.values_list("pk", flat=True))
        for part in self.parts:
            if not part.added:
                part.delete()
                continue
            part.entries += entries
            part.save(update_fields=["entries"])


def take_back(brought, *, by, at):
    """Delete the loans and borrowers that came, take back what was added to others, and derive again what
    follows for those who stay. Raises BuiltOn, and IntegrityError where a row that an import does not write
    refers to what it brought.
    """
    loans, people = brought.since()
    hold(people)
    if found := built_on(loans, people) or told_again(brought):
        raise BuiltOn(found)
    before = settled_of(people)
    for model in OF_LOAN:
        delete(model, "loan_id", brought.loans)
    delete(Loan, "id", brought.loans)
    with archive.together(list(people), pk__in=[one.loan for one in brought.added], at=at):
        for one in brought.added:
            archive.retract(added=one, detail={"import": brought.batch.pk}, by=by, at=at)
    for part in brought.parts:
        archive.empty_again(part.filled)
    after = settled_of(people)
    forget(before - after | set(brought.borrowers))
    delete(Stamp, "borrower_id", brought.borrowers)
    external.forget_withdrawn(brought.borrowers)
    delete(Borrower, "id", brought.borrowers)
    archive.note_arrears(after, at=at)
    archive.roll_up(after, on=timezone.localdate(at), at=at)
    archive.stamp(after, at=at)


def settled_of(people):
    """Ids of those who have a settlement."""
    current = Settlement.objects.current().filter(borrower__in=list(people))
    return set(current.values_list("borrower_id", flat=True))


def forget(people):
    """Remove what follows from settlements for people who have none any more."""
    for name in settings.FORGETS:
        if not import_string(name)(borrowers=sorted(people)):
            raise BuiltOn([("", "", "case")])
    delete(BorrowerHistory, "borrower_id", sorted(people))


# What an import said of loans that it added to, and took back since, stands against nothing.
BUILT = """
select 'loan', l.external_id, e.what, e.id
from unnest(%(loans)s::bigint[], %(since)s::bigint[]) as mine(id, since)
join servicing_loan l using (id)
join servicing_ledgerentry e on e.target_type = 'servicing.loan' and e.target_id = l.id::text
where e.id > mine.since and not exists (
    select from servicing_arrival a join servicing_importbatch b on b.id = a.batch_id
    where b.status = 'undone' and e.id = any(a.entries))
union all
select 'borrower', b.reference, e.what, e.id
from unnest(%(people)s::bigint[], %(entries)s::bigint[]) as mine(id, since)
join servicing_borrower b using (id)
join servicing_ledgerentry e on e.target_type = 'servicing.borrower' and e.target_id = b.id::text
where e.id > mine.since and e.what <> all(%(looks)s)
union all
select 'loan', other.external_id, 'loan.opened', null
from unnest(%(people)s::bigint[], %(newest)s::bigint[]) as mine(id, newest)
join servicing_loan other on other.borrower_id = mine.id and other.id > mine.newest
where other.id not in (select unnest(%(loans)s::bigint[]))
order by 4 nulls last limit %(most)s
"""
SHOWN = 10


def built_on(loans, people):
    """The first [(kind, number, what)] that is newer than these loans and people were as they came."""
    named: dict = {
        "loans": list(loans),
        "since": list(loans.values()),
        "people": list(people),
        "entries": [entry for entry, _ in people.values()],
        "newest": [loan for _, loan in people.values()],
        "looks": list(LOOKS),
        "most": SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(BUILT, named)
        return [(kind, number, what) for kind, number, what, _ in cursor]


# What confirms a fact that is there already leaves no entry about it, and nobody tells it again.
TOLD = """
select 'feedmessage', s.code || ' ' || m.sequence, m.kind
from servicing_feedmessage m join servicing_source s on s.id = m.feed_id
join servicing_loan l on l.source_id = m.feed_id and l.external_id = m.loan
where m.status = 'applied' and (
    l.id = any(%(loans)s::bigint[])
    or m.fact <> '' and l.id = any(%(added)s::bigint[]) and m.fact in (
        select p.external_id from servicing_payment p
        where p.loan_id = l.id and p.id = any(%(payments)s::bigint[]))
    or m.kind = 'loan.written_off' and l.id = any(%(losses)s::bigint[])
    or m.kind = 'loan.opened' and m.applied_at >= %(began)s
        and (l.id = any(%(rates)s::bigint[]) or l.borrower_id = any(%(completed)s::bigint[])))
union all
select 'importbatch', b.id::text, 'import.applied' from servicing_importbatch b
where b.id <> %(batch)s and b.status <> 'undone' and exists (
    select from servicing_arrival a where a.batch_id = b.id and a.id > %(first)s and (
        exists (select from unnest(a.told_loans) as told(id)
                where told.id = any(%(loans)s::bigint[] || %(added)s::bigint[]))
        or exists (select from unnest(a.told_borrowers) as told(id)
                   where told.id = any(%(borrowers)s::bigint[] || %(completed)s::bigint[]))))
limit %(most)s
"""


def told_again(brought):
    """The first [(kind, number, what)] of the feed and of other imports that found here what this one
    brought: after its undo they would be wrong.
    """
    if not brought.parts:
        return []
    began = Run.objects.get(kind=APPLY, slot=str(brought.batch.pk)).started_at
    named: dict = {
        "batch": brought.batch.pk,
        "first": brought.parts[0].pk,
        "loans": brought.loans,
        "borrowers": brought.borrowers,
        "completed": list(brought.completed),
        "added": [one.loan for one in brought.added],
        "payments": [pk for one in brought.added for pk in one.payments],
        "losses": [one.loan for one in brought.added if one.is_loss],
        "rates": [one.loan for one in brought.added if one.is_rate],
        # What a task does bears the instant at which it began.
        "began": began - timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT),
        "most": SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(TOLD, named)
        return cursor.fetchall()


def delete(model, column, ids):
    """Delete by id straight in the database, whose constraints say whether that may be."""
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute(f"delete from {table} where {column} = any(%s)", [list(ids)])  # noqa: S608 - our own names

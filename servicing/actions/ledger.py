"""The only way into the trail."""

from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection

from servicing.models import LedgerEntry


def record(*, what, by, at, target=None, detail=None):
    """Insert one entry in the caller's transaction; the database chains it at commit.

    `what` is "noun.verb", `by` the person or machine, `detail` plain JSON without personal data.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("an entry belongs to the transaction of what it records")
    entry = LedgerEntry(
        what=what,
        by=by,
        at=at,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        detail=detail or {},
    )
    if (entries := _gathered.get()) is None:
        entry.save(force_insert=True)
    else:
        entries.append(entry)


_gathered: ContextVar[list | None] = ContextVar("gathered", default=None)


@contextmanager
def gathered():
    """Entries of several acts of the caller's transaction, inserted at once and in their order at its end."""
    entries: list[LedgerEntry] = []
    token = _gathered.set(entries)
    try:
        yield
    finally:
        _gathered.reset(token)
    LedgerEntry.objects.bulk_create(entries)


@contextmanager
def one_act():
    """Around one of these acts: if it is undone, so are its entries."""
    entries = _gathered.get()
    before = len(entries or ())
    try:
        yield
    except Exception:
        del (entries or [])[before:]
        raise


def latest(target):
    """The newest entry about a row, or None."""
    return LedgerEntry.objects.about(target).select_related("by").order_by("-pk").first()


# A break is a link that does not follow from the one before it, a link without its entry,
# an entry without its link, or a head that is not the last link.
BREAKS = """
with chain as (
    select l.position, l.entry_id, l.prev, l.hash,
           lag(l.hash) over w as before, lag(l.position) over w as position_before, e.id is null as lost,
           ledger_digest(l.prev, e) as digest
    from servicing_ledgerlink l left join servicing_ledgerentry e on e.id = l.entry_id
    window w as (order by l.position)
), breaks as (
    select position, entry_id, case
        when lost then 'entry missing'
        when position_before is null and (position <> 1 or prev <> decode(repeat('00', 32), 'hex'))
            then 'beginning missing'
        when position <> position_before + 1 then 'link missing'
        when prev <> before then 'does not follow'
        when hash <> digest then 'entry changed' end as why
    from chain
    union all
    select null, e.id, 'entry outside the chain' from servicing_ledgerentry e
    where not exists (select 1 from servicing_ledgerlink l where l.entry_id = e.id)
    union all
    select h.position, null, 'head does not match' from servicing_ledgerhead h
    where not exists (select 1 from servicing_ledgerlink l where l.position = h.position and l.hash = h.hash)
      and (h.position, h.hash) is distinct from (0, decode(repeat('00', 32), 'hex'))
       or exists (select 1 from servicing_ledgerlink l where l.position > h.position)
    union all
    select 0, null, 'head missing' where not exists (select 1 from servicing_ledgerhead)
)
select position, entry_id, why from breaks where why is not null order by position nulls last limit 1
"""


def verify():
    """(entries in the chain, first break or None); a break is (position, entry id, why)."""
    with connection.cursor() as cursor:
        cursor.execute(BREAKS)
        found = cursor.fetchone()
        cursor.execute("select count(*) from servicing_ledgerlink")
        (entries,) = cursor.fetchone()
    return entries, found

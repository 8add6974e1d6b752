"""Seals and opens personal data, and shows one field to one person for a reason."""

import hmac
import time
from datetime import timedelta
from functools import cache

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from servicing.actions import ledger, periods
from servicing.domain import privacy
from servicing.domain.staff import REVEALS_A_DAY, VIEWS_A_DAY
from servicing.models import Borrower, KeyMark, LedgerEntry, Restriction, Staff


class NotAllowed(Exception):
    """A reveal that is refused; the message is a code that the page puts into words."""


class TooMany(NotAllowed):
    """One more borrower than a person may open in a day."""


class Guessing(NotAllowed):
    """One more search than is left to somebody who has found nobody so often within an hour."""


class WrongKeys(Exception):
    """This machine has other keys than those that the database was written with."""


@cache
def keyring():
    """The installation's keys; raises WrongKeys before anything could be written with others."""
    ring = privacy.Keyring.of(settings.FIELD_KEYS)
    for name, mark in ring.marks().items():
        known, _ = KeyMark.objects.get_or_create(key=name, defaults={"mark": mark})
        if bytes(known.mark) != mark:
            raise WrongKeys(f"the key '{name}' differs from the database's: give each machine the same keys")
    return ring


def reserve(count, *, table="servicing_borrower"):
    """Ids for `count` rows that do not exist yet, so that their fields can be bound to them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)", [table, count]
        )
        return [row[0] for row in cursor]


def seal(row_id, **fields):
    """Borrower columns for plain `name`, `national_id`, `phone`: ciphers bound to the row, and indexes."""
    ring, columns = keyring(), {}
    for field in privacy.FIELDS:
        text = fields.get(field) or ""
        # A name stays as it was written; numbers have one spelling.
        text = privacy.tidy(text) if field == "name" else privacy.normal(field, text)
        spot = privacy.place("servicing_borrower", f"{field}_cipher", row_id)
        columns[f"{field}_cipher"] = ring.seal(text, place=spot) if text else None
        if field != "name":
            columns[f"{field}_index"] = ring.blind(field, text) if text else None
    return columns


def plain(borrower, field):
    """The text of a field, or "" where the source gave none. Callers mask it or have recorded a reveal."""
    blob = getattr(borrower, f"{field}_cipher")
    if blob is None:
        return ""
    return keyring().open(blob, place=privacy.place("servicing_borrower", f"{field}_cipher", borrower.pk))


def masked(borrower, field):
    return privacy.mask(field, plain(borrower, field))


def matches(borrower, field, text):
    """Whether a text is what is on file, however it is spelled; None where nothing is on file.

    Compared in the same time whatever differs, and never shown.
    """
    known = plain(borrower, field)
    if not known:
        return None
    said, ours = (privacy.canonical(field, each).casefold().encode() for each in (text, known))
    return hmac.compare_digest(said, ours)


def find(field, text):
    """Borrowers whose national id or phone is exactly this, however it is spelled."""
    return Borrower.objects.filter(**{f"{field}_index": keyring().blind(field, text)})


# Borrowers whose index is looked at in one transaction.
PIECE = 1000


def reindex(*, by, at):
    """Give identity numbers that were written in fifteen digits the index of their eighteen: (mended, taken).

    `taken` are those whose number is another borrower's, in its other form: they keep the old index.
    """
    after, mended, taken = 0, 0, 0
    while after is not None:
        after, more, others = reindex_piece(after, by=by, at=at)
        mended, taken = mended + more, taken + others
    return mended, taken


@transaction.atomic
def reindex_piece(after, *, by, at):
    """Do so for the next borrowers behind an id: (the last one's id, or None at the end; mended, taken)."""
    mended = taken = 0
    piece = list(Borrower.objects.filter(pk__gt=after).order_by("pk")[:PIECE])
    for borrower in piece:
        if borrower.national_id_index is None:
            continue
        index = keyring().blind("national_id", plain(borrower, "national_id"))
        if index == bytes(borrower.national_id_index):
            continue
        if Borrower.objects.filter(national_id_index=index).exists():
            taken += 1
            continue
        same = Borrower.objects.filter(pk=borrower.pk, national_id_index=borrower.national_id_index)
        mended += same.update(national_id_index=index)
    if mended or taken:
        ledger.record(what="borrower.reindexed", by=by, at=at, detail={"count": mended, "refused": taken})
    return piece[-1].pk if len(piece) == PIECE else None, mended, taken


# The mark of a database in which every identity number has the index of its eighteen digits. Until then it
# holds the id up to which they have.
EIGHTEEN = "index.eighteen"


def reindex_once(*, by, at, until):
    """Do so where it was not done since this database is older than that index: piece by piece until an
    instant of time.monotonic(), from where the last one stopped.
    """
    KeyMark.objects.get_or_create(key=EIGHTEEN, defaults={"mark": b"0"})
    while reindex_on(by=by, at=at) and time.monotonic() < until:
        pass


@transaction.atomic
def reindex_on(*, by, at):
    """One more piece; False where none is left, or somebody else is at it."""
    marks = KeyMark.objects.filter(key=EIGHTEEN)
    mark = marks.exclude(mark=b"").select_for_update(skip_locked=True).first()
    if mark is None:
        return False
    last, _, _ = reindex_piece(int(bytes(mark.mark)), by=by, at=at)
    marks.update(mark=b"" if last is None else str(last).encode())
    return last is not None


# More than these are nobody's answer to one exact search.
FOUND = 25


def search(text, *, by, at):
    """Borrowers whose reference, phone, national id or loan number is exactly this, however it is spelled.

    The trail keeps by what the person was found and how many were, never what was typed. Raises Guessing for
    somebody who has found nobody too often within an hour, and leaves one trace of it an hour.
    """
    found = _search(text, by=by, at=at)
    if found is None:
        raise Guessing("misses")
    return found


@transaction.atomic
def _search(text, *, by, at):
    # The row lock makes the count and the new entry one step for two requests of one person.
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    lately = LedgerEntry.objects.filter(by=by, at__gt=at - timedelta(hours=1))
    misses = lately.filter(what="borrower.searched", detail__found=0).count()
    if misses >= periods.value("search.misses", on=timezone.localdate(at)):
        if not lately.filter(what="borrower.guessed").exists():
            ledger.record(what="borrower.guessed", by=by, at=at, detail={"count": misses})
        return None
    ways = {
        "reference": Borrower.objects.filter(reference=privacy.reference(text)),
        "phone": find("phone", text),
        "national_id": find("national_id", text),
        "loan": Borrower.objects.filter(
            loans__external_id__in={text.strip(), text.strip().upper()}
        ).distinct(),
    }
    found = {way: list(rows[:FOUND]) for way, rows in ways.items()}
    way = next((way for way, rows in found.items() if rows), "nothing")
    rows = list({borrower.pk: borrower for rows in found.values() for borrower in rows}.values())
    only = rows[0] if len(rows) == 1 else None
    ledger.record(what="borrower.searched", target=only, by=by, at=at, detail={"by": way, "found": len(rows)})
    return rows


def day_began(at):
    """The first instant of the business day of an instant."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def viewed(borrower, *, by, at):
    """Leave a trace of an opened dossier, once per person, borrower and hour.

    Raises TooMany for one more borrower than a person may open in a day, and leaves a trace of the first
    such try.
    """
    if not _view(borrower, by=by, at=at):
        raise TooMany("views")


@transaction.atomic
def _view(borrower, *, by, at):
    # The row lock makes the count and the new entry one step for two requests of one person.
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    today = LedgerEntry.objects.filter(by=by, at__gte=day_began(at))
    seen = today.filter(what="borrower.viewed")
    mine = seen.about(borrower)
    if mine.filter(at__gt=at - timedelta(hours=1)).exists():
        return True
    borrowers = seen.aggregate(count=Count("target_id", distinct=True))["count"]
    if borrowers >= VIEWS_A_DAY.get(by.role_code, 0) and not mine.exists():
        if not today.filter(what="borrower.refused").exists():
            ledger.record(what="borrower.refused", target=borrower, by=by, at=at, detail={"seen": borrowers})
        return False
    ledger.record(what="borrower.viewed", target=borrower, by=by, at=at)
    return True


@transaction.atomic
def spend(borrower, *, detail, by, at, day_began_at):
    """Write one reveal into the trail; raises NotAllowed ("budget", "restricted")."""
    # The row lock makes the count and the new entry one step for two requests of one person.
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    made = LedgerEntry.objects.filter(by=by, what="borrower.revealed", at__gte=day_began_at).count()
    if made >= REVEALS_A_DAY.get(by.role_code, 0):
        raise NotAllowed("budget")
    # Data that is only kept is shown to nobody but to who restricts it, and answers for it to the person.
    kept = Restriction.objects.in_force(on=timezone.localdate(at)).filter(borrower=borrower)
    if not by.may("processing.restrict") and kept.exists():
        raise NotAllowed("restricted")
    ledger.record(what="borrower.revealed", target=borrower, by=by, at=at, detail=detail)


def reveal(*, borrower, field, reason, words, by, at, day_began_at):
    """The plain text of one field; the ledger row is committed before anything is decrypted.

    `reason` is one of REVEAL_REASONS, `words` says it in at least ten characters. Raises NotAllowed
    ("right", "restricted", "reason", "budget").
    """
    if field not in privacy.FIELDS or not by.may(f"reveal.{field}"):
        raise NotAllowed("right")
    if reason not in privacy.REVEAL_REASONS or not privacy.says_something(words):
        raise NotAllowed("reason")
    detail = {"field": field, "reason": reason, "words": privacy.blur(words)}
    with transaction.atomic(durable=True):
        spend(borrower, detail=detail, by=by, at=at, day_began_at=day_began_at)
    return plain(borrower, field)

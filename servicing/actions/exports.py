"""A list leaves the house as a file: a few borrowers at once, more only after a second person."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as _

from servicing.actions import controls, ledger, periods, privacy
from servicing.domain import exports
from servicing.domain.privacy import blur
from servicing.models import Export, Restriction, Staff

SAMPLE = 10
# What a proposal repeats as it was seen; those of before were frozen in one language.
WORDS = ("right", "spoken", "list", "filters", "head", "sample")


class NotAllowed(Exception):
    """A file that is refused; the message is a code that the page puts into words."""


def room(person, *, at):
    """How many borrowers a person may still take today without a second person, and those already taken."""
    rows = Export.objects.free_of(person, since=at - timedelta(days=1))
    taken = {one for people in rows.values_list("people", flat=True) for one in people}
    return periods.value("export.free_borrowers", on=timezone.localdate(at)) - len(taken), taken


def is_free(person, people, *, at):
    """Whether these borrowers go without a second person: a few, also over a day and many small files."""
    left, taken = room(person, at=at)
    return len(set(people) - taken) <= left


def only_kept(people, *, on):
    """Those of these borrowers (ids) whose data is kept and nothing else is done with it."""
    rows = Restriction.objects.in_force(on=on).filter(borrower__in=people)
    return set(rows.values_list("borrower", flat=True))


def usable(rows, *, on):
    """(the rows without those of borrowers whose data is only kept, how many such borrowers there are)."""
    kept = only_kept({borrower for _row, borrower in rows}, on=on)
    return [row for row in rows if row[1] not in kept], len(kept)


def in_each_language(say):
    """{language: what `say` answers in it}, so that whoever decides reads their own."""
    found = {}
    for code, _name in settings.LANGUAGES:
        with override(code):
            found[code] = say()
    return found


@transaction.atomic
def ask(*, view, right, spoken, rows, format, reason, words, by, at, kind=None):
    """Ask for a file of `rows`, [(id, borrower id)] in their order; it is ready, or waits for an approval.

    `spoken` is {language: {"list", "filters", "head", "sample"}}: what the list is called, how it is
    narrowed, the column names and the first masked rows, as the second person sees them; `right`
    opens the list itself, and without it nobody sees them. `kind` is another one than that of lists.
    Borrowers whose data is only kept are left out, and counted in the ledger.
    Raises NotAllowed ("right", "empty", "too_many").
    """
    kind = kind or EXPORT
    if not by.may(kind.proposes):
        raise NotAllowed("right")
    today = timezone.localdate(at)
    if len(rows) > periods.value("export.most_rows", on=today):
        raise NotAllowed("too_many")
    rows, left_out = usable(rows, on=today)
    if not rows:
        raise NotAllowed("empty")
    # Two requests at once would both find the same room.
    Staff.objects.select_for_update(no_key=True).get(pk=by.pk)
    # A row may be of nobody on file: what an unknown caller said.
    people = sorted({borrower for _pk, borrower in rows if borrower})
    free = is_free(by, people, at=at)
    mine = spoken[get_language()]
    export = Export.objects.create(
        view=view, title=mine["list"], filters=mine["filters"], format=format, reason=reason,
        words=blur(words), ids=[pk for pk, _borrower in rows], people=people, by=by, at=at,
    )  # fmt: skip
    if free:
        _open(export, at=at)
    else:
        export.approval = controls.propose(
            kind=kind.code,
            subject=f"export:{export.pk}",
            shown=shown(export) | {"right": right, "spoken": spoken},
            purpose=words,
            by=by,
            at=at,
        )
        export.save(update_fields=["approval"])
    detail = {"view": view, "rows": len(rows), "borrowers": len(people), "free": free, "reason": reason}
    if left_out:
        detail["left_out"] = left_out
    ledger.record(what="export.asked", target=export, by=by, at=at, detail=detail)
    return export


def shown(export):
    """What the second person sees of a file, apart from its first rows."""
    return {
        "about": f"{export.title} ({len(export.ids)})",
        "rows": len(export.ids),
        "borrowers": len(export.people),
        "digest": exports.digest(export.ids),
        "format": export.format,
        "reason": export.reason,
    }


def now(approval):
    """What would be shown now: the request as it stands, with the right and the sample as they were seen.

    Nobody approves a file of somebody whose data came to be only kept: it is asked for again, without them.
    """
    seen = {name: approval.shown[name] for name in WORDS if name in approval.shown}
    left = len(approval.export.people) - left_out(approval)
    return shown(approval.export) | seen | {"borrowers": left}


def left_out(approval):
    """How many borrowers of a proposed file came to be only kept since; its sample may show one of them."""
    return len(only_kept(approval.export.people, on=timezone.localdate()))


def _open(export, *, at):
    hours = periods.value("export.hours", on=timezone.localdate(at))
    export.ready_at, export.expires_at = at, at + timedelta(hours=hours)
    export.save(update_fields=["ready_at", "expires_at"])


def let_go(*, approval, by, at):
    """Make the approved file ready for who asked for it."""
    _open(approval.export, at=at)


EXPORT = controls.Kind(
    "export", _("file of a list"), "list.export", "export.approve", let_go, now, guarded=True
)


def check(*, export, by, at):
    """Raise NotAllowed ("right", "waits", "expired") unless this person may fetch the file now."""
    if export.by_id != by.pk or not by.may("list.export"):
        raise NotAllowed("right")
    if export.ready_at is None:
        raise NotAllowed("waits")
    if not export.is_open(at=at):
        raise NotAllowed("expired")


@transaction.atomic
def fetched(*, export, rows, digest, by, at):
    """Leave a trace of a file before its first byte leaves; raises NotAllowed like `check`."""
    check(export=export, by=by, at=at)
    detail = {"rows": rows, "sha256": digest, "approval": export.approval_id}
    ledger.record(what="export.fetched", target=export, by=by, at=at, detail=detail)


def mark(export):
    """The unseen signs by which a piece of this file is known again."""
    return exports.mark(export.pk, tag(export.pk))


def tag(number):
    return privacy.keyring().blind("export", str(number))[:2]


@transaction.atomic
def traced(*, text, by, at):
    """`trace`, and a ledger row that names what was found and never the text; raises NotAllowed("right")."""
    if not by.may("export.trace"):
        raise NotAllowed("right")
    found = list(trace(text))
    ledger.record(what="export.traced", by=by, at=at, detail={"files": [str(export) for export in found]})
    return found


def trace(text):
    """The exports that a piece of text comes from, by its marks; forged marks name nothing."""
    proven = [number for number, proof in exports.marks(text) if tag(number) == proof]
    return Export.objects.filter(pk__in=proven).for_export_page().order_by("pk")

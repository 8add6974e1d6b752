"""The columns that take rows of files, as the settings list them: a layout names its own as `owner`."""

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from servicing.actions.intake.layouts import BY_CODE, LAYOUTS
from servicing.models import ImportBatch

STAYS = _(
    "This stays, also where a certificate is revoked or a case closed, so the import can be undone no more. "
    "What is wrong in it is put right loan by loan: by a later delivery, or by the feed."
)
REJUDGED = _("The borrowers concerned are looked at anew by the recheck.")


class Face(NamedTuple):
    """How an import of a taker looks: templates of what it changes and of the rows that its preview quotes,
    words for the kinds that are counted there, and what is said of rows to mend, of the undo, where that is
    possible no more, and of what has come in. `rechecks` says whether it changes judgements, `layouts` are
    {code: (name, what it is for)}.
    """

    layouts: dict[str, tuple]
    changes: str
    mend: Any
    undo: Any
    applied: Any
    rows: str = ""
    kinds: Any = ()
    rechecks: bool = True
    stays: Any = STAYS


def nobody(_batch, *, on):
    """Rows that a preview quotes of people who may be read on a day: none."""
    return []


class Taker(NamedTuple):
    """What becomes of staged rows. `counts` are the names of what is counted, `main` the one that tells how
    much came, `rare` those that are named only where there is something; `check` and `apply` do a shard,
    `preview` adds up the results of a check, `brought` is what can be taken back, `said` are the rows that
    the page quotes of an import that waits.
    """

    main: str
    counts: tuple[str, ...]
    rare: tuple[str, ...]
    check: Callable
    apply: Callable
    preview: Callable
    brought: Callable
    face: Face
    said: Callable = nobody


@cache
def taker(owner):
    return import_string(settings.TAKERS[owner])


def of(batch):
    """Who takes the rows of a batch."""
    # A delivery of an unknown layout was refused, and looks like any other.
    return taker(BY_CODE.get(batch.layout, LAYOUTS[0]).owner)


def face_of(batch):
    """How an import looks."""
    return of(batch).face


def layout_words():
    """{code: (name, what it is for)} of every layout, for somebody who sees it for the first time."""
    return {layout.code: taker(layout.owner).face.layouts[layout.code] for layout in LAYOUTS}


def said(batch, *, on):
    """Rows of the preview of an import that waits, of those who may be read on a day."""
    return of(batch).said(batch, on=on)


def check_shard(shard, *, at):
    return _of_shard(shard).check(shard, at=at)


def apply_shard(shard, *, at):
    return _of_shard(shard).apply(shard, at=at)


def _of_shard(shard):
    return of(ImportBatch.objects.get(pk=shard.run.params["batch"]))


def counts_of(batch, shards):
    """{name: how many} of what these shards of a batch did."""
    names = of(batch).counts
    counts = Counter(dict.fromkeys(names, 0))
    for result in shards.values_list("result", flat=True):
        counts.update({name: result.get(name, 0) for name in names})
    return dict(counts)


def counts_of_call(batch, *, is_new):
    """What one call of the shell did with an applied batch: everything, or nothing but find it there."""
    taker = of(batch)
    counts = {name: batch.counts.get(name, 0) for name in taker.counts}
    named = [name for name in taker.counts if name not in taker.rare or counts[name]]
    if is_new:
        return {name: counts[name] for name in named}
    return dict.fromkeys(named, 0) | {"already_imported": counts[taker.main] + counts["already_imported"]}

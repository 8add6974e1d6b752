"""The columns that take rows of files, one visible list: a layout names its own as `owner`."""

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from servicing.actions.intake import observations, previews, ranges, returning
from servicing.domain.intake import BY_CODE
from servicing.domain.intake.layout import ARCHIVE, EXTERNAL
from servicing.models import ImportBatch


class Taker(NamedTuple):
    """What becomes of staged rows. `counts` are the names of what is counted, `main` the one that tells how
    much came, `rare` those that are named only where there is something; `check` and `apply` do a shard,
    `preview` adds up the results of a check, and `brought` is what can be taken back.
    """

    main: str
    counts: tuple[str, ...]
    rare: tuple[str, ...]
    check: Callable
    apply: Callable
    preview: Callable
    brought: Callable


TAKERS = {
    ARCHIVE: Taker(
        "loans",
        ranges.COUNTS,
        ranges.RARE,
        ranges.check_shard,
        ranges.apply_shard,
        previews.whole,
        returning.Brought,
    ),
    EXTERNAL: Taker(
        "observations",
        observations.COUNTS,
        (),
        observations.check_shard,
        observations.apply_shard,
        observations.whole,
        observations.Brought,
    ),
}


def of(batch):
    """Who takes the rows of a batch."""
    return TAKERS[BY_CODE[batch.layout].owner]


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

"""Files of what others know of borrowers: a range is judged, refused, taken, and the whole taken back."""

from collections import Counter
from functools import partial
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from servicing.actions import external, processing
from servicing.actions.archive.holding import hold
from servicing.actions.intake import previews, takers
from servicing.actions.intake.judging import staged
from servicing.actions.intake.layouts import BY_CODE
from servicing.actions.intake.ranges import refuse
from servicing.actions.intake.returning import SHOWN, BuiltOn
from servicing.domain.intake.layout import OBSERVATION, ObservationFacts, Problem
from servicing.domain.intake.sorting import Refusal, read
from servicing.models import Arrival, Borrower, ImportBatch, Observation

COUNTS = ("observations", "people", "superseded", "rejected", "already_imported")


class Judged(NamedTuple):
    """What is sound of a range: `fresh` are (borrower id, facts) that are new, `already` the ids of what is
    on file and says the same; `refusals` are the rows that are not taken.
    """

    fresh: list[tuple[int, ObservationFacts]]
    already: list[int]
    refusals: list[Refusal]
    superseded: int

    @property
    def counts(self):
        people = len({pk for pk, _ in self.fresh})
        sizes = (len(self.fresh), people, self.superseded, len(self.refusals), len(self.already))
        return dict(zip(COUNTS, sizes, strict=True))


def check_shard(shard, *, at):
    """Judge a range and write down what is refused; nothing else is changed."""
    batch = batch_of(shard)
    judged = judge(batch, shard.params, at=at)
    refuse(batch, judged.refusals)
    return judged.counts | part(batch, judged, on=timezone.localdate(at))


def apply_shard(shard, *, at):
    """Judge a range again, for the world may have changed, and take what is sound."""
    batch = batch_of(shard)
    judged = judge(batch, shard.params, at=at, lock=True)
    refuse(batch, judged.refusals)
    external.observe(source=batch.told_by, facts=judged.fresh, target=batch, by=shard.run.by, at=at)
    numbers = [told.external_id for _, told in judged.fresh]
    new = [pk for pk, _ in external.on_file(batch.told_by, numbers).values()]
    if new or judged.already:
        Arrival.objects.create(
            batch=batch, borrowers=[], loans=[], observations=sorted(new), told_observations=judged.already
        )
    leave(batch, shard.params, judged)
    return judged.counts


def batch_of(shard):
    return ImportBatch.objects.select_related("told_by").get(pk=shard.run.params["batch"])


def judge(batch, cut, *, at, lock=False):
    """Judge what is said of the borrowers from `first` to `last`; with `lock` they are held from now on."""
    layout = BY_CODE[batch.layout]
    read_facts = partial(layout.observation, today=timezone.localdate(at, batch.told_by.zone_info))
    rows = staged(batch, layout, cut)
    people = Borrower.objects.filter(source__code=layout.source, external_id__in={row.parent for row in rows})
    known = dict(people.values_list("external_id", "pk"))
    if lock:
        hold(known.values())
    there = external.on_file(batch.told_by, [row.key for row in rows])
    fresh, already, refusals = [], [], []
    for row in rows:
        try:
            number, told = read(row, layout.file_of(OBSERVATION).key, read_facts)
            if number not in known:
                raise Problem("borrower_id", "not_on_file")
            pk, filed = there.get(told.external_id, (None, None))
            if filed is None:
                fresh.append((known[number], told))
            elif filed == external.said(known[number], told):
                already.append(pk)
            else:
                raise Problem("", "said_otherwise")
        except Problem as problem:
            found = Refusal(row.file, row.line, problem.column, problem.reason, row.key, problem.facts)
            refusals.append(found)
    # In the order of the rows, which tells of two words of one day which is the newer.
    return Judged(fresh, already, refusals, external.supersedes(batch.told_by, fresh))


def leave(batch, cut, judged):
    """Remove the staged rows of a range but those that were refused, which may be mended."""
    mine = batch.rows.filter(parent__range=(cut["first"], cut["last"]))
    mine.exclude(line__in=[refusal.line for refusal in judged.refusals]).delete()


def part(batch, judged, *, on):
    """What one range would bring, as plain JSON: kinds, days, and some rows of whom may be read."""
    days = sorted(told.observed_on.isoformat() for _, told in judged.fresh)
    may = processing.readable({pk for pk, _ in judged.fresh}, source=batch.told_by, on=on)
    some = list(islice((one for one in judged.fresh if one[0] in may), previews.SAMPLES))
    names = dict(Borrower.objects.filter(pk__in=[pk for pk, _ in some]).values_list("pk", "reference"))
    return {
        "kinds": Counter(told.kind for _, told in judged.fresh),
        "first": days[0] if days else None,
        "last": days[-1] if days else None,
        "told": [sample(names[pk], told) for pk, told in some],
    }


def sample(reference, told):
    row = told._asdict() | {"borrower": reference, "observed_on": told.observed_on.isoformat()}
    row["ended_on"] = told.ended_on and told.ended_on.isoformat()
    row["amount"] = None if told.amount is None else str(told.amount)
    return row


def whole(batch, results):
    """The preview of a batch from the results of its check."""
    days = [result[side] for result in results for side in ("first", "last") if result[side]]
    told = [row for result in results for row in result["told"]]
    return {
        "kinds": sum((Counter(result["kinds"]) for result in results), Counter()),
        "first": min(days, default=None),
        "last": max(days, default=None),
        "reasons": previews.reasons(batch),
        "said": told[: previews.SAMPLES],
    }


def said(batch, *, on):
    """The rows of the preview of an import that waits, of those who may be read still."""
    rows = batch.preview.get("said", ()) if batch.status == ImportBatch.Status.CHECKED else ()
    if not rows:
        return []
    people = Borrower.objects.filter(reference__in={row["borrower"] for row in rows})
    known = dict(people.values_list("reference", "pk"))
    may = processing.readable(known.values(), source=batch.told_by, on=on)
    return [row for row in rows if known.get(row["borrower"]) in may]


# Both arrays may be long: every number of the one is looked up in the other, which is hashed.
TOLD = """
select b.id from servicing_importbatch b
where b.id <> %(batch)s and b.status <> 'undone' and exists (
    select from servicing_arrival a where a.batch_id = b.id and a.id > %(first)s and exists (
        select from unnest(a.told_observations) as told(id) where told.id = any(%(ids)s::bigint[])))
order by b.id limit %(most)s
"""


class Brought:
    """The observations that an import brought, added up from its parts."""

    def __init__(self, batch):
        self.batch, self.parts = batch, list(batch.arrivals.order_by("pk"))
        self.ids = [pk for part in self.parts for pk in part.observations]

    def counts(self):
        """As the import counts them."""
        return {"observations": len(self.ids)}

    def obstacles(self):
        """Later imports that found here what this one brought: after its undo they would be wrong.

        Nothing else stands against it: what was judged from an observation was right by what was known then,
        and stays so.
        """
        if not self.parts:
            return []
        first = self.parts[0].pk
        named = {"batch": self.batch.pk, "first": first, "ids": self.ids, "most": SHOWN}
        with connection.cursor() as cursor:
            cursor.execute(TOLD, named)
            return [("importbatch", str(pk), "import.applied") for (pk,) in cursor]

    def take_back(self, *, by, at):
        """Withdraw them; raises BuiltOn."""
        rows = Observation.objects.filter(pk__in=self.ids)
        hold(set(rows.values_list("borrower_id", flat=True)))
        if found := self.obstacles():
            raise BuiltOn(found)
        external.withdraw(source=self.batch.told_by, ids=self.ids, target=self.batch, by=by, at=at)

    def forget(self, *, since):
        """Forget what was brought and is gone."""
        self.batch.arrivals.all().delete()


FACE = takers.Face(
    layouts={
        "observations": (
            _("what others know"),
            _(
                "What a bureau or a partner says of borrowers on file: inquiries, loans, balances and "
                "overdue debt elsewhere, public records, claims on guarantors. One row is one thing that was "
                "said."
            ),
        )
    },
    changes="servicing/_import_observations.html",
    rows="servicing/_import_said.html",
    kinds=Observation.Kind.choices,
    mend=_(
        "Rows to mend come as a spreadsheet: mend them there and send the spreadsheet in again. They count "
        "among the files that you take in a day; those of many people need a second person."
    ),
    undo=_(
        "All that this import brought can be taken back as long as no later import found it on file. Past "
        "days keep what they knew. A risk lead other than you does it."
    ),
    applied=takers.REJUDGED,
)
TAKER = takers.Taker(
    "observations", COUNTS, (), check_shard, apply_shard, whole, Brought, face=FACE, said=said
)

"""Whom a run has to look at, and whether it is enough to judge those who changed."""

import hashlib
from datetime import date

from django.db import connection
from django.db.models import Count, F, Q

from reviews.actions import features, rules
from reviews.actions.recheck.finished import KIND, whole_runs
from reviews.actions.recheck.judging import BUCKET
from reviews.models import Alert
from servicing.actions import periods
from servicing.models import Borrower, BorrowerHistory, Run, Settlement, Source

# A part of a changed run judges few of its borrowers, so it spans so many times more of them.
WIDER = 3


def settled(as_of, *, on):
    """Those with something settled by the day as it was known then; today's are those of the histories."""
    now = BorrowerHistory.objects.filter(first_settled_on__lte=as_of)
    if as_of >= on:
        return now
    since_undone = Settlement.objects.filter(known_on__lte=as_of, superseded_on__gt=as_of)
    return Borrower.objects.filter(Q(pk__in=now.values("pk")) | Q(pk__in=since_undone.values("borrower")))


def cut(settled, *, on, times=1):
    """Shards of about `recheck.shard` ids, a multiple of the bucket: [({"low", "high"}, borrowers)]."""
    width = -(-periods.value("recheck.shard", on=on) * times // BUCKET) * BUCKET
    counted = (
        settled.annotate(shard=F("pk") / width).values("shard").annotate(size=Count("pk")).order_by("shard")
    )
    return [
        ({"low": row["shard"] * width, "high": (row["shard"] + 1) * width - 1}, row["size"])
        for row in counted
    ]


def count_anew():
    """Have tables counted that have changed much, so that the statement is planned for what is there.

    An import may end a minute before the run, and nobody has counted since. The site's role may not do it by
    itself.
    """
    with connection.cursor() as cursor:
        cursor.execute("select recheck_statistics()")
        return cursor.fetchone()[0]


def basis(*, on):
    """{"edition", "basis"}: what judges, besides facts. Rows of another basis are not carried forward."""
    # A source that begins or ceases to declare consent moves what may be read of all whom it told of.
    declares = list(Source.objects.order_by("pk").values_list("pk", "declares_consent"))
    words = repr((features.compiled(features.RANGE), sorted(features.read(on=on).items()), declares))
    return {"edition": rules.current().edition, "basis": hashlib.sha256(words.encode()).hexdigest()}


def newest_alert():
    """The number after which alerts are opened by a run and whatever comes after it."""
    return Alert.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def reaches_back(as_of, *, on):
    """The day of the newest run that judged everybody, where to judge those who changed since is the same as
    to judge everybody again; None where it is not, or that run is too old.

    On a past day nobody knows any more whom a fact had moved.
    """
    run = whole_runs().exclude(params__has_key="since").order_by("-params__as_of", "-pk").first()
    if run is None or as_of != on:
        return None
    day, now = date.fromisoformat(run.params["as_of"]), basis(on=on)
    same = run.result.get("editions") == [now["edition"]] and run.params.get("basis") == now["basis"]
    is_young = 0 <= (as_of - day).days < periods.value("recheck.whole", on=on)
    return day if same and is_young else None


def is_new_edition():
    """Whether no run over everybody was planned yet for the edition in force, though there were runs."""
    planned = Run.objects.filter(kind=KIND, params__borrower=None, params__edition=rules.current().edition)
    return whole_runs().exists() and not planned.exists()

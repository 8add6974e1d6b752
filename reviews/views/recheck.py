"""How far the recheck is, and what a person can do about it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from reviews.actions import recheck
from reviews.models import Snapshot
from servicing.actions import feed, jobs
from servicing.models import Borrower, Run, Shard, Stamp
from servicing.pages import right


def newest_run():
    """(run, its progress) of the newest run of any outcome, or (None, None)."""
    run = Run.objects.filter(kind=recheck.KIND).select_related("by").order_by("-pk").first()
    return run, run and jobs.progress(run)


@right("recheck.view")
def recheck_page(request):
    runs = Run.objects.filter(kind=recheck.KIND).select_related("by").order_by("-pk")[:20]
    run, progress = newest_run()
    aside = Shard.objects.filter(run__kind=recheck.KIND, status=Shard.Status.QUARANTINED)
    aside = aside.exclude(run__status=Run.Status.DONE)
    page = {
        "coverage": Snapshot.objects.coverage(recheck.newest_day(), on=timezone.localdate()),
        # What came in is not all that happened, so judging it again does not make it current.
        "stale": feed.troubles(at=timezone.now()),
        "runs": runs,
        "run": run,
        "progress": progress,
        "stamps": Stamp.objects.set_aside()[:100],
        "aside": aside.select_related("run").order_by("run", "number"),
    }
    return render(request, "reviews/recheck.html", page)


@right("recheck.view")
def recheck_progress(request):
    """The fragment that refreshes itself while a run is on its way; the whole page where it is over."""
    run, progress = newest_run()
    if run is None or run.status != Run.Status.RUNNING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "reviews/_progress.html", {"run": run, "progress": progress})


@right("recheck.view")
def run_detail(request, pk):
    run = get_object_or_404(Run.objects.select_related("by"), pk=pk, kind=recheck.KIND)
    page = {"run": run, "progress": jobs.progress(run), "shards": run.shards.order_by("number")}
    return render(request, "reviews/run_detail.html", page)


@require_POST
@right("recheck.start")
def recheck_start(request):
    now = timezone.now()
    if Run.objects.filter(kind=recheck.KIND, status=Run.Status.RUNNING, params__borrower=None).exists():
        messages.info(request, _("A recheck is running already; its progress is below."))
    else:
        recheck.start(as_of=timezone.localdate(now), by=request.user, at=now)
        messages.success(request, _("The recheck is planned; workers take it up at once."))
    return redirect("reviews:recheck")


@require_POST
@right("recheck.start")
def shard_retry(request, pk):
    shard = get_object_or_404(Shard, pk=pk, run__kind=recheck.KIND)
    if jobs.retry(shard=shard, by=request.user, at=timezone.now()):
        messages.success(request, _("The part is back in line with fresh attempts."))
    return redirect("reviews:recheck")


@require_POST
@right("recheck.start")
def borrower_retry(request, reference):
    borrower = get_object_or_404(Borrower, reference=reference)
    if recheck.retry(borrower=borrower, by=request.user, at=timezone.now()):
        messages.success(request, _("The borrower is judged again at once."))
    return redirect("reviews:recheck")

"""Runs of the recheck: how far they are, how they went, and what a person can do about them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, F, OuterRef, Q, Subquery, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from reviews import charts
from reviews.actions import recheck
from reviews.filters import RunFilter, ShardFilter
from reviews.tables import RunTable, ShardTable
from servicing.actions import feed, jobs, periods
from servicing.models import Borrower, Run, Shard, Stamp
from servicing.pages import ListPage, list_page, right

# Parts of a run that are drawn; more dots say no more.
DRAWN = 2000


def newest_run():
    """(run, its progress) of the newest run of any outcome, or (None, None)."""
    run = Run.objects.filter(kind=recheck.KIND).select_related("by").order_by("-pk").first()
    return run, run and jobs.progress(run)


def settled_since(run, progress, *, settled):
    """By how many there are more settled borrowers now than the run over everybody had: they are judged as
    facts about them come in, and stand in no run. None where the newest run is another one.
    """
    is_whole = run and run.status == Run.Status.DONE and "chosen" not in run.params
    return settled - progress["total"] if is_whole and run.params.get("borrower") is None else None


def runs():
    """All runs, with what their parts were tried beyond once and how many of these are set aside."""
    parts = Shard.objects.filter(run=OuterRef("pk")).order_by().values("run")
    tried = parts.annotate(number=Sum(F("attempts") - 1, filter=Q(attempts__gt=1), default=0))
    aside = parts.annotate(number=Count("pk", filter=Q(status=Shard.Status.QUARANTINED)))
    return (
        Run.objects.filter(kind=recheck.KIND)
        .select_related("by")
        .annotate(retries=Subquery(tried.values("number")), aside=Subquery(aside.values("number")))
    )


class RunList(ListPage):
    right = "recheck.view"
    template_name = "reviews/run_list.html"
    table_class = RunTable
    filterset_class = RunFilter
    title = gettext_lazy("Rechecks")
    lead = gettext_lazy(
        "Every borrower who has settled a loan is judged again, by the same rules, every night and on demand."
    )
    empty_icon = "refresh-cw"
    empty_title = gettext_lazy("No run yet")
    empty_text = gettext_lazy("The first one comes tonight by itself, or now by the button above.")

    def rows(self):
        return runs()

    def get_context_data(self, **kwargs):
        run, progress = newest_run()
        settled = recheck.coverage(at=timezone.now()).settled
        aside = Shard.objects.filter(run__kind=recheck.KIND, status=Shard.Status.QUARANTINED)
        aside = aside.exclude(run__status=Run.Status.DONE).select_related("run")
        seen = Borrower.objects.visible_to(self.person, on=timezone.localdate())
        stamps = Stamp.objects.set_aside().filter(borrower__in=seen)
        return super().get_context_data(
            **kwargs,
            run=run,
            progress=progress,
            stale=feed.troubles(at=timezone.now()),
            settled=settled,
            since=settled_since(run, progress, settled=settled),
            aside=aside.order_by("run", "number")[:100],
            stamps=stamps[:100],
            stamps_count=stamps.count(),
        )


class RunPage(ListPage):
    """One run: how it went, who helped, and its parts."""

    right = "recheck.view"
    template_name = "reviews/run_detail.html"
    table_class = ShardTable
    filterset_class = ShardFilter
    sort = ("number",)
    title = gettext_lazy("Parts")

    @cached_property
    def run(self):
        return get_object_or_404(runs(), pk=self.kwargs["pk"])

    def rows(self):
        return self.run.shards.all()

    def worker_link(self, worker):
        return f"{reverse('reviews:run-detail', args=[self.run.pk])}?{urlencode({'worker': worker})}#parts"

    def get_context_data(self, **kwargs):
        done = self.rows().filter(status=Shard.Status.DONE, done_at__isnull=False).order_by("done_at")
        drawn = [
            (shard.worker, (shard.done_at - self.run.started_at).total_seconds(), took, shard.size)
            for shard in done[:DRAWN]
            if (took := shard.result.get("seconds")) is not None
        ]
        return super().get_context_data(
            **kwargs,
            run=self.run,
            progress=jobs.progress(self.run),
            helpers=helpers(drawn, self.worker_link),
            figure=charts.shards_over_time(drawn, link=self.worker_link) if drawn else None,
        )


def helpers(drawn, link):
    """[(worker, link, parts, borrowers, seconds, borrowers a second)] of who helped, the busiest first."""
    sums: dict = {}
    for worker, _since, took, size in drawn:
        parts, borrowers, seconds = sums.get(worker, (0, 0, 0.0))
        sums[worker] = parts + 1, borrowers + size, seconds + took
    found = [
        (worker, link(worker), parts, borrowers, round(seconds, 2), round(borrowers / max(seconds, 0.001)))
        for worker, (parts, borrowers, seconds) in sums.items()
    ]
    return sorted(found, key=lambda row: row[3], reverse=True)


@right("recheck.view")
def recheck_progress(request):
    """The fragment that refreshes itself while a run is on its way; the whole page where it is over."""
    asked = request.GET.get("run", "")
    run, progress = newest_run()
    if asked.isdecimal():
        run = get_object_or_404(Run, pk=int(asked[:18]), kind=recheck.KIND)
        progress = jobs.progress(run)
    if run is None or run.status != Run.Status.RUNNING:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "reviews/_progress.html", {"run": run, "progress": progress})


@require_POST
@right("recheck.start")
def recheck_start(request):
    now = timezone.now()
    running = Run.objects.filter(kind=recheck.KIND, status=Run.Status.RUNNING, params__borrower=None)
    if run := running.order_by("-pk").first():
        messages.info(request, _("A recheck is running already; its progress is below."))
    else:
        # The token of the form names the run, so that a form that is sent twice is one run.
        token = request.POST.get("token", "")[:32]
        day = timezone.localdate(now)
        run = recheck.start(as_of=day, by=request.user, at=now, slot=f"{day}@{token}" if token else None)
        messages.success(request, _("The recheck is planned; workers take it up at once."))
    return redirect("reviews:run-detail", run.pk)


def refusal(code):
    """Why a run was refused, in words."""
    most = periods.value("recheck.chosen", on=timezone.localdate())
    return {
        "right": _("Your role starts no recheck."),
        "empty": _("Choose at least one borrower with a settled loan."),
        "too_many": _("At most %(count)s borrowers at once: narrow the filters, or judge everybody.")
        % {"count": most},
    }[code]


@require_POST
@right("recheck.start")
def recheck_chosen(request):
    """A run over rows that were chosen in a list, or over all that its filters leave."""
    name, query = request.POST.get("of", ""), request.POST.get("query", "")[:2000]
    try:
        page = list_page(request, name, query)
    except LookupError:
        page = None
    if page is None or not page.chooses:
        messages.error(request, _("This list has no borrowers to choose."))
        return redirect("reviews:recheck")
    rows = page.chosen()[1]
    if "all" not in request.POST:
        rows = rows.filter(pk__in=[pk for pk in request.POST.getlist("chosen")[:1000] if pk.isdecimal()])
    most = periods.value("recheck.chosen", on=timezone.localdate())
    ids = set(rows.order_by().values_list(f"{page.borrower}_id", flat=True).distinct()[: most + 1])
    token = request.POST.get("token", "")[:32]
    try:
        run = recheck.choose(ids=ids, token=token, by=request.user, at=timezone.now())
    except recheck.NotAllowed as refused:
        messages.error(request, refusal(str(refused)))
        return redirect(f"{reverse(name)}?{query}")
    return redirect("reviews:run-detail", run.pk)


@require_POST
@right("recheck.start")
def recheck_catch_up(request):
    days = recheck.catch_up(by=request.user, at=timezone.now())
    if days:
        messages.success(request, _("The missed days are planned, one after the other, and then today."))
    else:
        messages.info(request, _("No day is missed."))
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
    seen = Borrower.objects.visible_to(request.user, on=timezone.localdate())
    borrower = get_object_or_404(seen, reference=reference)
    if recheck.retry(borrower=borrower, by=request.user, at=timezone.now()):
        messages.success(request, _("The borrower is judged again at once."))
    return redirect("reviews:recheck")

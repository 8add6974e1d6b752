"""Who of the settled borrowers was looked at in time, and the list behind each number."""

from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from reviews.actions import recheck
from reviews.filters import CoverageFilter
from reviews.models import CoverageDay, Part, Settled
from reviews.tables import CoverageTable
from reviews.views.recheck import newest_run, settled_since
from servicing.actions import feed
from servicing.domain.staff import SAMPLED
from servicing.pages import Count, ListPage, right

# What each part means, in the order of the page.
MEANINGS = {
    Part.CHECKED: _("judged as of the day that is due, with what others know"),
    Part.UNASKED: _("judged on time; no source has said anything for as long as its word is trusted"),
    Part.INTERNAL: _("judged on time without what others know, for consent is missing"),
    Part.LATE: _("not judged as of the day that is due, or never"),
    Part.ASIDE: _("judging them fails; everybody else is judged; retry after the cause is gone"),
    Part.RESTRICTED: _("data that is kept and no more: not looked at by any run"),
}
# All parts together: the list behind what is told of the whole book.
ALL = "all"


@right("recheck.view")
def coverage_page(request):
    at = timezone.now()
    counted = recheck.coverage(at=at)
    run, progress = newest_run()
    page = {
        "counted": counted,
        "is_sample": request.user.role_code in SAMPLED,
        # Counted for the page, or some while before it.
        "is_about": counted.counted_at != at,
        "parts": [(part, counted.parts.get(part, 0), words) for part, words in MEANINGS.items()],
        "missed": recheck.missed(on=timezone.localdate(at)),
        # What came in is not all that happened, so judging it again does not make it current.
        "stale": feed.troubles(at=at),
        "run": run,
        "settled": counted.settled,
        "since": settled_since(run, progress, settled=counted.settled),
        "progress": progress,
        "days": CoverageDay.objects.order_by("-as_of")[:14],
    }
    return render(request, "reviews/coverage.html", page)


class CoverageList(ListPage):
    """The borrowers of one part or of all, each with the reason why he stands in it."""

    right = "archive.browse"
    template_name = "reviews/coverage_list.html"
    table_class = CoverageTable
    filterset_class = CoverageFilter
    sort = ("pk",)
    tabs = {"tab": (*Part.values, ALL)}
    title = _("Coverage, borrower by borrower")
    borrower = "borrower"
    chooses = "recheck.start"
    empty_icon = "circle-check"
    empty_title = _("Nobody stands here")
    empty_text = _("The other parts have everybody who has settled a loan.")

    @property
    def tab(self):
        asked = self.request.GET.get("tab", "")
        return asked if asked in self.tabs["tab"] else Part.LATE.value

    @property
    def lead(self):  # type: ignore[override]
        if self.tab == ALL:
            return _("everybody who has settled a loan, as they stand now")
        return MEANINGS[Part(self.tab)]

    @cached_property
    def watch(self):
        return recheck.watch(on=timezone.localdate())

    def reachable(self):
        rows = Settled.objects.within(self.watch).visible_to(self.person, on=self.watch.on)
        return rows.for_coverage_page(self.watch)

    def rows(self):
        rows = self.reachable()
        return rows if self.tab == ALL else rows.in_part(Part(self.tab), self.watch)

    def count(self, rows, page):
        """The number that the coverage page tells, where the list is just that."""
        fits = not page.after and not page.before
        is_narrowed = any(self.request.GET.get(name) for name in self.filterset_class.base_filters)
        if fits or is_narrowed or self.person.role_code in SAMPLED:
            return super().count(rows, page)
        at = timezone.now()
        counted = recheck.coverage(at=at)
        number = counted.settled if self.tab == ALL else counted.parts.get(self.tab, 0)
        return Count(max(number, len(page.rows)), is_about=counted.counted_at != at)

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, parts=[*Part.choices, (ALL, _("all"))])

    def make_table(self, rows):
        return CoverageTable(rows, watch=self.watch, request=self.request)

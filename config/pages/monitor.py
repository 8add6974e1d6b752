"""The monitor: open loans of people who settled before, refreshed by itself where something changed."""

import hashlib
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from reviews.models import Case
from servicing import charts
from servicing.actions import feed, periods
from servicing.domain.staff import SAMPLED
from servicing.filters import MonitorFilter
from servicing.models import LedgerLink, OldestDue, Settlement
from servicing.models.monitor import BUCKETS, standings
from servicing.pages import Count, ListPage
from servicing.tables import MonitorTable

TABS = (
    ("late", gettext_lazy("Late today")),
    ("first", gettext_lazy("First payment missed")),
    ("second", gettext_lazy("Second payment missed")),
    ("soon", gettext_lazy("Due soon")),
    ("all", gettext_lazy("All open")),
)
EMPTY = {
    "late": (
        gettext_lazy("Nobody is late"),
        gettext_lazy("Every open loan of a former customer is paid up to today."),
    ),
    "first": (
        gettext_lazy("No first payment is missed"),
        gettext_lazy("Whoever borrowed again paid the first instalment in time, or it is not due yet."),
    ),
    "second": (
        gettext_lazy("No second payment is missed"),
        gettext_lazy("Nobody stopped after the first instalment."),
    ),
    "soon": (
        gettext_lazy("Nothing is due soon"),
        gettext_lazy("No instalment of a former customer falls due in the next days."),
    ),
    "all": (
        gettext_lazy("Nobody who settled has borrowed again"),
        gettext_lazy("A loan appears here when a borrower with a settled loan takes a new one."),
    ),
}
NONE_OF_MINE = (
    gettext_lazy("None of your cases is concerned"),
    gettext_lazy("A loan appears here when its borrower stands in an open case of yours."),
)
NONE_OF_SAMPLE = (
    gettext_lazy("None in today's sample"),
    gettext_lazy("You see about 1 borrower in 32 today, and others tomorrow."),
)
# What exchanges itself, each alone, and only when it reads differently than before.
PARTS = ("stale", "tabs", "rows", "chart")


class MonitorPage(ListPage):
    """Tabs with counts, filters, a chart with its table; all of it in the URL."""

    right = "monitor.view"
    template_name = "pages/monitor.html"
    table_class = MonitorTable
    filterset_class = MonitorFilter
    sort = ("due_on",)
    title = gettext_lazy("Monitor")
    lead = gettext_lazy("Open loans of people who settled a loan before: what is due, and what is late.")
    borrower = "borrower"
    empty_icon = "radar"
    tabs = {"tab": tuple(code for code, _words in TABS)}

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.on = timezone.localdate()
        # Taken before anything is counted: what comes meanwhile is found the next time.
        self.mark = f"{self.on}:{LedgerLink.objects.newest_change()}"
        self.soon = periods.value("monitor.soon", on=self.on)

    @property
    def tab(self):
        asked = self.request.GET.get("tab", "")
        return asked if asked in dict(TABS) else TABS[0][0]

    @property
    def empty_title(self):  # type: ignore[override]
        return self.empty()[0]

    @property
    def empty_text(self):  # type: ignore[override]
        return self.empty()[1]

    def empty(self):
        if self.person.role_code in SAMPLED:
            return NONE_OF_SAMPLE
        return EMPTY[self.tab] if self.person.may("monitor.browse") else NONE_OF_MINE

    def monitored(self):
        """Whom this person may see here: a risk officer the borrowers of the own open cases."""
        own = Case.objects.owned_by(self.person).values("borrower")
        return OldestDue.objects.monitored(on=self.on).visible_to(self.person, on=self.on, own=own)

    def rows(self):
        rows, on = self.monitored().for_monitor_page(), self.on
        return {
            "late": rows.late(on=on),
            "first": rows.first_missed(on=on),
            "second": rows.second_missed(on=on),
            "soon": rows.soon(on=on, days=self.soon),
            "all": rows,
        }[self.tab]

    def reachable(self):
        return self.monitored().for_monitor_page()

    def make_table(self, rows):
        return MonitorTable(rows, on=self.on, standings=standings(rows, on=self.on), request=self.request)

    @cached_property
    def drawn(self):
        """What the tabs and the chart say."""
        return self.monitored().drawn(on=self.on, soon=self.soon)

    def count(self, rows, page):
        """What the tab says, where nothing narrows it."""
        known = self.drawn[0].get(self.tab)
        is_narrowed = any(self.request.GET.get(name) for name in MonitorFilter.base_filters)
        return super().count(rows, page) if known is None or is_narrowed else Count(known)

    def get_context_data(self, **kwargs):
        counts = self.drawn[0]
        page = super().get_context_data(
            **kwargs,
            on=self.on,
            soon=self.soon,
            at=timezone.now(),
            stale=feed.troubles(at=timezone.now()),
            mark=self.mark,
            counts=counts,
            tabs=[(code, label, counts.get(code), self.address(tab=code)) for code, label in TABS],
            seconds=periods.value("monitor.refresh", on=self.on),
            sees_all=self.person.may("monitor.browse"),
            **self.chart(),
        )
        page["parts"] = {name: part(f"pages/_monitor_{name}.html", page, self.request) for name in PARTS}
        return page

    def chart(self):
        counts = self.drawn[1]
        words = dict(Settlement.Kind.choices)
        kinds = [kind for kind in reversed(words) if any(former == kind for _mark, former in counts)]
        marks = [mark for mark in BUCKETS if any(found == mark for found, _kind in counts)]
        return {
            "bucket_figure": charts.late_by_bucket(marks, kinds, counts, link=self.link) if marks else None,
            "bucket_kinds": [words[kind] for kind in kinds],
            "bucket_rows": [self.bucket_row(mark, kinds, counts) for mark in marks],
        }

    def bucket_row(self, mark, kinds, counts):
        """(words, [(loans, where they are listed)] of each former kind, all of them)."""
        cells = [(counts.get((mark, kind), 0), self.link(mark, kind)) for kind in kinds]
        return charts.BUCKET_WORDS[mark], cells, sum(loans for loans, _url in cells)

    def link(self, mark, kind):
        return self.address(tab="late", bucket=mark, former=kind)

    def address(self, **query):
        return f"{reverse('monitor')}?{urlencode(query)}"


def part(template, page, request):
    """(html, mark by which it is known again)."""
    html = render_to_string(template, page, request)
    return html, hashlib.sha256(html.encode()).hexdigest()[:16]


class MonitorLive(MonitorPage):
    """What changed since `seen`, to be exchanged in place; 204 when nothing did.

    Every change leaves a row in the ledger, so where that stands still nothing is counted or drawn.
    """

    template_name = "pages/_monitor_live.html"

    def dispatch(self, request, *args, **kwargs):
        if self.mark in request.GET.getlist("seen"):
            return HttpResponse(status=204)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        # Links are written from the address: they must not carry what this page only says to itself.
        request: Any = self.request
        kept = request.GET.copy()
        self.seen = set(kept.pop("seen", ()))
        request.GET = kept
        return super().get_context_data(**kwargs)

    def render_to_response(self, context, **kwargs):
        changed = [name for name, (_html, mark) in context["parts"].items() if mark not in self.seen]
        return super().render_to_response(context | {"changed": changed}, **kwargs)

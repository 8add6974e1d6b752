"""Lists of whom the recheck looked at, of its runs and of their parts."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.models import Part, Settled
from reviews.templatetags.runs import speed, whom
from servicing.models import Run, Shard
from servicing.tables import NOWRAP, borrower_link, borrower_text
from servicing.templatetags import faces

PART_TONES = {
    Part.CHECKED: "good",
    Part.UNASKED: "good",
    Part.INTERNAL: "note",
    Part.LATE: "warn",
    Part.ASIDE: "bad",
    Part.RESTRICTED: "note",
}
RUN_TONES = {"done": "good", "stuck": "bad", "running": "note"}
SHARD_TONES = {"done": "good", "quarantined": "bad", "leased": "note"}
RIGHT = {"th": {"class": "right"}, "td": {"class": "right nowrap"}}


def why(row, watch):
    """Why a borrower stands in his part, in words."""
    part = watch.part_of(row)
    if part == Part.LATE:
        return late(row, watch)
    if part == Part.RESTRICTED:
        day, ground = faces.day(row.restricted_on), faces.restriction_ground(row.ground)
        return _("restricted since %(day)s: %(ground)s") % {"day": day, "ground": ground}
    if part == Part.ASIDE:
        at = faces.instant(row.aside_at)
        return _("judging fails since %(at)s: %(trouble)s") % {"at": at, "trouble": row.trouble}
    if part == Part.INTERNAL:
        if row.withdrawn_on and row.withdrawn_on <= watch.on:
            return _("consent withdrawn on %(day)s") % {"day": faces.day(row.withdrawn_on)}
        if row.consent_until and row.consent_until < watch.on:
            return _("consent ended after %(day)s") % {"day": faces.day(row.consent_until)}
        return _("no consent for what the source says")
    if part == Part.UNASKED:
        return _("no source has said anything for %(days)s days") % {"days": watch.stale}
    return ""


def late(row, watch):
    """By how many days, since when, and what was left out."""
    since = watch.late_since(row)
    days = max((watch.due - since).days + 1, 0)
    said = ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days} if days else _("due")
    if row.judged_on is None:
        reason = _("on file since %(day)s and never judged")
    elif watch.newest is None or watch.newest < watch.due:
        reason = _("not checked since %(day)s: no run has come to its end")
    else:
        reason = _("not checked since %(day)s: left out by the last run")
    return f"{said}, {reason % {'day': faces.day(since)}}"


class CoverageTable(tables.Table):
    marked = ("why",)
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, attrs=NOWRAP)
    loans = tables.Column(
        gettext_lazy("settled loans"), accessor="settled_loans", orderable=False, attrs=RIGHT
    )
    settled = tables.Column(
        gettext_lazy("settled on"), accessor="last_settled_on", orderable=False, attrs=NOWRAP
    )
    checked = tables.Column(
        gettext_lazy("checked on"), accessor="pk", orderable=False, attrs=NOWRAP, empty_values=()
    )
    part = tables.Column(gettext_lazy("stands"), accessor="pk", orderable=False)
    why = tables.Column(gettext_lazy("why"), accessor="pk", orderable=False)

    class Meta:
        model = Settled
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("dossier", args=[record.borrower.reference])}

    def __init__(self, *args, watch, **kwargs):
        self.watch = watch
        super().__init__(*args, **kwargs)

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def value_loans(self, value):
        return value

    def render_settled(self, value):
        return faces.day(value)

    value_settled = render_settled

    def render_checked(self, record):
        return faces.day(self.watch.checked_on(record))

    value_checked = render_checked

    def render_part(self, record):
        part = self.watch.part_of(record)
        return format_html('<span class="pill {}">{}</span>', PART_TONES[part], part.label)

    def value_part(self, record):
        return str(self.watch.part_of(record).label)

    def render_why(self, record):
        return why(record, self.watch)

    value_why = render_why


class RunTable(tables.Table):
    day = tables.Column(gettext_lazy("as of"), accessor="params__as_of", orderable=False, attrs=NOWRAP)
    status = tables.Column(gettext_lazy("status"), orderable=False)
    whom = tables.Column(gettext_lazy("whom"), accessor="params", orderable=False)
    started = tables.Column(gettext_lazy("started"), accessor="started_at", orderable=False, attrs=NOWRAP)
    by = tables.Column(gettext_lazy("by"), orderable=False, attrs=NOWRAP)
    borrowers = tables.Column(
        gettext_lazy("judged"), accessor="result__borrowers", orderable=False, attrs=RIGHT
    )
    seconds = tables.Column(gettext_lazy("seconds"), accessor="result__seconds", orderable=False, attrs=RIGHT)
    speed = tables.Column(gettext_lazy("borrowers a second"), accessor="pk", orderable=False, attrs=RIGHT)
    retries = tables.Column(gettext_lazy("retries"), orderable=False, attrs=RIGHT)
    aside = tables.Column(gettext_lazy("set aside"), orderable=False, attrs=RIGHT)
    opened = tables.Column(
        gettext_lazy("new alerts"), accessor="result__opened", orderable=False, attrs=RIGHT
    )
    edition = tables.Column(
        gettext_lazy("edition"), accessor="result__editions", orderable=False, attrs=RIGHT
    )

    class Meta:
        model = Run
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("reviews:run-detail", args=[record.pk])}

    def render_day(self, record, value):
        return format_html('<a href="{}">{}</a>', reverse("reviews:run-detail", args=[record.pk]), value)

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', RUN_TONES[record.status], value)

    def render_whom(self, record):
        return whom(record)

    def render_started(self, value):
        return faces.instant(value)

    def render_borrowers(self, value):
        return faces.number(value)

    render_opened = render_retries = render_aside = render_borrowers

    def render_speed(self, record):
        return faces.number(speed(record.result.get("borrowers"), record.result.get("seconds")))

    def render_edition(self, value):
        return ", ".join(map(str, value))


class ShardTable(tables.Table):
    number = tables.Column(gettext_lazy("no."), order_by="number")
    status = tables.Column(gettext_lazy("status"), orderable=False)
    size = tables.Column(gettext_lazy("borrowers"), order_by="size", attrs=RIGHT)
    attempts = tables.Column(gettext_lazy("attempts"), order_by="attempts", attrs=RIGHT)
    worker = tables.Column(gettext_lazy("worker"), orderable=False, attrs=NOWRAP)
    done = tables.Column(gettext_lazy("done at"), accessor="done_at", orderable=False, attrs=NOWRAP)
    seconds = tables.Column(gettext_lazy("seconds"), accessor="result__seconds", orderable=False, attrs=RIGHT)
    speed = tables.Column(gettext_lazy("borrowers a second"), accessor="pk", orderable=False, attrs=RIGHT)
    opened = tables.Column(
        gettext_lazy("new alerts"), accessor="result__opened", orderable=False, attrs=RIGHT
    )
    trouble = tables.Column(gettext_lazy("trouble"), orderable=False)

    class Meta:
        model = Shard
        fields = ()

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', SHARD_TONES.get(record.status, ""), value)

    def render_size(self, value):
        return faces.number(value)

    def render_done(self, value):
        return faces.instant(value)

    def render_speed(self, record):
        return faces.number(speed(record.result.get("borrowers"), record.result.get("seconds")))

    def render_worker(self, value):
        return format_html('<span class="code">{}</span>', value)

    render_trouble = render_worker

"""Lists of cases and of alerts."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Alert, Case, RuleVersion
from reviews.templatetags.rules import feature_value
from servicing.tables import NOWRAP, borrower_link, borrower_text
from servicing.templatetags import faces

STATUS_TONES = {"waiting": "", "open": "note", "answered": "good", "closed": ""}


def pill(tone, words):
    return format_html('<span class="pill {}">{}</span>', tone, words)


class CaseTable(tables.Table):
    marked = ("group",)
    case = tables.Column(gettext_lazy("case"), accessor="pk", orderable=False, attrs=NOWRAP)
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, attrs=NOWRAP)
    group = tables.Column(gettext_lazy("subject"), orderable=False)
    alerts = tables.Column(gettext_lazy("alerts"), accessor="alert_count", orderable=False)
    priority = tables.Column(gettext_lazy("priority"), order_by="priority")
    opened = tables.Column(
        gettext_lazy("opened on"), accessor="opened_on", order_by="opened_on", attrs=NOWRAP
    )
    due = tables.Column(gettext_lazy("due on"), accessor="due_on", order_by="due_on", attrs=NOWRAP)
    owner = tables.Column(gettext_lazy("with"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = Case
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("reviews:case-detail", args=[record.pk])}

    def __init__(self, *args, on, **kwargs):
        # The business day against which a due date is late.
        self.on = on
        super().__init__(*args, **kwargs)

    def render_case(self, record):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("reviews:case-detail", args=[record.pk]), record
        )

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def value_case(self, record):
        return str(record)

    def value_alerts(self, value):
        return value

    def value_opened(self, value):
        return value.isoformat()

    value_due = value_opened

    def render_alerts(self, record, value):
        return (
            format_html("{} {}", value, pill("good", _("none fires now")))
            if record.has_alerts_gone
            else value
        )

    def render_opened(self, value):
        return faces.day(value)

    def render_due(self, record, value):
        if record.status == Case.Status.CLOSED:
            return pill("", _("closed"))
        if value < self.on:
            return format_html("{} {}", faces.day(value), pill("bad", _("overdue")))
        return (
            format_html("{} {}", faces.day(value), pill("warn", _("today")))
            if value == self.on
            else faces.day(value)
        )


class AlertTable(tables.Table):
    marked = ("rule", "status")
    rule = tables.Column(gettext_lazy("rule"), orderable=False)
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, attrs=NOWRAP)
    measure = tables.Column(gettext_lazy("newest value"), accessor="latest", orderable=False)
    status = tables.Column(gettext_lazy("status"), orderable=False)
    opened = tables.Column(
        gettext_lazy("opened on"), accessor="opened_on", order_by="opened_on", attrs=NOWRAP
    )
    refreshed = tables.Column(
        gettext_lazy("last changed on"), accessor="refreshed_on", orderable=False, attrs=NOWRAP
    )
    case = tables.Column(gettext_lazy("case"), orderable=False)

    class Meta:
        model = Alert
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("dossier", args=[record.borrower.reference])}

    def __init__(self, *args, **kwargs):
        self.rules = RuleVersion.objects.by_code()
        super().__init__(*args, **kwargs)

    def render_rule(self, record, value):
        opening = pill("", _("opening balance")) if record.is_opening else ""
        return format_html("{} {}", self.value_rule(value), opening)

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def value_rule(self, value):
        return self.rules[value].name if value in self.rules else value

    def value_status(self, value):
        return str(value)

    def value_opened(self, value):
        return value.isoformat()

    value_refreshed = value_opened

    def value_case(self, value):
        return str(value)

    def render_measure(self, record, value):
        rule = self.rules.get(record.rule)
        return feature_value(value["values"].get(rule.measure), rule.measure) if rule else "—"

    def render_status(self, record, value):
        return pill(STATUS_TONES[record.status], value)

    def render_opened(self, value):
        return faces.day(value)

    def render_refreshed(self, value):
        return faces.day(value)

    def render_case(self, value):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("reviews:case-detail", args=[value.pk]), value
        )

"""The list of objections to credit data."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from servicing.domain.bureau import stage
from servicing.models import Objection
from servicing.tables.archive import NOWRAP, borrower_link, borrower_text
from servicing.templatetags import faces

STAGES = {"fresh": "", "pressing": "note", "alarm": "warn", "overdue": "bad"}


class ObjectionTable(tables.Table):
    folds = True
    marked = ("status",)
    number = tables.Column(gettext_lazy("number"), orderable=False, attrs=NOWRAP)
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, attrs=NOWRAP)
    loan = tables.Column(gettext_lazy("loan"), orderable=False, attrs=NOWRAP)
    received = tables.Column(
        gettext_lazy("received on"), accessor="received_on", order_by="received_on", attrs=NOWRAP
    )
    due = tables.Column(gettext_lazy("due on"), accessor="due_on", order_by="due_on", attrs=NOWRAP)
    mark = tables.Column(gettext_lazy("mark in dispute"), accessor="pk", orderable=False, attrs=NOWRAP)
    status = tables.Column(gettext_lazy("status"), orderable=False)

    class Meta:
        model = Objection
        fields = ()
        row_attrs = {"data-href": lambda record: objection_url(record)}

    def __init__(self, *args, on, pressing, alarm, **kwargs):
        self.on, self.limits = on, {"pressing": pressing, "alarm": alarm}
        super().__init__(*args, **kwargs)

    def render_number(self, record, value):
        return format_html('<a class="code" href="{}">{}</a>', objection_url(record), value)

    def value_number(self, value):
        return value

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def value_loan(self, value):
        return str(value)

    def render_received(self, value):
        return faces.day(value)

    def value_received(self, value):
        return value.isoformat()

    value_due = value_received

    def render_due(self, record, value):
        if record.status != Objection.Status.OPEN:
            return faces.day(value)
        reached = stage(self.on, received_on=record.received_on, due_on=record.due_on, **self.limits)
        words = _("overdue") if reached == "overdue" else day_of(record, self.on)
        return format_html('{} <span class="pill {}">{}</span>', faces.day(value), STAGES[reached], words)

    def render_mark(self, record):
        return _("removed") if record.unmarked_at else _("still set")

    def render_status(self, record):
        tone = "note" if record.status == Objection.Status.OPEN else "good"
        return format_html('<span class="pill {}">{}</span>', tone, record.get_status_display())

    def value_status(self, record):
        return record.get_status_display()


def day_of(objection, on):
    """Which day of its clock today is; the day of receipt is day 0."""
    return _("day %(day)s") % {"day": (on - objection.received_on).days}


def objection_url(objection):
    return reverse("servicing:objection-detail", args=[objection.number])

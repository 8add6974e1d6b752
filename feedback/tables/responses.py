"""Lists of what customers say. A column speaks twice: to the eye and to the file, masked in both."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Response, Survey
from feedback.templatetags import responses
from feedback.templatetags.surveys import SCORES
from servicing.tables import NOWRAP, borrower_link, borrower_text
from servicing.templatetags import faces
from servicing.templatetags.messages import message_status


class ResponseTable(tables.Table):
    folds = True
    marked = ("where",)
    reference = tables.Column(gettext_lazy("number"), orderable=False, attrs=NOWRAP)
    kind = tables.Column(gettext_lazy("kind"), orderable=False)
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, empty_values=(), attrs=NOWRAP)
    where = tables.Column(gettext_lazy("where it hurt"), orderable=False)
    channel = tables.Column(gettext_lazy("how it came"), orderable=False)
    received = tables.Column(
        gettext_lazy("received on"), accessor="received_on", order_by="received_at", attrs=NOWRAP
    )
    due = tables.Column(
        gettext_lazy("to be answered by"), accessor="due_on", order_by="due_on", empty_values=(), attrs=NOWRAP
    )
    status = tables.Column(gettext_lazy("status"), orderable=False)
    owner = tables.Column(gettext_lazy("with"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = Response
        fields = ()
        row_attrs = {"data-href": lambda record: response_url(record)}

    def __init__(self, *args, on, **kwargs):
        # The day against which a last day is over.
        self.on = on
        super().__init__(*args, **kwargs)

    def render_reference(self, record, value):
        return format_html('<a class="code" href="{}">{}</a>', response_url(record), value)

    def value_reference(self, value):
        return value

    def render_kind(self, record):
        return responses.kind_pill(record)

    def value_kind(self, record):
        return record.get_kind_display()

    def render_borrower(self, record):
        return borrower_link(record.borrower) if record.borrower else _("not known yet")

    def value_borrower(self, record):
        return borrower_text(record.borrower) if record.borrower else ""

    def render_received(self, value):
        return faces.day(value)

    def value_received(self, value):
        return value.isoformat()

    def render_due(self, record):
        return responses.clock(record, self.on)

    def value_due(self, record):
        return record.due_on.isoformat() if record.due_on else ""

    def render_status(self, record):
        return responses.status_pill(record)

    def value_status(self, record):
        return record.get_status_display()


def response_url(response):
    return reverse("feedback:response-detail", args=[response.reference])


class SurveyTable(tables.Table):
    folds = True
    marked = ("score",)
    asked = tables.Column(
        gettext_lazy("asked on"), accessor="planned_on", order_by="planned_on", attrs=NOWRAP
    )
    borrower = tables.Column(gettext_lazy("borrower"), orderable=False, attrs=NOWRAP)
    message = tables.Column(gettext_lazy("message"), orderable=False)
    answered = tables.Column(gettext_lazy("answered"), accessor="answered_at", orderable=False, attrs=NOWRAP)
    score = tables.Column(gettext_lazy("score"), orderable=False)
    response = tables.Column(gettext_lazy("became"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = Survey
        fields = ()

    def render_asked(self, value):
        return faces.day(value)

    def value_asked(self, value):
        return value.isoformat()

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def render_message(self, value):
        return message_status(value)

    def value_message(self, value):
        return value.get_status_display()

    def render_answered(self, value):
        return faces.instant(value)

    def value_answered(self, value):
        return faces.instant(value)

    def render_score(self, value):
        return f"{value} · {SCORES[value]}"

    def value_score(self, value):
        return value

    def render_response(self, value):
        return format_html('<a class="code" href="{}">{}</a>', response_url(value), value)

    def value_response(self, value):
        return value.reference

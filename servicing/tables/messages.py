"""The list of messages to borrowers."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.models import Message
from servicing.tables.archive import NOWRAP, borrower_link, borrower_text
from servicing.templatetags import faces
from servicing.templatetags.messages import message_status, why_words


class MessageTable(tables.Table):
    """To whom what was sent and how that went; never what it said."""

    marked = ("kind",)
    folds = True

    queued = tables.Column(_("queued"), accessor="queued_at", order_by="queued_at", attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    kind = tables.Column(_("kind"), orderable=False)
    purpose = tables.Column(_("purpose"), orderable=False)
    status = tables.Column(_("status"), orderable=False)
    why = tables.Column(_("why"), orderable=False)
    gateway = tables.Column(_("gateway"), orderable=False)
    sent = tables.Column(_("sent"), accessor="sent_at", order_by="sent_at", attrs=NOWRAP)

    class Meta:
        model = Message
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:message-detail", args=[record.pk])}

    def render_queued(self, record, value):
        url = reverse("servicing:message-detail", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, faces.instant(value))

    def value_queued(self, value):
        return faces.instant(value)

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def render_status(self, record):
        return message_status(record)

    def value_status(self, record):
        return record.get_status_display()

    def render_why(self, value):
        return why_words(value)

    def render_sent(self, value):
        return faces.instant(value)

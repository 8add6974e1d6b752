"""The list of the feed's messages."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from servicing.models import FeedMessage
from servicing.tables.archive import NOWRAP
from servicing.templatetags import faces

MESSAGE_TONES = {"applied": "good", "refused": "bad", "held": "warn"}


class FeedMessageTable(tables.Table):
    """Messages of the feed: which, when and how far, never what they said."""

    folds = True

    sequence = tables.Column(_("no."), order_by="sequence", attrs=NOWRAP)
    source = tables.Column(_("source"), accessor="feed", orderable=False)
    kind = tables.Column(_("kind"), accessor="kind_words", orderable=False)
    loan = tables.Column(_("loan"), orderable=False, attrs={"td": {"class": "code nowrap"}})
    at = tables.Column(_("happened"), orderable=False, attrs=NOWRAP)
    received = tables.Column(_("received"), accessor="received_at", orderable=False, attrs=NOWRAP)
    status = tables.Column(_("status"), orderable=False)
    reason = tables.Column(_("reason"), accessor="words", orderable=False)

    class Meta:
        model = FeedMessage
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:feed-message", args=[record.pk])}

    def render_sequence(self, record, value):
        return format_html('<a href="{}">{}</a>', reverse("servicing:feed-message", args=[record.pk]), value)

    def render_loan(self, record, value):
        if record.loan_pk is None:
            return value
        return format_html(
            '<a href="{}">{}</a>', reverse("servicing:loan-detail", args=[record.loan_pk]), value
        )

    def render_at(self, value):
        return faces.instant(value)

    def render_received(self, value):
        return faces.instant(value)

    def render_status(self, record, value):
        tone, words = MESSAGE_TONES.get(record.status, "note"), value
        if record.differs_at:
            tone, words = "bad", _("other content came")
        return format_html('<span class="pill {}">{}</span>', tone, words)

    def render_reason(self, record, value):
        return f"{record.field}{gettext(': ')}{value}" if record.field else value

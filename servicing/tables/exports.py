"""The list of files that a person asked for."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.models import Export
from servicing.tables.archive import NOWRAP, RIGHT
from servicing.templatetags import faces


class ExportTable(tables.Table):
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    title = tables.Column(_("list"), orderable=False)
    rows = tables.Column(_("rows"), accessor="ids", orderable=False, attrs=RIGHT)
    people = tables.Column(_("borrowers"), orderable=False, attrs=RIGHT)
    words = tables.Column(_("what for"), orderable=False)
    asked = tables.Column(_("asked for"), accessor="at", orderable=False, attrs=NOWRAP)
    state = tables.Column(_("file"), accessor="format", orderable=False, attrs=NOWRAP)

    class Meta:
        model = Export
        fields = ()

    def __init__(self, *args, at, **kwargs):
        # The instant at which a file can be fetched or no longer.
        self.at = at
        super().__init__(*args, **kwargs)

    def render_number(self, record):
        return str(record)

    def render_rows(self, value):
        return len(value)

    def render_people(self, value):
        return len(value)

    def render_asked(self, value):
        return faces.instant(value)

    def render_state(self, record):
        if record.is_open(at=self.at):
            url = reverse("servicing:export-file", args=[record.pk])
            words = _("fetch, until %(at)s") % {"at": faces.instant(record.expires_at)}
            return format_html('<a class="button small" href="{}">{}</a>', url, words)
        if record.ready_at:
            return _("expired")
        if record.approval is None:
            return "—"
        url = reverse("servicing:approval-detail", args=[record.approval_id])
        return format_html('<a href="{}">{}</a>', url, record.approval.get_status_display())

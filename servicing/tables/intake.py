"""Lists of imports, and of the rows that they did not take."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.domain.privacy import blur
from servicing.models import ImportBatch, Reject
from servicing.tables.archive import NOWRAP, RIGHT
from servicing.templatetags import faces

IMPORT_TONES = {"applied": "good", "checked": "note", "part": "warn", "refused": "bad", "undone": "bad"}


class ImportTable(tables.Table):
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    note = tables.Column(_("note"), orderable=False)
    name = tables.Column(_("files"), orderable=False)
    layout = tables.Column(_("layout"), orderable=False)
    status = tables.Column(_("status"), orderable=False)
    row_count = tables.Column(_("rows"), orderable=False, attrs=RIGHT)
    taken = tables.Column(_("new"), orderable=False, attrs=RIGHT)
    rejected = tables.Column(_("rejected"), accessor="counts__rejected", orderable=False, attrs=RIGHT)
    staged = tables.Column(_("staged"), accessor="staged_at", orderable=False, attrs=NOWRAP)
    staged_by = tables.Column(_("staged by"), orderable=False)
    applied_by = tables.Column(_("applied by"), orderable=False)

    class Meta:
        model = ImportBatch
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:import-detail", args=[record.pk])}

    def render_number(self, value):
        return format_html('<a href="{}">{}</a>', reverse("servicing:import-detail", args=[value]), value)

    def render_row_count(self, value):
        return f"{value:,}"

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', IMPORT_TONES.get(record.status, "note"), value)

    def render_staged(self, value):
        return faces.instant(value)


class RejectTable(tables.Table):
    """Rows that were not taken: where they stand and why, never what stood there."""

    file = tables.Column(_("file"), orderable=False, attrs=NOWRAP)
    line = tables.Column(_("line"), orderable=False, attrs=RIGHT)
    column = tables.Column(_("column"), orderable=False)
    reason = tables.Column(_("reason"), accessor="words", orderable=False, attrs={"td": {"class": "whole"}})
    key = tables.Column(_("key"), orderable=False, attrs={"td": {"class": "code"}})

    class Meta:
        model = Reject
        fields = ()

    def render_key(self, value):
        return blur(value)

"""Lists of imports, and of the rows that they did not take."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.domain.privacy import blur
from servicing.models import ImportBatch, Reject
from servicing.tables.archive import NOWRAP, RIGHT, WHOLE
from servicing.templatetags import faces
from servicing.templatetags.imports import column_words

IMPORT_TONES = {"applied": "good", "checked": "note", "part": "warn", "refused": "bad", "undone": "bad"}


def import_tone(batch):
    """The tone of an import's status; what was given up in good order is no failure."""
    return "" if batch.is_given_up else IMPORT_TONES.get(batch.status, "note")


class ImportTable(tables.Table):
    folds = True
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    status = tables.Column(_("status"), accessor="status_words", orderable=False)
    note = tables.Column(_("note"), orderable=False, attrs=WHOLE)
    name = tables.Column(_("files"), orderable=False, attrs=WHOLE)
    layout = tables.Column(_("layout"), orderable=False)
    row_count = tables.Column(_("rows"), orderable=False, attrs=RIGHT)
    taken = tables.Column(_("new"), orderable=False, attrs=RIGHT)
    rejected = tables.Column(_("rejected rows"), accessor="counts__rejected", orderable=False, attrs=RIGHT)
    staged = tables.Column(_("staged"), accessor="staged_at", orderable=False, attrs=NOWRAP)
    staged_by = tables.Column(_("staged by"), orderable=False, attrs=NOWRAP)
    applied_by = tables.Column(_("applied by"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = ImportBatch
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:import-detail", args=[record.pk])}

    def render_number(self, value):
        return format_html('<a href="{}">{}</a>', reverse("servicing:import-detail", args=[value]), value)

    def render_row_count(self, value):
        return faces.number(value)

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', import_tone(record), value)

    def render_loans(self, record, value):
        """None where nothing of them was applied, or nothing is left."""
        return "—" if record.tells in ("never", "undone") else faces.number(value)

    def render_rejected(self, value):
        return faces.number(value)

    def render_staged(self, value):
        return faces.instant(value)


class RejectTable(tables.Table):
    """Rows that were not taken: where they stand and why, never what stood there."""

    file = tables.Column(_("file"), orderable=False, attrs=NOWRAP)
    line = tables.Column(_("line"), orderable=False, attrs=RIGHT)
    column = tables.Column(_("column"), orderable=False)
    reason = tables.Column(_("reason"), accessor="words", orderable=False, attrs=WHOLE)
    loan = tables.Column(_("loan"), orderable=False, attrs={"td": {"class": "code"}})
    key = tables.Column(_("key"), orderable=False, attrs={"td": {"class": "code"}})

    class Meta:
        model = Reject
        fields = ()

    def render_column(self, record, value):
        return format_html('{} <span class="code soft">{}</span>', *column_words(record.file, value))

    def value_column(self, value):
        return value

    def render_loan(self, value):
        return blur(value)

    def render_key(self, value):
        return blur(value)

"""The list of who did or saw what."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.models import LedgerEntry
from servicing.tables.archive import NOWRAP
from servicing.templatetags import faces
from servicing.templatetags.ledger import ACTS, KEYS, TARGETS, short


class LedgerTable(tables.Table):
    position = tables.Column(_("no."), accessor="link__position", orderable=False, attrs=NOWRAP)
    at = tables.Column(_("when"), orderable=False, attrs=NOWRAP)
    by = tables.Column(_("who"), orderable=False, attrs=NOWRAP)
    what = tables.Column(_("what"), orderable=False)
    target = tables.Column(_("about"), accessor="target_id", orderable=False, empty_values=(), attrs=NOWRAP)
    detail = tables.Column(_("detail"), orderable=False, attrs={"td": {"class": "code soft"}})

    class Meta:
        model = LedgerEntry
        fields = ()

    def __init__(self, *args, references=None, **kwargs):
        # Borrower ids on this page, with the reference that people read.
        self.references = references or {}
        super().__init__(*args, **kwargs)

    def render_at(self, value):
        return faces.instant(value)

    def render_what(self, value):
        return ACTS.get(value, value)

    def render_target(self, record):
        if reference := self.references.get((record.target_type, record.target_id)):
            return format_html(
                '<a class="code" href="{}">{}</a>', reverse("dossier", args=[reference]), reference
            )
        noun = TARGETS.get(record.target_type, record.target_type)
        return f"{noun} {record.target_id}" if noun else "—"

    def render_detail(self, value):
        parts = (
            f"{KEYS.get(key, key)}: {short(part)}"
            for key, part in value.items()
            if part not in (None, "", {}, [])
        )
        return ", ".join(parts)

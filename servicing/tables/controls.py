"""The list of what waits for a second person, or was decided."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.actions import controls
from servicing.models import Approval
from servicing.tables.archive import NOWRAP, WHOLE
from servicing.templatetags import faces
from servicing.templatetags.controls import about_words

APPROVAL_TONES = {"waiting": "note", "approved": "good", "refused": "bad"}


class ApprovalTable(tables.Table):
    folds = True
    number = tables.Column(_("no."), accessor="pk", orderable=False, attrs=NOWRAP)
    kind = tables.Column(_("what"), orderable=False)
    about = tables.Column(_("about"), accessor="shown", orderable=False, attrs=WHOLE)
    proposed_by = tables.Column(_("proposed by"), orderable=False, attrs=NOWRAP)
    proposed = tables.Column(_("proposed"), accessor="proposed_at", orderable=False, attrs=NOWRAP)
    lapses = tables.Column(_("lapses"), accessor="lapses_at", orderable=False, attrs=NOWRAP)
    status = tables.Column(_("status"), orderable=False)
    decided_by = tables.Column(_("decided by"), orderable=False, attrs=NOWRAP)

    class Meta:
        model = Approval
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:approval-detail", args=[record.pk])}

    def render_number(self, record):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("servicing:approval-detail", args=[record.pk]), record
        )

    def render_kind(self, value):
        known = controls.kinds().get(value)
        return known.words if known else value

    def render_about(self, value):
        return about_words(value)

    def render_proposed(self, value):
        return faces.instant(value)

    def render_lapses(self, value):
        return faces.instant(value)

    def render_status(self, record, value):
        return format_html('<span class="pill {}">{}</span>', APPROVAL_TONES.get(record.status, ""), value)

    def render_decided_by(self, record, value):
        if record.deputy_for is None:
            return value
        for_whom = _("for %(who)s") % {"who": record.deputy_for}
        return format_html('{} <span class="soft">{}</span>', value, for_whom)

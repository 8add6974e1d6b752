"""Lists of settled loans, and how a borrower stands in any list."""

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from servicing.actions import privacy
from servicing.models import Settlement
from servicing.templatetags import faces

RIGHT = {"th": {"class": "right"}, "td": {"class": "right nowrap"}}


NOWRAP = {"td": {"class": "nowrap"}}
# On a telephone such a cell has a line of its own.
WHOLE = {"td": {"class": "whole"}}


KIND_TONES = {"normal": "good", "early": "good", "late": "warn"}


def borrower_link(borrower):
    """The masked name beside the reference, which opens the dossier."""
    return format_html(
        '<a href="{}" class="code">{}</a> <span class="soft">{}</span>',
        reverse("dossier", args=[borrower.reference]),
        borrower.reference,
        faces.masked(borrower, "name"),
    )


def borrower_text(borrower):
    """The same for a file: the reference and the masked name."""
    return f"{borrower.reference} {privacy.masked(borrower, 'name')}".strip()


class LoanTable(tables.Table):
    # Columns of words, in whose cells a file may carry its unseen mark.
    marked = ("kind",)
    # What a file calls a column whose cells there are numbers without their words.
    in_files = {"late": _("days after the final due date (− before)")}
    loan = tables.Column(_("loan"), accessor="loan__external_id", orderable=False, attrs=NOWRAP)
    borrower = tables.Column(_("borrower"), orderable=False, attrs=NOWRAP)
    product = tables.Column(_("product"), accessor="loan__product", orderable=False, attrs=NOWRAP)
    kind = tables.Column(_("how it ended"), orderable=False)
    settled = tables.Column(_("settled on"), accessor="settled_on", order_by="settled_on", attrs=NOWRAP)
    late = tables.Column(_("at the end"), accessor="days_late", order_by="days_late", attrs=NOWRAP)
    worst = tables.Column(_("worst days past due"), accessor="worst_dpd", order_by="worst_dpd")
    currency = tables.Column(_("currency"), accessor="loan__currency", orderable=False, visible=False)
    paid = tables.Column(_("paid or waived"), order_by="paid", attrs=RIGHT)

    class Meta:
        model = Settlement
        fields = ()
        row_attrs = {"data-href": lambda record: reverse("servicing:loan-detail", args=[record.loan_id])}

    def render_loan(self, record, value):
        return format_html(
            '<a class="code" href="{}">{}</a>', reverse("servicing:loan-detail", args=[record.loan_id]), value
        )

    def value_loan(self, value):
        return value

    def render_borrower(self, value):
        return borrower_link(value)

    def value_borrower(self, value):
        return borrower_text(value)

    def render_kind(self, record, value):
        return format_html('<span class="pill {}">{}</span>', KIND_TONES.get(record.kind, "note"), value)

    def value_kind(self, record):
        return record.get_kind_display()

    def render_settled(self, value):
        return faces.day(value)

    def value_settled(self, value):
        return value.isoformat()

    def render_late(self, value):
        return faces.lateness(value)

    def value_late(self, value):
        return value

    def render_worst(self, value):
        return faces.dpd(value)

    def value_worst(self, value):
        return value

    def render_paid(self, record, value):
        return faces.money(value, record.loan.currency)

    def value_paid(self, value):
        return value
